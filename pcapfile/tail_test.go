package pcapfile

import (
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestMisses: the ends of a file show that none of its packets is in a span; where they
// do not, it may have some.
func TestMisses(t *testing.T) {
	const begin, last = 1_700_000_000, 1_700_000_999
	at := func(sec int64) capture.Timestamp { return capture.Timestamp{Sec: sec} }
	stamps := make([]capture.Timestamp, 1000)
	for i := range stamps {
		stamps[i] = at(begin + int64(i))
	}
	nano := option{optionIfTsresol, []byte{9}}
	build := func(kind string, o order) []byte {
		f := pcapngHead(o).iface(1, 600)
		for i := range stamps {
			f.enhanced(0, uint64(stamps[i].Sec)*1e6, 20, fill(20, i))
		}
		switch kind {
		case "pcap", "gzip":
			f.b = timedFile(rand.New(rand.NewPCG(1, 2)), "pcap", o, stamps)
		case "cut off":
			f.b = f.b[:len(f.b)-1]
		case "a later interface":
			f.iface(1, 600, nano).enhanced(1, last*1e9, 20, fill(20, 0))
		case "another section":
			f.section().iface(1, 600, nano).enhanced(0, last*1e9, 20, fill(20, 0))
		case "coarse stamps": // of 2001 for who takes them for microseconds
			f.section().iface(1, 600, option{optionIfTsresol, []byte{3}}).enhanced(0, last*1e3, 20, fill(20, 0))
		case "statistics":
			f.block(blockStatistics, f.body().u32(0, 0, 0).b)
		}
		if kind == "gzip" {
			return gzipped(t, f.b)
		}
		return f.b
	}
	for _, o := range orders {
		for kind, tail := range map[string]bool{"pcapng": true, "statistics": true, "pcap": false, "gzip": false, "cut off": false, "a later interface": false, "another section": false, "coarse stamps": false} {
			name := writeFiles(t, build(kind, o))[0]
			for _, c := range []struct {
				span Span
				want bool
			}{
				{Span{at(begin - 500), at(begin - 60)}, true},
				{Span{at(begin - 500), at(begin - 59)}, false},
				{Span{at(begin + 1), at(begin + 2)}, false},
				{Span{at(last + 60), Latest}, false},
				{Span{at(last + 61), Latest}, tail},
				{Span{Earliest, Latest}, false},
			} {
				if got := (ReadOptions{}).Misses(name, c.span); got != c.want {
					t.Errorf("%s, %s, %v: misses: %t", o.name, kind, c.span, got)
				}
			}
		}
	}
}
