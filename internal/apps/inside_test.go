package apps

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestInsideLost: what is missing of a stream is missing of that inside too: a table of
// HPACK is not known any more.
func TestInsideLost(t *testing.T) {
	frame := func(payload string) []byte {
		return append([]byte{0x82, byte(len(payload))}, payload...)
	}
	request := func(block string) string {
		return "\x00\x00" + string(rune(len(block))) + "\x01\x05\x00\x00\x00\x01" + block
	}
	for _, lost := range []bool{false, true} {
		k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:49152"), server: netip.MustParseAddrPort("192.0.2.2:9000")}
		r := replay{d: New(Options{})}
		r.begin(&k)
		r.packet(&k, true, []byte("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), header.PSH)
		r.packet(&k, false, []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), header.PSH)
		r.packet(&k, false, frame("\x00\x00\x00\x04\x00\x00\x00\x00\x00"+request("\x88\x5f\x01a")), header.PSH)
		between := frame(request("\x88\x5f\x01b"))
		captured := len(between)
		if lost {
			captured = 0
		}
		r.at(&k, false, r.seqs[1], between, captured, header.PSH)
		r.seqs[1] += uint32(len(between))
		r.packet(&k, false, frame(request("\x88\xbe")), header.PSH)
		want := "(type=b, stream=1)"
		if lost {
			want = "(stream=1, HPACK table not known)"
		}
		if text := string(r.d.Said().AppendText(nil, nil)); !strings.Contains(text, "HTTP/2 200 "+want) {
			t.Errorf("lost: %v: %s, want %s", lost, text, want)
		}
	}
}
