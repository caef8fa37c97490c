package printer

import (
	"encoding/binary"
	"testing"
)

// TestQUICConnections: connection IDs are forgotten, the first ones first, when there
// are more than are remembered; one that begins with a known one is not new.
func TestQUICConnections(t *testing.T) {
	id := func(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }
	var c quicConnections
	for i := range quicConnectionsMax + 1 {
		c.add(id(i))
	}
	for i, known := range map[int]bool{0: false, 1: true, quicConnectionsMax - 1: true, quicConnectionsMax: true} {
		if got := c.find(append(id(i), 1, 2, 3)); (got != nil) != known {
			t.Errorf("connection %d is found as %x", i, got)
		}
	}
	if c.find(id(1)[:7]) != nil {
		t.Error("a connection ID is found in less than its bytes")
	}
	next := c.next
	if c.add(append(id(1), 9)); c.next != next {
		t.Error("a connection ID that begins with a known one is remembered")
	}
}
