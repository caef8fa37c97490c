package compile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
)

// list joins n terms by `or`.
func list(n int, term func(i int) string) string {
	terms := make([]string, n)
	for i := range terms {
		terms[i] = term(i)
	}
	return strings.Join(terms, " or ")
}

// scatter spreads the numbers from 0 over 32 bits.
func scatter(i int) uint32 { return uint32(i)*2654435761 ^ 0x0a0a0a0a }

func host(i int) string {
	k := scatter(i)
	return fmt.Sprintf("host %d.%d.%d.%d", k>>24, k>>16&255, k>>8&255, k&255)
}

func network(i int) string {
	k := scatter(i)
	return fmt.Sprintf("net %d.%d.%d.0/24", k>>24, k>>16&255, k>>8&255)
}

func port(i int) string { return fmt.Sprintf("port %d", scatter(i)>>16) }

func host6(i int) string {
	k := scatter(i)
	return fmt.Sprintf("host 2001:db8:%x::%x", k>>16, k&0xffff)
}

// BenchmarkCompile shows how compile time and length grow with lists.
func BenchmarkCompile(b *testing.B) {
	bench := func(name, expr string) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var p *Program
			for b.Loop() {
				var err error
				if p, err = Compile(expr, capture.LinkEN10MB, ModeDead, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p.Instructions)), "instructions")
			b.ReportMetric(float64(len(p.Instructions))/float64(bpf.MaxInstructions), "of-linux")
		})
	}
	bench("ip", "ip")
	bench("tcp port 80", "tcp port 80")
	bench("middle", "tcp port 80 and host 10.1.2.3 and not net 10.0.0.0/8")
	for _, n := range []int{100, 1000, 10000} {
		bench(fmt.Sprintf("%d hosts", n), list(n, host))
		bench(fmt.Sprintf("%d nets", n), list(n, network))
		bench(fmt.Sprintf("%d ports", n), list(n, port))
		bench(fmt.Sprintf("%d IPv6 hosts", n), list(n, host6))
		bench(fmt.Sprintf("%d hosts with ports", n), list(n, mixedTerms[0]))
	}
}

// BenchmarkCorpus compiles recorded expressions, as many times each as the
// benchmark asks for, and reports the median of their shortest times.
func BenchmarkCorpus(b *testing.B) {
	names := referenceNames(b)
	var took []time.Duration
	entries := referenceEntries(b, "known.jsonl")
	for i, e := range entries {
		if e.Error != nil || e.SnapLen == 0 || i%7 != 0 {
			continue
		}
		best := time.Hour
		for range min(max(b.N, 3), 10) {
			started := time.Now()
			if _, err := compileFor(e.Expr, e.options(names)); err != nil {
				break
			}
			best = min(best, time.Since(started))
		}
		took = append(took, best)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "ns/median")
	b.ReportMetric(float64(took[len(took)*9/10].Nanoseconds()), "ns/p90")
	b.ReportMetric(float64(took[len(took)-1].Nanoseconds()), "ns/longest")
}

// BenchmarkRun runs filters on made traffic, packet by packet and in batches.
func BenchmarkRun(b *testing.B) {
	const packets = 1 << 16
	var data [][]byte
	var wire []uint32
	var pkt capture.Packet
	for source := traffic.New(1, packets); source.Next(&pkt) == nil; {
		data, wire = append(data, slices.Clone(pkt.Data)), append(wire, pkt.Length)
	}
	exprs := []struct{ name, expr string }{
		{"tcp", "tcp"},
		{"ports", "tcp port 443 or udp port 53"},
		{"100 hosts", list(100, host)},
		{"host", "host 10.1.1.2"},
		{"ip6", "ip6 and udp"},
		{"flags", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not net 10.0.0.0/8"},
	}
	for _, e := range exprs {
		p, err := Compile(e.expr, capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			b.Fatal(err)
		}
		vm, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			b.Fatal(err)
		}
		report := func(b *testing.B, packets int) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
		}
		b.Run(e.name+"/single", func(b *testing.B) {
			for b.Loop() {
				for i := range data {
					vm.Run(data[i], wire[i], nil)
				}
			}
			report(b, packets)
		})
		for _, n := range []int{packets, 4 * bpf.BatchSize} { // the latter fit into a second-level cache
			b.Run(fmt.Sprintf("%s/batch of %d", e.name, n), func(b *testing.B) {
				batch := vm.NewBatch()
				var take [bpf.BatchSize]uint32
				for b.Loop() {
					for i := 0; i < n; i += bpf.BatchSize {
						batch.Run(data[i:i+bpf.BatchSize], wire[i:i+bpf.BatchSize], take[:])
					}
				}
				report(b, n)
			})
		}
	}
}
