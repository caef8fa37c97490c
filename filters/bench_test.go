package filters

import (
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/header"
	"github.com/tapdump/tapdump/internal/traffic"
)

// madePackets are decoded packets of made traffic.
func madePackets(n int) (packets []*header.Packet, raw []*capture.Packet, bytes int) {
	src := traffic.New(2, n)
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		kept := pkt
		kept.Data = append([]byte(nil), pkt.Data...)
		p := new(header.Packet)
		if header.Decode(&kept, p) {
			packets, raw = append(packets, p), append(raw, &kept)
			bytes += len(p.Payload)
		}
	}
	return packets, raw, bytes
}

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
	packets, _, bytes := madePackets(20_000)
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

func BenchmarkStatistics(b *testing.B) {
	packets, raw, _ := madePackets(20_000)
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

// TestMatchDoesNotAllocate: once the automaton knows its states, no packet
// allocates; nor does counting one of a known transfer.
func TestMatchDoesNotAllocate(t *testing.T) {
	packets, raw, _ := madePackets(5000)
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
		stats := NewStatistics(true)
		hosts := NewHosts(nil)
		if n := testing.AllocsPerRun(5, func() {
			for i, p := range packets {
				filter.Match(p)
				_, way := hosts.Direction(p)
				stats.Add(raw[i], p, way)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations for %d packets", c.name, n, len(packets))
		}
	}
}
