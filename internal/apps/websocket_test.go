package apps

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestWebSocketLong: of a long frame a bounded part is read, and the rest may be
// missing; the next frame is found behind it.
func TestWebSocketLong(t *testing.T) {
	k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:49152"), server: netip.MustParseAddrPort("192.0.2.2:9000")}
	r := replay{d: New(Options{})}
	r.begin(&k)
	r.packet(&k, true, []byte("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), header.PSH)
	r.packet(&k, false, []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), header.PSH)

	const length = wsInsideMax + 100_000
	mask := [4]byte{1, 2, 3, 4}
	head := append([]byte{0x82, 0xff}, binary.BigEndian.AppendUint64(nil, length)...)
	r.packet(&k, true, append(head, mask[:]...), header.PSH)
	plain := bytes.Repeat([]byte("abcdefghijklmno"), length/15+1)[:length]
	masked := make([]byte, length)
	for i, c := range plain {
		masked[i] = c ^ mask[i&3]
	}
	var decoded []byte
	for len(masked) > 0 {
		n := min(1400, len(masked))
		if len(masked) > 50_000 || len(masked) < 20_000 { // the others are lost
			r.packet(&k, true, masked[:n], header.PSH)
			decoded = append(decoded, r.d.Said().Decoded()...)
		} else {
			r.seqs[0] += uint32(n)
		}
		masked = masked[n:]
	}
	if len(decoded) < wsInsideMax || len(decoded) > wsInsideMax+wsPiece || !bytes.HasPrefix(plain, decoded) {
		t.Errorf("%d bytes are read, which are not the first ones, or not about %d", len(decoded), wsInsideMax)
	}
	r.packet(&k, true, []byte("\x81\x82\x00\x00\x00\x00ok"), header.PSH)
	for range 5 { // what is lost is not waited for any longer once enough came behind it
		r.packet(&k, true, append([]byte{0x82, 0xfe, 0x40, 0, 0, 0, 0, 0}, make([]byte, 0x4000)...), header.PSH)
		if text := string(r.d.Said().AppendText(nil, nil)); strings.Contains(text, "WebSocket Text (length=2, text=ok)") {
			return
		}
	}
	t.Error("the frame behind the long one was not found")
}
