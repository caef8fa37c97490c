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
	const mark = " [too much to print]\n"
	for _, flags := range []string{"-nvv", "-nvvx", "-nvvX", "-nvvA"} {
		out := New(testOptions(t, flags)).Print(nil, &pkt)
		end := bytes.Index(out, []byte(mark))
		if end < outputMax || end > outputMax+1000 {
			t.Errorf("%s: %d bytes of text, want it to end with %q soon after %d", flags, end, mark, outputMax)
		}
		if rest := len(out) - end - len(mark); flags != "-nvv" && rest < len(body) {
			t.Errorf("%s: %d bytes of dump for a packet of %d", flags, rest, len(data))
		}
	}
}
