package pcapfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// openDivisible opens a file whose blocks have so many bytes.
func openDivisible(t *testing.T, name string, goroutines, size int, stop func() bool) (*Reader, *Blocks) {
	t.Helper()
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	r.in.large = true // on one processor, too
	x := r.Blocks(goroutines, stop)
	if x == nil {
		t.Fatal("the file cannot be divided")
	}
	x.size = size
	return r, x
}

// readBlocks is what goroutines find in blocks, in order, and then Next.
func readBlocks(t *testing.T, r *Reader, x *Blocks, take func(b *Block)) ([]capture.Packet, error) {
	t.Helper()
	found := make(map[int64][]capture.Packet)
	var mu sync.Mutex
	var running sync.WaitGroup
	for range x.turns {
		running.Go(func() {
			var b Block
			for {
				number, ok := x.Next(&b)
				if !ok {
					return
				}
				take(&b)
				packets := make([]capture.Packet, b.Len())
				for i := range packets {
					b.Packet(i, &packets[i])
					packets[i].Data = bytes.Clone(packets[i].Data)
				}
				mu.Lock()
				found[number] = packets
				mu.Unlock()
			}
		})
	}
	running.Wait()
	if err := x.End(); err != nil {
		t.Fatal(err)
	}
	var all []capture.Packet
	for i := range int64(len(found)) {
		all = append(all, found[i]...)
	}
	rest, err := drain(r)
	return append(all, rest...), err
}

func takeAll(*Block) {}

// TestBlocks: blocks and what follows them have the packets that Next gives out, in
// order, and the end is the one that Next comes to.
func TestBlocks(t *testing.T) {
	name, sizes := largeFile(t)
	for _, goroutines := range []int{1, 2, 3, 8} {
		for _, size := range []int{100, partSize} {
			t.Run(fmt.Sprintf("%d goroutines, %d bytes", goroutines, size), func(t *testing.T) {
				r, x := openDivisible(t, name, goroutines, size, never)
				packets, err := readBlocks(t, r, x, takeAll)
				if err == nil || err.Error() != cutEnd(sizes) {
					t.Errorf("the end is %v, want %s", err, cutEnd(sizes))
				}
				if len(packets) != len(sizes)-1 {
					t.Fatalf("%d packets, want %d", len(packets), len(sizes)-1)
				}
				for i := range packets {
					if p := &packets[i]; p.Time.Sec != int64(i) || !bytes.Equal(p.Data, fill(sizes[i], i)) || p.Origin != r {
						t.Fatalf("packet %d of %d bytes differs", i, sizes[i])
					}
				}
			})
		}
	}
}

// TestBlocksBegin: blocks begin behind what Next has given out.
func TestBlocksBegin(t *testing.T) {
	name, sizes := largeFile(t)
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	r.in.large = true
	x := r.Blocks(2, never)
	if packets, _ := readBlocks(t, r, x, takeAll); len(packets) != len(sizes)-2 || packets[0].Time.Sec != 1 {
		t.Errorf("%d packets behind the first, want %d", len(packets), len(sizes)-2)
	}
}

// TestBlocksFilter: those packets stay for which something was put into take.
func TestBlocksFilter(t *testing.T) {
	name, sizes := largeFile(t)
	r, x := openDivisible(t, name, 3, partSize, never)
	packets, _ := readBlocks(t, r, x, func(b *Block) {
		b.Filter(func(data [][]byte, lengths, take []uint32) {
			for i := range data {
				take[i] = 0
				if len(data[i]) != int(lengths[i]) {
					t.Errorf("%d bytes captured, and %d on the wire", len(data[i]), lengths[i])
				}
				if len(data[i])%2 == 0 {
					take[i] = 7
				}
			}
		})
	})
	var want []int
	for i, n := range sizes[:len(sizes)-1] {
		if n%2 == 0 {
			want = append(want, i)
		}
	}
	if len(packets) != len(want) {
		t.Fatalf("%d packets pass, want %d", len(packets), len(want))
	}
	for i, n := range want {
		if packets[i].Time.Sec != int64(n) {
			t.Fatalf("packet %d of those that pass is %d, want %d", i, packets[i].Time.Sec, n)
		}
	}
}

// TestBlocksStop: where blocks are stopped, Next goes on.
func TestBlocksStop(t *testing.T) {
	name, sizes := largeFile(t)
	for _, after := range []int{0, 1, 5} {
		asked := 0 // in turn
		r, x := openDivisible(t, name, 2, partSize, func() bool { asked++; return asked > after })
		if packets, _ := readBlocks(t, r, x, takeAll); len(packets) != len(sizes)-1 {
			t.Errorf("stopped after %d blocks: %d packets, want %d", after, len(packets), len(sizes)-1)
		}
		if asked != after+1 {
			t.Errorf("stopped after %d blocks: asked %d times", after, asked)
		}
	}
}

// TestBlocksRefused: what cannot be divided is left to Next.
func TestBlocksRefused(t *testing.T) {
	var swapped []byte
	for _, o := range orders {
		file := pcapHead(o, magicMicro, 100, 1).record(1, 0, 4, 4, fill(4, 1)).b
		if r, _, _ := readAll(file); r.Swapped() {
			swapped = file
		}
	}
	for _, file := range [][]byte{swapped, mixedFile(orders[0])} {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r.in.large = true
		if r.Blocks(2, never) != nil {
			t.Errorf("a file that begins with %x is divided", file[:4])
		}
		r.Close()
	}
	file := pcapHead(orders[0], magicMicro, 100, 1).b
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.swapped = false
	r.in.large = true
	if r.Blocks(2, never) != nil {
		t.Error("what is no file is divided")
	}
}

// FuzzBlocks has small blocks of damaged files: they have what Next finds.
func FuzzBlocks(f *testing.F) {
	for _, c := range allFiles() {
		if len(c.file) < 10000 {
			f.Add(c.file, uint16(50))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, size uint16) {
		_, want, wantErr := readAll(file)
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(name)
		if err != nil {
			return
		}
		defer r.Close()
		r.in.large = true
		x := r.Blocks(2, never)
		if x == nil {
			return
		}
		x.size = 1 + int(size)
		packets, err := readBlocks(t, r, x, takeAll)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("the end is %v, want %v", err, wantErr)
		}
		if len(packets) != len(want) {
			t.Fatalf("%d packets, want %d", len(packets), len(want))
		}
		for i := range want {
			packets[i].Origin, want[i].Origin = nil, nil
			if !reflect.DeepEqual(packets[i], want[i]) {
				t.Fatalf("packet %d is %v, want %v", i, packets[i], want[i])
			}
		}
	})
}
