package apps

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestHTTP2Memory: the table of a side, and a block that does not end, are counted,
// and do not grow beyond their bounds.
func TestHTTP2Memory(t *testing.T) {
	k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:49152"), server: netip.MustParseAddrPort("192.0.2.2:80")}
	r := replay{d: New(Options{})}
	r.begin(&k)
	r.packet(&k, true, []byte(h2Preface), header.PSH)
	before := r.d.conversations.size
	frame := func(kind, flags byte, payload []byte) {
		head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
		r.packet(&k, true, append(append(head, flags, 0, 0, 0, 1), payload...), header.PSH)
	}
	for i := range 2000 {
		name := "x" + strconv.Itoa(i)
		frame(h2Headers, h2EndHeaders, append(append([]byte{0x40, byte(len(name))}, name...), 1, 'v'))
	}
	if n := r.d.conversations.size - before; n < h2TableSize || n > h2TableFactor*h2TableSize {
		t.Errorf("a table of %d bytes is counted as %d", h2TableSize, n)
	}
	frame(h2Headers, 0, []byte{0x82})
	for range 1000 {
		frame(h2Continuation, 0, append([]byte{0x40, 1, 'x', 0x7f, 0xe9, 6}, make([]byte, 1000)...))
	}
	if n := r.d.conversations.size - before; n > h2TableFactor*h2TableSize+h2PendingMax {
		t.Errorf("a block without end is counted as %d bytes", n)
	}
}

// TestHTTP2Long: a long value is kept as far as that is useful.
func TestHTTP2Long(t *testing.T) {
	k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:49152"), server: netip.MustParseAddrPort("192.0.2.2:80")}
	r := replay{d: New(Options{})}
	r.begin(&k)
	r.packet(&k, true, []byte(h2Preface), header.PSH)
	// The length is 127 and a number of two bytes (RFC 7541, section 5.1).
	path := strings.Repeat("/abcdefg", 1000)
	rest := len(path) - 127
	block := append([]byte{0x82, 0x04, 0x7f, byte(rest) | 0x80, byte(rest >> 7)}, path...)
	head := binary.BigEndian.AppendUint32(nil, uint32(len(block))<<8|h2Headers)
	r.packet(&k, true, append(append(head, h2EndHeaders, 0, 0, 0, 1), block...), header.PSH)
	if got, _, _ := r.d.Said().Value(FieldHTTPPath, 0); string(got) != path[:h2KeepMax] {
		t.Errorf("the path has %d bytes: %.40q", len(got), got)
	}
}
