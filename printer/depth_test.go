package printer

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestDepthBound: packets in packets are not followed without end.
func TestDepthBound(t *testing.T) {
	const headers = 3000
	data := make([]byte, 0, 20*headers)
	for i := range headers {
		header := [20]byte{0: 0x45, 8: 64, 9: 4, 12: 192, 15: 1, 16: 192, 19: 2} // IP in IP
		binary.BigEndian.PutUint16(header[2:], uint16(20*(headers-i)))
		data = append(data, header[:]...)
	}
	p := New(Options{TimeFormat: 1, NoChecksum: true})
	line := p.Print(nil, &capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkRAW})
	if n := bytes.Count(line, []byte("IP 192.0.0.1 > 192.0.0.2")); n > maxDepth || n < maxDepth/4 {
		t.Errorf("%d headers of %d were printed, want about %d at most", n, headers, maxDepth)
	}
	if len(line) > outputMax {
		t.Errorf("%d bytes were printed", len(line))
	}
}
