package stats

import (
	"testing"

	"github.com/tapdump/tapdump/internal/headertest"
)

func BenchmarkStatistics(b *testing.B) {
	packets, raw, _ := headertest.Made(20_000)
	hosts := NewHosts(nil)
	for b.Loop() {
		s := NewStatistics(true)
		for i, p := range packets {
			_, way := hosts.Direction(p)
			s.Add(raw[i], p, way)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(packets)), "ns/packet")
}

func BenchmarkSortMillion(b *testing.B) {
	s := manyTransfers(1_000_000)
	for b.Loop() {
		s.transfers.sorted(Ungrouped)
	}
}

// TestCountingDoesNotAllocate: a packet of a known transfer is counted without
// allocating.
func TestCountingDoesNotAllocate(t *testing.T) {
	packets, raw, _ := headertest.Made(5000)
	s := NewStatistics(true)
	hosts := NewHosts(nil)
	if n := testing.AllocsPerRun(5, func() {
		for i, p := range packets {
			_, way := hosts.Direction(p)
			s.Add(raw[i], p, way)
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
}
