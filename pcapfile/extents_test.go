package pcapfile

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// cutFile is a file of which the offsets are known at which its records or blocks begin.
type cutFile struct {
	bytes  []byte
	begins []int64 // the end of the file is the last
	starts []int   // the packets that came before each of them
}

// mark notes that something begins at the end of f, behind n packets.
func (c *cutFile) mark(f *builder, n int) {
	c.begins, c.starts = append(c.begins, int64(len(f.b))), append(c.starts, n)
}

// cutPcap is a pcap file with n packets, one a second.
func cutPcap(o order, n, size int) *cutFile {
	c := new(cutFile)
	f := pcapHead(o, magicMicro, 1<<16, 1)
	for i := range n {
		c.mark(f, i)
		f.record(uint32(1000+i), uint32(i), uint32(size), uint32(size), fill(size, i))
	}
	c.mark(f, n)
	c.bytes = f.b
	return c
}

// cutPcapng is a pcapng file with n packets, one a second, of two interfaces.
func cutPcapng(o order, n, size int) *cutFile {
	c := new(cutFile)
	f := pcapngHead(o).iface(1, 1<<16).iface(101, 1<<16)
	for i := range n {
		c.mark(f, i)
		f.enhanced(uint32(i%2), uint64(1000+i)*1e6, uint32(size), fill(size, i))
	}
	c.mark(f, n)
	c.bytes = f.b
	return c
}

// some are extents of whole records, and the packets in them.
func (c *cutFile) some(random *rand.Rand, all []capture.Packet) (list []Extent, want []capture.Packet) {
	list = []Extent{}
	for at := 0; ; {
		at += random.IntN(1 + len(c.begins)/4)
		end := at + random.IntN(1+len(c.begins)/4)
		if end >= len(c.begins) {
			return list, want
		}
		list = append(list, Extent{c.begins[at], c.begins[end]})
		want = append(want, all[c.starts[at]:c.starts[end]]...)
		at = end
	}
}

// always has the same parts read of every file.
func always(list []Extent) func(*os.File, int64, Header, bool) ([]Extent, error) {
	return func(*os.File, int64, Header, bool) ([]Extent, error) { return list, nil }
}

// TestExtents: a Reader reads the parts that are chosen and nothing else, however it is
// read, ahead too.
func TestExtents(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, o := range orders {
		for name, c := range map[string]*cutFile{
			"pcap": cutPcap(o, 100, 50), "pcapng": cutPcapng(o, 100, 50), "large pcap": cutPcap(o, 2000, 1400), "large pcapng": cutPcapng(o, 2000, 1400),
		} {
			t.Run(o.name+" "+name, func(t *testing.T) {
				file := writeFiles(t, c.bytes)[0]
				_, all, err := readAll(c.bytes)
				if err != nil {
					t.Fatal(err)
				}
				for range 4 {
					list, want := c.some(random, all)
					r, err := ReadOptions{Parts: always(list)}.Open(file)
					if err != nil {
						t.Fatal(err)
					}
					got, err := drain(r)
					r.Close()
					if err != nil || !slices.EqualFunc(got, want, func(a, b capture.Packet) bool { return reflect.DeepEqual(a, b) }) {
						t.Fatalf("%d extents: %d packets, %v; want %d", len(list), len(got), err, len(want))
					}
					if n := countParts(t, file, list); n != uint64(len(want)) {
						t.Errorf("%d extents: Count has %d packets, want %d", len(list), n, len(want))
					}
					if b := copyParts(t, file, list); !slices.EqualFunc(packetsOf(t, b), want, sameContent) {
						t.Errorf("%d extents: other packets were copied", len(list))
					}
				}
			})
		}
	}
}

func sameContent(a, b capture.Packet) bool { return a.Time == b.Time && slices.Equal(a.Data, b.Data) }

func packetsOf(t *testing.T, file []byte) []capture.Packet {
	t.Helper()
	_, packets, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return packets
}

