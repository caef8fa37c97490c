package apps

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture/header"
)

// TestTextEnds: a packet of very many messages has a line of an end, in whole characters.
func TestTextEnds(t *testing.T) {
	r := replay{d: New(Options{})}
	k := &talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.MustParseAddrPort("192.0.2.2:80")}
	r.begin(k)
	r.packet(k, true, bytes.Repeat([]byte("GET /"+strings.Repeat("\u20ac", 30)+" HTTP/1.1\r\n\r\n"), 300), header.PSH)
	text := r.d.Said().AppendText(nil, nil)
	if len(text) < maxText || len(text) > 2*maxText || !bytes.HasSuffix(text, []byte("; ...")) || !utf8.Valid(text) {
		t.Errorf("%d bytes, which end in %q", len(text), text[max(len(text)-40, 0):])
	}
	var none Set
	none.Add(protocolDNS)
	if text = r.d.Said().AppendText(nil, &none); len(text) > 0 {
		t.Errorf("of other protocols %q is said", text)
	}
	r.packet(k, true, []byte("GET / HTTP/1.1\r\n\r\n"), header.PSH)
	if text = r.d.Said().AppendText(nil, nil); string(text) != ": HTTP GET /" {
		t.Errorf("the next packet says %q", text)
	}
}
