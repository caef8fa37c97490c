package index

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// written is a pcapng file with secrets that come while packets do, and its index.
func written(t testing.TB, dir string, packets int) (file, indexed []byte) {
	t.Helper()
	name := filepath.Join(dir, "a.pcapng")
	log := []byte("# keys\n")
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{
		Pcapng:  true,
		Secrets: func() []byte { return log },
		Watch: func(name string) pcapfile.Watcher {
			f, err := Create(name, func(err error) { t.Error(err) })
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := traffic.New(8, packets)
	var p capture.Packet
	for i := 0; g.Next(&p) == nil; i++ {
		if i%1900 == 500 {
			log = append(log, "CLIENT_RANDOM 00 11\n"...)
		}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if file, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	if indexed, err = os.ReadFile(Name(name)); err != nil {
		t.Fatal(err)
	}
	return file, indexed
}

func selected(file, index []byte, q Query) (*Selection, error) {
	return Select(bytes.NewReader(index), int64(len(index)), bytes.NewReader(file), int64(len(file)), q)
}

// TestWritten: blocks lie as the file's do, though secrets come in between, and an index
// made while writing has what one made afterwards has.
func TestWritten(t *testing.T) {
	dir := t.TempDir()
	file, indexed := written(t, dir, 6000)
	if limit := len(file) / 100; len(indexed) > limit {
		t.Errorf("an index of %d bytes for a file of %d", len(indexed), len(file))
	}
	all, err := selected(file, indexed, Query{})
	if err != nil || all.Packets != 6000 || len(all.Extents) != 1 || all.Extents[0] != (pcapfile.Extent{To: int64(len(file))}) {
		t.Fatalf("%+v, %v", all, err)
	}
	// With no times asked for, what is left are the parts that are always read.
	none, err := selected(file, indexed, Query{Times: func(int64, int64) bool { return false }})
	if err != nil || none.Chosen == 0 || none.Chosen == none.Blocks {
		t.Fatalf("%+v, %v", none, err)
	}
	secrets := 0
	for at := int64(0); at < int64(len(file)); {
		kind, n := binary.NativeEndian.Uint32(file[at:]), int64(binary.NativeEndian.Uint32(file[at+4:]))
		inside := slices.ContainsFunc(none.Extents, func(e pcapfile.Extent) bool { return e.From <= at && at+n <= e.To })
		starts := slices.ContainsFunc(none.Extents, func(e pcapfile.Extent) bool { return at < e.From && e.From < at+n || at < e.To && e.To < at+n })
		if kind == 10 {
			secrets++
		}
		if kind != 6 && !inside || starts {
			t.Errorf("the block of type %d at %d of %d bytes is not read", kind, at, n)
		}
		at += n
	}
	if secrets < 3 {
		t.Errorf("%d blocks of secrets", secrets)
	}
	name := filepath.Join(dir, "a.pcapng")
	if partial, err := Make(name, "test", func() bool { return false }, nil); partial != nil || err != nil {
		t.Fatal(partial, err)
	}
	again, err := os.ReadFile(Name(name))
	if err != nil {
		t.Fatal(err)
	}
	made, err := selected(file, again, Query{})
	if err != nil || made.Packets != all.Packets {
		t.Errorf("%+v, %v", made, err)
	}
}

// TestDamaged: whatever byte of an index is another, it is noticed.
func TestDamaged(t *testing.T) {
	file, indexed := written(t, t.TempDir(), 60)
	for i := 0; i < len(indexed); i += 1 + 10*(i/100%2) {
		for _, bit := range []byte{1, 0x80} {
			wrong := bytes.Clone(indexed)
			wrong[i] ^= bit
			if s, err := selected(file, wrong, Query{}); err == nil {
				t.Fatalf("byte %d is another, and selects %+v", i, s)
			}
		}
		if _, err := selected(file, indexed[:i], Query{}); err == nil {
			t.Fatalf("%d bytes are an index", i)
		}
	}
}

// TestIdentity: a file is known again by its bytes, in whatever pieces they are written.
func TestIdentity(t *testing.T) {
	data := make([]byte, 3*identityEnds+17)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for _, size := range []int{0, 1, 100, identityEnds, identityEnds + 1, len(data)} {
		want, err := identityOf(bytes.NewReader(data), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range []int{1, 7, 1000, identityEnds, len(data)} {
			i := newIdentity()
			for rest := data[:size]; len(rest) > 0; {
				n := min(piece, len(rest))
				i.Write(rest[:n])
				rest = rest[n:]
			}
			if i.sum() != want {
				t.Errorf("%d bytes in pieces of %d: another identity", size, piece)
			}
		}
	}
	// Far from both ends, samples are taken.
	const size = identityDistance + 1<<20
	i := newIdentity()
	for piece := make([]byte, 1<<20); i.size < size; {
		i.Write(piece)
	}
	want, err := identityOf(mark(-1), size)
	if err != nil || i.sum() != want {
		t.Errorf("another identity of %d bytes, %v", size, err)
	}
	for at, seen := range map[int64]bool{identityDistance + 3: true, identityDistance + identitySample: false, size - 1: true} {
		if got, err := identityOf(mark(at), size); err != nil || (got != want) != seen {
			t.Errorf("a byte at %d changes the identity: %t, %v", at, got != want, err)
		}
	}
}

// mark has zeros, but for a byte at that offset.
type mark int64

func (m mark) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if i := int64(m) - at; i >= 0 && i < int64(len(b)) {
		b[i] = 1
	}
	return len(b), nil
}

// TestNoAllocations: packets are taken without allocating.
func TestNoAllocations(t *testing.T) {
	w := NewWriter(io.Discard)
	g := traffic.New(2, 200)
	var packets []capture.Packet
	var p capture.Packet
	for g.Next(&p) == nil {
		p.Data = bytes.Clone(p.Data)
		packets = append(packets, p)
	}
	if n := testing.AllocsPerRun(20, func() {
		for i := range packets {
			w.headers.add(&packets[i])
			w.time(packets[i].Time)
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
}

// FuzzRead: whatever stands in an index, reading it ends, in memory that follows its
// length, and what it selects lies in the file in order.
func FuzzRead(f *testing.F) {
	file, indexed := written(f, f.TempDir(), 400)
	f.Add(indexed[:len(indexed)-trailerSize])
	f.Add([]byte(magic))
	f.Add(append([]byte(magic), 8, 1, 8, 0, 0, 8, 1, 2))
	tail := indexed[len(indexed)-trailerSize:]
	q := Query{
		Demand: func([]capture.LinkType) *compile.Demand {
			return &compile.Demand{Op: compile.DemandHas, Key: compile.NumberKey(compile.KeyPort, 53)}
		},
		Times: func(first, last int64) bool { return last%2 == 0 },
	}
	f.Add(append([]byte(magic), 8, 1, 10, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 2, 1, 2, 3))
	f.Fuzz(func(t *testing.T, blocks []byte) {
		q := q
		s := selector{query: q, Selection: Selection{}}
		s.start(bytes.NewReader(blocks), q.Demand(nil))
		if s.blocks(int64(len(file))) == nil {
			_ = s.restarts()
		}
		end := int64(0)
		for _, e := range s.Extents {
			if e.From < end || e.To <= e.From || e.To > int64(len(file)) {
				t.Fatalf("%+v of a file of %d bytes", s.Extents, len(file))
			}
			end = e.To
		}
		if s.Chosen > 0 && len(s.restarted) > len(blocks)/8 {
			t.Fatalf("%d conversations of %d bytes", len(s.restarted), len(blocks))
		}
		q.named = len(blocks)%2 == 0
		_, _ = selected(file, append(bytes.Clone(blocks), tail...), q)
	})
}