func countParts(t *testing.T, name string, list []Extent) uint64 {
	t.Helper()
	r, err := ReadOptions{Parts: always(list)}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, err := r.Count(2, counting(func([]byte, uint32) bool { return true }), never)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// copyParts is a pcap file, or a pcapng file, made of parts of one.
func copyParts(t *testing.T, name string, list []Extent) []byte {
	t.Helper()
	r, err := ReadOptions{Parts: always(list)}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	format := r.Header().Format()
	format.Pcapng = r.MayGrow()
	out := t.TempDir() + "/out"
	w, err := Create(out, r.LinkType(), format)
	if err != nil {
		t.Fatal(err)
	}
	w.Follow(r)
	if err := Copy(w, r, func(*capture.Packet) (write, more bool) { return true, true }); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMergedExtents: parts of several files are merged, also of so many that they are
// opened again.
func TestMergedExtents(t *testing.T) {
	for _, n := range []int{2, fewFiles + 3} {
		c := cutPcap(orders[0], 100, 50)
		files := make([][]byte, n)
		for i := range files {
			files[i] = c.bytes
		}
		list := []Extent{{c.begins[10], c.begins[20]}, {c.begins[90], c.begins[100]}}
		m, err := Merge(writeFiles(t, files...), MergeOptions{ReadOptions: ReadOptions{Parts: always(list)}})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		var pkt capture.Packet
		seen := make(map[int64]int)
		for {
			if err := m.Next(&pkt); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			seen[pkt.Time.Sec]++
		}
		for sec := range int64(100) {
			want := 0
			if sec >= 10 && sec < 20 || sec >= 90 {
				want = n
			}
			if seen[1000+sec] != want {
				t.Errorf("%d files: %d packets of second %d, want %d", n, seen[1000+sec], sec, want)
			}
		}
	}
}

// TestWrongExtents: parts that are none, or that are not there, end the reading as a
// damaged file does.
func TestWrongExtents(t *testing.T) {
	sorry := errors.New("no idea")
	for _, o := range orders {
		for name, c := range map[string]*cutFile{"pcap": cutPcap(o, 100, 50), "pcapng": cutPcapng(o, 100, 50)} {
			file := writeFiles(t, c.bytes)[0]
			size := int64(len(c.bytes))
			for _, list := range [][]Extent{{{50, 40}}, {{-1, 40}}, {{100, 200}, {150, 300}}, {{300, 400}, {100, 200}}} {
				if _, err := (ReadOptions{Parts: always(list)}).Open(file); !errors.Is(err, errExtents) {
					t.Errorf("%s, %v: %v", name, list, err)
				}
			}
			refuse := func(*os.File, int64, Header, bool) ([]Extent, error) { return nil, sorry }
			if _, err := (ReadOptions{Parts: refuse}).Open(file); err != sorry {
				t.Errorf("%s: %v", name, err)
			}
			for _, test := range []struct {
				list []Extent
				want int // packets, -1 where that is up to what stands there
			}{
				{[]Extent{{size, math.MaxInt64}}, 0},
				{[]Extent{{size + 1000, size + 2000}}, 0},
				{[]Extent{{c.begins[99], math.MaxInt64}}, 1},
				{[]Extent{{0, math.MaxInt64}}, 100}, // not the header once more
				{[]Extent{{c.begins[1], c.begins[2] + 10}}, -1},
				{[]Extent{{c.begins[1] + 3, c.begins[50]}}, -1},
				{[]Extent{{c.begins[1] + 3, c.begins[50] - 5}, {c.begins[60] + 1, size}}, -1},
			} {
				r, err := ReadOptions{Parts: always(test.list)}.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				got, err := drain(r)
				r.Close()
				if test.want >= 0 && (err != nil || len(got) != test.want) || test.want < 0 && err == nil {
					t.Errorf("%s, %v: %d packets, error %v", name, test.list, len(got), err)
				}
			}
		}
	}
}
