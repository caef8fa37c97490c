package printer

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// trafficFile is a savefile of n packets of the generator.
func trafficFile(tb testing.TB, n int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "made.pcap")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := pcapfile.NewWriter(f, path, capture.LinkEN10MB, pcapfile.Format{SnapLen: 262144})
	if err != nil {
		tb.Fatal(err)
	}
	src := traffic.New(1, n)
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		if err := w.Write(&pkt); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// openBlocks divides a savefile among goroutines.
func openBlocks(tb testing.TB, path string, goroutines int) *pcapfile.Blocks {
	tb.Helper()
	r, err := pcapfile.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	blocks := r.Blocks(goroutines, func() bool { return false })
	if blocks == nil {
		tb.Skip("the file cannot be divided here: there is one processor")
	}
	return blocks
}

// fetchBlocks is what Pool.Run is given.
func fetchBlocks(blocks *pcapfile.Blocks) func(Packets) (Packets, uint64, bool) {
	return func(used Packets) (Packets, uint64, bool) {
		b, _ := used.(*pcapfile.Block)
		if b == nil {
			b = new(pcapfile.Block)
		}
		n, ok := blocks.Next(b)
		return b, uint64(n), ok
	}
}

// BenchmarkRun prints a savefile on some cores, from reading to writing.
func BenchmarkRun(b *testing.B) {
	const packets = 200_000
	path := trafficFile(b, packets)
	for _, flags := range []string{"-n", "-nX", "-nA"} {
		for _, jobs := range []int{1, 2, 4, 8} {
			b.Run(flags+"/jobs="+strconv.Itoa(jobs), func(b *testing.B) {
				o := testOptions(b, flags)
				o.TimeFormat = 0
				for range b.N {
					pool := NewPool(o, jobs, writeNowhere(b))
					if err := pool.Run(fetchBlocks(openBlocks(b, path, jobs))); err != nil {
						b.Fatal(err)
					}
					if err := pool.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packets), "ns/packet")
			})
		}
	}
}

func writeNowhere(tb testing.TB) func([]byte) error {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return func(lines []byte) error {
		_, err := f.Write(lines)
		return err
	}
}

// BenchmarkShares prints a savefile on one goroutine as a Pool does, and says what of
// it workers do side by side, and what they do one after the other: for it bounds how
// much faster many cores can be. times-on-8-cores is by Amdahl's law, as if nobody
// printed meanwhile; others do, so that busy-cores is the bound.
func BenchmarkShares(b *testing.B) {
	const packets = 200_000
	path := trafficFile(b, packets)
	for _, flags := range []string{"-n", "-nv", "-nX", "-nA"} {
		b.Run(flags, func(b *testing.B) {
			o := testOptions(b, flags)
			o.TimeFormat = 0
			var all, inOrder time.Duration
			for range b.N {
				q := queue{settled: New(o), write: writeNowhere(b)}
				w, fetch := q.settled.sibling(), fetchBlocks(openBlocks(b, path, 1))
				batch := new(batch)
				var lines []byte
				for begin := time.Now(); ; {
					next, _, ok := fetch(batch.from)
					if !ok {
						all += time.Since(begin)
						break
					}
					batch.from = next
					w.printBatch(batch)
					printed := time.Now()
					q.settle(batch)
					settled := time.Now()
					lines = batch.appendFilled(lines[:0])
					batch.out, lines = lines, batch.out
					filled := time.Now()
					q.handOn(batch)
					inOrder += settled.Sub(printed) + time.Since(filled)
					batch.reset()
				}
			}
			each := float64(b.N * packets)
			b.ReportMetric(float64(all.Nanoseconds())/each, "ns/packet")
			b.ReportMetric(float64(inOrder.Nanoseconds())/each, "in-order-ns/packet")
			b.ReportMetric(float64(all)/(float64(all-inOrder)/8+float64(inOrder)), "times-on-8-cores")
			b.ReportMetric(float64(all)/float64(inOrder), "busy-cores")
		})
	}
}
