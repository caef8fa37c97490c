package recorder

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/pcapfile"
)

var order = binary.NativeEndian

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// needsDisk skips a test where there are no rings on disk.
func needsDisk(t *testing.T) {
	t.Helper()
	f, err := lockFolder(t.TempDir())
	if err != nil {
		t.Skip(err)
	}
	f.Close()
}

// diskRing is a folder with a ring of packets of 60 bytes, one each step.
func diskRing(t *testing.T, o Options, from, to, step int64) string {
	t.Helper()
	o.Before, o.After = 10*time.Second, 5*time.Second
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	b.feed(from, to, step)
	b.stop()
	return o.Dir
}

// ringTimes are the packets of a ring on disk, as whoever reads its segments sees them.
func ringTimes(t *testing.T, dir string) (all []int64, bytes int64) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
		all = append(all, times(t, name)...)
	}
	return all, bytes
}

// TestSegments: a ring on disk keeps to its size, and a next run goes on with it, and with
// what is before.
func TestSegments(t *testing.T) {
	needsDisk(t)
	const size = 64 << 10
	dir := diskRing(t, Options{Size: size}, 1000, 50_000, 10)
	all, bytes := ringTimes(t, dir)
	if bytes > size || bytes < size/2 {
		t.Errorf("it has %d bytes, %d at most", bytes, size)
	}
	if len(all) == 0 || all[len(all)-1] != 50_000 || len(all) != len(span(all[0], 50_000, 10)) {
		t.Fatalf("its packets are %d", all)
	}
	b := newBench(t, Options{Before: 3 * time.Second, After: time.Second, Size: size, Dir: dir}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	if want := "of an earlier run, with packets from 1970-01-01 00:00:"; len(b.said) != 1 || !strings.Contains(b.said[0], want) {
		t.Errorf("it says %q, want %q", b.said, want)
	}
	b.feed(51_000, 53_000, 10, 51_000)
	b.stop()
	want := append(span(max(48_000, all[0]), 50_000, 10), span(51_000, 52_000, 10)...)
	if got := b.contents(); fmt.Sprint(got) != fmt.Sprint(map[string][]int64{"000051.pcapng": want}) {
		t.Errorf("files are %v, want %v", got, want)
	}
	if _, bytes := ringTimes(t, dir); bytes > size {
		t.Errorf("then it has %d bytes, %d at most", bytes, size)
	}
}

// TestInUse: a folder has one ring.
func TestInUse(t *testing.T) {
	needsDisk(t)
	o := Options{Before: time.Second, After: time.Second, Dir: t.TempDir()}
	b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	defer b.stop()
	o.Size = 1 << 20
	if _, err := New(ethernet, o); err == nil || !strings.Contains(err.Error(), "another recorder") {
		t.Errorf("a second one has %v", err)
	}
}

// TestRecovery: wherever the last segment ends, what is whole before is kept, and the file
// can be read.
func TestRecovery(t *testing.T) {
	needsDisk(t)
	dir := diskRing(t, Options{}, 1000, 1002, 1)
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	whole := readFile(t, names[0])
	const packet = 8 + 20 + 60 + 4 // what one takes
	header := len(whole) - 3*packet
	for _, tail := range [][]byte{nil, make([]byte, 1000)} {
		for end := range len(whole) + 1 {
			if tail != nil && end%7 != 0 {
				continue
			}
			content, want := append(whole[:end:end], tail...), 0
			for want < 3 && bytes.HasPrefix(content, whole[:header+(want+1)*packet]) {
				want++
			}
			if err := os.WriteFile(names[0], content, 0o600); err != nil {
				t.Fatal(err)
			}
			var said []string
			r, err := New(ethernet, Options{Size: 1 << 20, Dir: dir, Location: time.UTC, Say: func(text string) { said = append(said, text) }})
			if err != nil {
				t.Fatalf("cut at %d: %v", end, err)
			}
			held := len(r.ring.(*segments).list)
			r.Close()
			got, _ := ringTimes(t, dir)
			if len(got) != want || (held > 0) != (want > 0) {
				t.Fatalf("cut at %d of %d: packets are %d, of %d segments, want %d", end, len(whole), got, held, want)
			}
			torn := (end-header)%packet != 0 || tail != nil
			if want := map[bool]int{true: 2, false: 1}[torn]; len(got) > 0 && len(said) != want {
				t.Fatalf("cut at %d of %d with %d bytes behind: it says %q", end, len(whole), len(tail), said)
			}
		}
	}
}

// TestDamaged: what is no end in the middle stays as it is; what can be read is in an
// incident, and the rest is complained about.
func TestDamaged(t *testing.T) {
	needsDisk(t)
	dir := diskRing(t, Options{}, 1000, 3000, 1)
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	last := names[len(names)-1]
	whole := readFile(t, last)
	at := bytes.Index(whole, []byte("2900"))
	copy(whole[at-28:], "\xff\xff\xff\xff\xff\xff\xff\xff")
	if err := os.WriteFile(last, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, Options{Before: 10 * time.Second, After: time.Second, Dir: dir}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	b.feed(3100, 5000, 10, 3200)
	b.Close()
	if failed := b.Failures(); len(failed) != 1 || !strings.Contains(failed[0].Error(), last) {
		t.Errorf("it complains of %v", failed)
	}
	want := append(span(1000, 2899, 1), span(3100, 4200, 10)...)
	if got := b.contents(); fmt.Sprint(got) != fmt.Sprint(map[string][]int64{"000003.pcapng": want}) {
		t.Errorf("files are %v", got)
	}
	if got := readFile(t, last); !bytes.Equal(got, whole) {
		t.Error("the damaged segment was changed")
	}
}

// FuzzScan: whatever a segment has, looking at it ends, and finds no more than there is;
// what it calls whole is whole when it is looked at again.
func FuzzScan(f *testing.F) {
	dir := f.TempDir()
	name := filepath.Join(dir, "x.pcapng")
	w, err := pcapfile.Create(name, ethernet.LinkType(), pcapfile.Format{Pcapng: true})
	if err != nil {
		f.Fatal(err)
	}
	for ms := range int64(3) {
		w.Write(at(ms, 60))
	}
	w.Close()
	whole, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add(append(whole, make([]byte, 50)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, again segment
		found, err := s.scan(bytes.NewReader(b))
		if err != nil || found.whole > int64(len(b)) || found.packets > uint64(len(b)/32) || s.last < s.first {
			t.Fatalf("%+v of %d bytes, %+v, %v", found, len(b), s, err)
		}
		second, err := again.scan(bytes.NewReader(b[:found.whole]))
		if err != nil || second.whole != found.whole || second.packets != found.packets || !second.torn || again.last != s.last {
			t.Fatalf("%+v, and then %+v", found, second)
		}
	})
}
