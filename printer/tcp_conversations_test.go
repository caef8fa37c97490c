package printer

import (
	"math/rand"
	"testing"
	"unsafe"
)

func testFlow(n int) tcpFlow {
	return tcpFlow{addresses: [2][2]uint64{{uint64(n) << 32}}, version: 4}
}

// TestTCPConversations compares the table with a map, over many more flows than
// its first index has slots.
func TestTCPConversations(t *testing.T) {
	var c tcpConversations
	want := make(map[tcpFlow][2]uint32)
	random := rand.New(rand.NewSource(1))
	for i := range 50000 {
		s := tcpSeen{flow: testFlow(random.Intn(5000)), side: random.Intn(2), syn: random.Intn(20) == 0,
			seq: random.Uint32(), ack: random.Uint32()}
		model, known := want[s.flow]
		fresh := !known || s.syn
		if fresh {
			model[s.side], model[1-s.side] = s.seq, s.ack-1
			want[s.flow] = model
		}
		bases, gotFresh := c.bases(&s.flow, s.side, s.syn, s.seq, s.ack)
		if bases != model || gotFresh != fresh {
			t.Fatalf("segment %d: bases %v, fresh %v; a map says %v, %v", i, bases, gotFresh, model, fresh)
		}
	}
	if c.count != len(want) {
		t.Errorf("%d conversations are remembered, want %d", c.count, len(want))
	}
}

// TestTCPConversationsBound fills a small table many times over: it must not
// grow, must keep conversations that go on, and must forget others.
func TestTCPConversationsBound(t *testing.T) {
	c := tcpConversations{max: 1000}
	busy := tcpSeen{flow: testFlow(1 << 30), seq: 7, ack: 8}
	c.see(&busy)
	for i := range 20000 {
		s := tcpSeen{flow: testFlow(i), seq: uint32(i), ack: 1}
		if _, fresh := c.bases(&s.flow, 0, false, s.seq, s.ack); !fresh {
			t.Fatalf("conversation %d is known before its first segment", i)
		}
		if bases, fresh := c.bases(&s.flow, 0, false, 0, 0); fresh || bases[0] != uint32(i) {
			t.Fatalf("conversation %d: bases %v, fresh %v right after its first segment", i, bases, fresh)
		}
		if i%100 == 0 {
			if _, fresh := c.bases(&busy.flow, 0, false, 0, 0); fresh {
				t.Fatalf("a conversation that goes on was forgotten after %d others", i)
			}
		}
	}
	if c.count != 1000 || len(c.index) > 4096 || len(c.chunks) != 1 {
		t.Errorf("%d conversations, %d slots, %d chunks for a bound of 1000", c.count, len(c.index), len(c.chunks))
	}
	for place := range c.count { // all that remain can be found
		conv := c.at(uint32(place + 1))
		slot, _ := c.find(&conv.flow)
		if got := c.index[slot].place(); got != uint32(place+1) {
			t.Fatalf("place %d is found at %d", place+1, got)
		}
	}
}

// TestTCPConversationsMemory holds the comment of tcpFlowsMax.
func TestTCPConversationsMemory(t *testing.T) {
	entries := tcpFlowsMax * int(unsafe.Sizeof(tcpConversation{}))
	index := 2 * tcpFlowsMax * 4
	if entries+index > 64<<20 {
		t.Errorf("a full table takes %d MiB and %d MiB for its index; the bound is 64 MiB", entries>>20, index>>20)
	}
}
