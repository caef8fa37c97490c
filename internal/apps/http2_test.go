package apps

import (
	"encoding/binary"
	"net/netip"
	"strconv"
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
