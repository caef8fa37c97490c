package pcapfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

func never() bool { return false }

// counting makes a Counter of those that match.
func counting(match func(data []byte, length uint32) bool) func(Kind) Counter {
	return func(Kind) Counter {
		return func(data [][]byte, lengths []uint32) (n int) {
			for i := range data {
				if match(data[i], lengths[i]) {
					n++
				}
			}
			return n
		}
	}
}

// TestCount: several goroutines see each packet once, as Next gives it out, and
// the end is the one that Next comes to.
func TestCount(t *testing.T) {
	name, sizes := largeFile(t)
	want := len(sizes) - 1
	for _, workers := range []int{1, 2, 3, 8} {
		for _, begin := range []int{0, 1, want - 1, want} { // packets read by Next before
			t.Run(fmt.Sprintf("%d workers from %d", workers, begin), func(t *testing.T) {
				r, err := Open(name)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				var pkt capture.Packet
				for range begin {
					if err := r.Next(&pkt); err != nil {
						t.Fatal(err)
					}
				}
				seen := make([]int, len(sizes))
				var lock sync.Mutex
				n, err := r.Count(workers, counting(func(data []byte, length uint32) bool {
					lock.Lock()
					defer lock.Unlock()
					for i, size := range sizes {
						if size == len(data) && uint32(size) == length && (seen[i] == 0 || size == 0) &&
							i >= begin && bytes.Equal(data, fill(size, i)) {
							seen[i]++
							return i%2 == 0
						}
					}
					t.Errorf("a packet of %d bytes that is not in the file, or counted before", len(data))
					return false
				}), never)
				if err == nil || err.Error() != cutEnd(sizes) {
					t.Errorf("the end is %v, want %s", err, cutEnd(sizes))
				}
				matching, found := uint64(0), 0
				for i := range seen {
					found += seen[i]
					if i%2 == 0 {
						matching += uint64(seen[i])
					}
				}
				if n != matching || found != want-begin {
					t.Errorf("%d counted of %d that match; %d packets seen, want %d", n, matching, found, want-begin)
				}
			})
		}
	}
}

// TestCountKinds: every kind of file is counted as Next reads it.
func TestCountKinds(t *testing.T) {
	for i, c := range allFiles() {
		name := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(name, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		one, err := Open(name)
		if err != nil {
			continue
		}
		two, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		odd := func(data []byte, length uint32) bool {
			return (len(data)+int(length)+len(bytes.TrimRight(data, "\x00")))%2 == 1
		}
		var pkt capture.Packet
		want := uint64(0)
		var end error
		for end = one.Next(&pkt); end == nil; end = one.Next(&pkt) {
			if odd(pkt.Data, pkt.Length) {
				want++
			}
		}
		got, err := two.Count(2, counting(odd), never)
		if fmt.Sprint(err) != fmt.Sprint(endOfInput(end)) || got != want {
			t.Errorf("%s: counted %d with the end %v, want %d and %v", c.name, got, err, want, end)
		}
		one.Close()
		two.Close()
	}
}

// TestCountStops: what is asked to stop stops, also where packets are counted in
// order, as those of a pipe are.
func TestCountStops(t *testing.T) {
	name, sizes := largeFile(t)
	for _, pipe := range []bool{false, true} {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		src := io.Reader(file)
		if pipe {
			src = io.MultiReader(file)
		}
		r, err := NewReader(src)
		if err != nil {
			t.Fatal(err)
		}
		n, err := r.Count(2, counting(func([]byte, uint32) bool { return true }), func() bool { return true })
		if err != nil || n >= uint64(len(sizes)-1) {
			t.Errorf("pipe %v: counted %d of %d packets (%v) though asked to stop", pipe, n, len(sizes), err)
		}
	}
}

// TestCountBatches: packets that are counted in order come in batches of a bounded
// number, and all of them come though they are of several kinds.
func TestCountBatches(t *testing.T) {
	f := pcapngHead(machineOrder).iface(1, 100).iface(113, 100)
	const packets = 3*maxBatch + 7
	for i := range packets {
		f.enhanced(uint32(min(i%5, 1)), 5, 60, fill(20, i))
	}
	r, err := NewReader(io.MultiReader(bytes.NewReader(f.b)))
	if err != nil {
		t.Fatal(err)
	}
	largest := 0
	seen := make(map[capture.LinkType]int)
	n, err := r.Count(2, func(k Kind) Counter {
		return func(data [][]byte, _ []uint32) int {
			largest = max(largest, len(data))
			seen[k.LinkType] += len(data)
			return len(data)
		}
	}, never)
	if err != nil || n != packets || largest > maxBatch || largest < maxBatch/2 || seen[1] != (packets+4)/5 || seen[1]+seen[113] != packets {
		t.Errorf("%d packets of %d, by link type %v, %d at a time; %v", n, packets, seen, largest, err)
	}
}

func BenchmarkCount(b *testing.B) {
	f := pcapHead(orders[0], magicMicro, 262144, 1)
	const packets = 100_000
	for i := range packets {
		n := uint32(60 + i*37%600)
		f.record(uint32(i), 0, n, n, make([]byte, n))
	}
	name := filepath.Join(b.TempDir(), "packets.pcap")
	if err := os.WriteFile(name, f.b, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(int64(len(f.b)))
			for b.Loop() {
				r, err := Open(name)
				if err != nil {
					b.Fatal(err)
				}
				n, err := r.Count(workers, counting(func(data []byte, _ uint32) bool { return data[12] == 0 }), never)
				if err != nil || n != packets {
					b.Fatal(n, err)
				}
				r.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}
