package filters

import (
	"testing"

	"github.com/tapdump/tapdump/internal/headertest"
)

var benchFinds = []struct {
	name, text string
	mode       FindMode
}{
	{"literal", "foobar_zz", FindRegexp},
	{"common", "tea notes", FindRegexp},
	{"match", "foobar_zz", FindLiteral},
	{"required", "[a-z]+_zz[0-9]", FindRegexp},
	{"alternatives", "(foo|bar)q[0-9]+x", FindRegexp},
	{"classes", "[0-9]{3}[a-f]{2}[0-9]{5}", FindRegexp},
	{"words", `\b[a-z]{3}\b \d+`, FindRegexp},
}

func BenchmarkFind(b *testing.B) {
	packets, _, bytes := headertest.Made(20_000)
	for _, c := range benchFinds {
		for _, stream := range []bool{false, true} {
			name := c.name
			if stream {
				name += "/stream"
			}
			b.Run(name, func(b *testing.B) {
				f, err := NewFind(c.text, c.mode)
				if err != nil {
					b.Fatal(err)
				}
				filter := New(Config{Protocols: AllProtocols, Find: f, Stream: stream})
				b.SetBytes(int64(bytes))
				for b.Loop() {
					for _, p := range packets {
						filter.Match(p)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(packets)), "ns/packet")
			})
		}
	}
}

// TestMatchDoesNotAllocate: once the automaton knows its states, no packet
// allocates.
func TestMatchDoesNotAllocate(t *testing.T) {
	packets, _, _ := headertest.Made(5000)
	conditions, err := ParseConditions("port<5000; ttl>1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range benchFinds {
		f, err := NewFind(c.text, c.mode)
		if err != nil {
			t.Fatal(err)
		}
		filter := New(Config{Protocols: AllProtocols, Find: f, Conditions: conditions, Ports: []uint16{80, 443, 53, 22}})
		if n := testing.AllocsPerRun(5, func() {
			for _, p := range packets {
				filter.Match(p)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations for %d packets", c.name, n, len(packets))
		}
	}
}
