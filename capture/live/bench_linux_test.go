package live

import (
	"fmt"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// BenchmarkNext takes packets out of rings that are full again at once: of one
// ring as they lie there, of several in order.
func BenchmarkNext(b *testing.B) {
	for _, n := range []int{1, 2, 8} {
		b.Run(fmt.Sprintf("%d rings", n), func(b *testing.B) {
			rings := make([]*fakeRing, n)
			for i := range rings {
				rings[i] = newFakeRing(4)
			}
			p, err := newRingPoller()
			if err != nil {
				b.Fatal(err)
			}
			defer p.close()
			p.marks.counted = func(r *ring) (uint64, error) { return r.seen, nil }
			s := newStream(p)
			s.merging = n > 1
			for i, r := range rings {
				e := &ringEngine{device: &device{}, rings: []*ring{&r.ring}, poller: p}
				part := &Live{engine: e}
				s.parts = append(s.parts, part)
				if s.merging {
					s.merge.add(part, []queue{p.marks.add(&r.ring)})
				} else {
					s.single = e
				}
				r.iface = i
			}
			s.merge.ended = true // no mark is waited for
			const each = 900     // packets of a block
			stamps := make([][]int64, n)
			at := int64(1e18)
			refill := func() {
				for i := range each * n {
					at++
					stamps[i%n] = append(stamps[i%n], at)
				}
				for i, r := range rings {
					if !r.handOver(stamps[i]...) {
						b.Fatal("no room")
					}
					stamps[i] = stamps[i][:0]
				}
			}
			var pkt capture.Packet
			b.ReportAllocs()
			left := 0
			for b.Loop() {
				if left == 0 {
					b.StopTimer()
					refill()
					left = each * n
					b.StartTimer()
				}
				left--
				if err := s.next(&pkt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
