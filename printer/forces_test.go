package printer

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestForCESNested: what is wrong at the bottom of paths in paths is printed four
// times as often at each level above, and the text stays bounded.
func TestForCESNested(t *testing.T) {
	const levels = 100
	tlv := func(kind uint16, value []byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(forcesTLVLen+len(value)))
		return append(b, value...)
	}
	paths := tlv(forcesTLVResult, []byte{0x18, 0, 0, 0}) // a code that is reserved
	for range levels {
		paths = tlv(forcesTLVPathData, append(make([]byte, 4), paths...))
	}
	body := tlv(forcesTLVLFBSelect, append(make([]byte, 8), tlv(forcesSetResponse, paths)...))
	message := append(make([]byte, forcesHeaderLen), body...)
	message[1] = 0x13
	binary.BigEndian.PutUint16(message[2:], uint16(len(message)/4))
	chunk := append(make([]byte, 16), message...)
	chunk[1] = 3
	binary.BigEndian.PutUint16(chunk[2:], uint16(len(chunk)))
	data, err := wrapHeaders(capture.LinkEN10MB, []string{"ip4", "132", "sctp", "6704", "6704"}, chunk)
	if err != nil {
		t.Fatal(err)
	}
	pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
	if out := New(testOptions(t, "-nvvv")).Print(nil, &pkt); bytes.Count(out, []byte("illegal reserved result code: 0x18!")) != 1 {
		t.Errorf("4.99.6 says it another number of times:\n%s", out)
	}
	out := New(testOptions(t, "--like 5.0 -nvvv")).Print(nil, &pkt)
	const mark = " [too much to print]\n"
	if len(out) < outputMax || len(out) > 4*outputMax || !bytes.HasSuffix(out, []byte(mark)) {
		t.Errorf("%d bytes of text, want some more than %d that end with %q", len(out), outputMax, mark)
	}
}
