package live

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestNextBatch takes the packets of blocks several at a time: none is missing, none comes
// twice, and all of a batch are valid together.
func TestNextBatch(t *testing.T) {
	f := newFakeRing(4)
	p, err := newRingPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	s := newStream(p)
	e := &ringEngine{device: &device{}, rings: []*ring{&f.ring}, poller: p}
	p.engines = append(p.engines, e)
	l := &Live{engine: e, stream: s, state: liveStarted}
	s.parts, s.single = []*Live{l}, e
	var want, got []int64
	for _, n := range []int{1, 5, 0, 130, 64} {
		var stamps []int64
		for range n {
			stamps = append(stamps, int64(1e18)+int64(len(want)))
			want = append(want, stamps[len(stamps)-1])
		}
		if !f.handOver(stamps...) {
			// The first blocks have to be given back.
			if p.handedOver() != (len(got) == 0) {
				t.Errorf("a block is at hand: %t", p.handedOver())
			}
			got = append(got, takeBatches(t, l, len(want)-len(stamps)-len(got))...)
			f.giveBackBlock(f.put)
			if !f.handOver(stamps...) {
				t.Fatal("no room")
			}
		}
	}
	got = append(got, takeBatches(t, l, len(want)-len(got))...)
	if !slices.Equal(got, want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
}

// takeBatches takes n packets, 64 at most at a time, and returns what they hold.
func takeBatches(t *testing.T, l *Live, n int) (all []int64) {
	t.Helper()
	pkts := make([]capture.Packet, 64)
	for len(all) < n {
		some, err := l.NextBatch(pkts)
		if err != nil || some < 1 || some > len(pkts) {
			t.Fatalf("%d packets, %v", some, err)
		}
		for i := range some {
			all = append(all, int64(binary.BigEndian.Uint64(pkts[i].Data)))
		}
	}
	return all
}
