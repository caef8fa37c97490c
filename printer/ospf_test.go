package printer

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestOSPFOverlap: router advertisements that claim far more links than they have
// room for show what comes after them again and again; the text stays bounded.
func TestOSPFOverlap(t *testing.T) {
	const count, links = 2400, 500
	body := []byte{0, 0, count >> 8, count & 0xff}
	for range count {
		lsa := make([]byte, ospfLSAHeaderLen+4)
		lsa[3], lsa[19] = ospfRouterLSA, byte(len(lsa))
		lsa[22], lsa[23] = links>>8, links&0xff
		lsa[8], lsa[20] = 1, 1 // seen as two links, these are their types
		body = append(body, lsa...)
	}
	header := make([]byte, ospfHeaderLen)
	header[0], header[1] = 2, ospfUpdatePacket
	data, err := wrapHeaders(capture.LinkEN10MB, []string{"ip4", "89"}, append(header, body...))
	if err != nil {
		t.Fatal(err)
	}
	pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
	out := New(testOptions(t, "-nvv")).Print(nil, &pkt)
	if len(out) < outputMax || len(out) > outputMax+1000 {
		t.Errorf("%d bytes of text, want it to end soon after %d", len(out), outputMax)
	}
	if !bytes.HasSuffix(out, []byte(" [too much to print]\n")) {
		t.Errorf("the text ends with %q", out[max(0, len(out)-300):])
	}
}
