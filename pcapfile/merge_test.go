package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// files writes files into a new directory and returns their names.
func writeFiles(t testing.TB, files ...[]byte) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, b := range files {
		name := filepath.Join(dir, fmt.Sprintf("%04d", i))
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := compressorTo(&out, Gzip)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// merging collects what is said of files.
type merging struct{ problems, remarks []string }

func (m *merging) options() MergeOptions {
	return MergeOptions{
		Fail: func(name string, err error) {
			m.problems = append(m.problems, fmt.Sprintf("%s: %v", filepath.Base(name), err))
		},
		Warn: func(name, remark string) {
			m.remarks = append(m.remarks, fmt.Sprintf("%s: %s", filepath.Base(name), remark))
		},
	}
}

// mergedLines describes the packets of m.
func mergedLines(m *Merged) (lines []string) {
	var pkt capture.Packet
	for m.Next(&pkt) == nil {
		d := m.Interfaces()[pkt.Interface]
		lines = append(lines, fmt.Sprintf("%d.%09d packet %d %s of %s interface %d %s",
			pkt.Time.Sec, pkt.Time.Nsec, pkt.Data[0], pkt.LinkType, d.LinkType, pkt.Interface, d.Name))
	}
	return lines
}

// TestMerge: packets of files of every kind come by their times, equal ones in
// the order of the files, and each file's interfaces are its own. With many files
// it is the same.
func TestMerge(t *testing.T) {
	little, big := orders[0], orders[1]
	empty := pcapHead(little, magicMicro, 100, 1).b
	files := [][]byte{
		pcapHead(little, magicMicro, 100, 1).record(10, 5, 1, 1, []byte{0}).record(12, 0, 1, 1, []byte{1}).record(12, 0, 1, 1, []byte{2}).b,
		pcapHead(big, magicNano, 200, 101).record(10, 4999, 1, 1, []byte{3}).record(12, 0, 1, 1, []byte{4}).b,
		gzipped(t, pcapngHead(big).iface(1, 50, name("eth0")).iface(113, 300, name("any")).
			enhanced(1, 12e6, 1, []byte{5}).enhanced(0, 11e6, 1, []byte{6}).iface(1, 50, name("eth1")).enhanced(2, 13e6, 1, []byte{7}).b),
		empty,
		pcapHead(little, magicMicro, 100, 1).record(9, 2_000_000, 1, 1, []byte{8}).b, // a fraction of 2 s
	}
	for _, many := range []bool{false, true} {
		if many {
			for len(files) <= fewFiles {
				files = append(files, empty)
			}
		}
		var told merging
		m, err := Merge(writeFiles(t, files...), told.options())
		if err != nil {
			t.Fatal(err)
		}
		if again := len(m.Reopened()); again != 0 && !many || again != len(files) && many {
			t.Errorf("of %d files %d are opened again", len(files), again)
		}
		if head := (Header{LinkType: capture.LinkEN10MB, SnapLen: 300, Nano: true}); m.Header() != head {
			t.Errorf("header %+v, want %+v", m.Header(), head)
		}
		want := []string{
			"10.000004999 packet 3 RAW of RAW interface 1 ",
			"10.000005000 packet 0 EN10MB of EN10MB interface 0 ",
			"9.2000000000 packet 8 EN10MB of EN10MB interface 5 ",
			"12.000000000 packet 1 EN10MB of EN10MB interface 0 ",
			"12.000000000 packet 2 EN10MB of EN10MB interface 0 ",
			"12.000000000 packet 4 RAW of RAW interface 1 ",
			"12.000000000 packet 5 LINUX_SLL of LINUX_SLL interface 3 any",
			"11.000000000 packet 6 EN10MB of EN10MB interface 2 eth0",
			fmt.Sprintf("13.000000000 packet 7 EN10MB of EN10MB interface %d eth1", len(files)+1), // described last
		}
		if got := mergedLines(m); !reflect.DeepEqual(got, want) || told.problems != nil || told.remarks != nil {
			t.Errorf("%d files: got\n%s\nwant\n%s\n%v %v", len(files), strings.Join(got, "\n"), strings.Join(want, "\n"), told.problems, told.remarks)
		}
		var pkt capture.Packet
		if err := m.Next(&pkt); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
		m.Close()
		if err := m.Next(&pkt); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// manyFiles are files whose packets interleave, and how many packets there are.
func manyFiles(files, packets int) (all [][]byte, total int) {
	for i := range files {
		f := pcapHead(orders[i%2], magicMicro, 60, 1)
		for j := range packets {
			f.record(uint32(1000+j), uint32(i), 60, 60, fill(60, i+j))
		}
		all = append(all, f.b)
	}
	return all, files * packets
}

// checkMany reads what manyFiles wrote.
func checkMany(t *testing.T, names []string, total int) {
	t.Helper()
	var told merging
	m, err := Merge(names, told.options())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var pkt capture.Packet
	for n := range total {
		if err := m.Next(&pkt); err != nil {
			t.Fatalf("packet %d: %v", n, err)
		}
		i, j := n%len(names), n/len(names)
		if pkt.Time != (capture.Timestamp{Sec: int64(1000 + j), Nsec: int64(i) * 1000}) || !bytes.Equal(pkt.Data, fill(60, i+j)) {
			t.Fatalf("packet %d is of %v", n, pkt.Time)
		}
		if len(m.pool.open) > maxOpen {
			t.Fatalf("%d files are open", len(m.pool.open))
		}
	}
	if err := m.Next(&pkt); err != io.EOF || told.problems != nil {
		t.Errorf("at the end: %v, %v", err, told.problems)
	}
	if len(m.pool.open) != 0 {
		t.Errorf("%d files are still open", len(m.pool.open))
	}
}

// TestMergeMany: more files than are open, all at the same time.
func TestMergeMany(t *testing.T) {
	files, total := manyFiles(3*maxOpen, 500)
	checkMany(t, writeFiles(t, files...), total)
}

// TestMergeProblems: a file that is damaged, replaced or cut ends, and the others
// go on.
func TestMergeProblems(t *testing.T) {
	whole, _ := manyFiles(fewFiles+3, 1000)
	names := writeFiles(t, whole...)
	write := func(i int, b []byte) {
		t.Helper()
		if err := os.WriteFile(names[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(1, whole[1][:len(whole[1])-10])
	write(2, whole[2][:fileHeaderLen+30])
	write(3, append(gzipped(t, whole[3]), "rubbish"...))
	write(4, append(gzipped(t, whole[4][:fileHeaderLen]), "rubbish"...))
	var told merging
	m, err := Merge(names, told.options())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := os.Rename(names[6], names[5]); err != nil { // before they are opened again
		t.Fatal(err)
	}
	n := len(mergedLines(m))
	if want := 1000*(fewFiles+3-4) - 1; n != want {
		t.Errorf("%d packets, want %d", n, want)
	}
	problems := []string{
		"0002: truncated dump file; tried to read 60 captured bytes, only got 14",
		"0005: error reading dump file: another file has taken the place of the one that was being read",
		"0006: error reading dump file: No such file or directory",
		"0001: truncated dump file; tried to read 60 captured bytes, only got 50",
	}
	remarks := []string{
		"0004: what follows the gzip stream is no part of it, and was ignored",
		"0003: what follows the gzip stream is no part of it, and was ignored",
	}
	if !reflect.DeepEqual(told.problems, problems) || !reflect.DeepEqual(told.remarks, remarks) {
		t.Errorf("told %q and %q, want %q and %q", told.problems, told.remarks, problems, remarks)
	}
}

// TestMergeRefuses: a file that cannot be opened is named, once.
func TestMergeRefuses(t *testing.T) {
	good, _ := manyFiles(fewFiles+1, 1)
	for _, n := range []int{2, fewFiles + 1} {
		names := writeFiles(t, good[:n]...)
		if err := os.WriteFile(names[1], []byte("something else"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Merge(names, MergeOptions{}); err == nil || err.Error() != names[1]+": unknown file format" {
			t.Errorf("of %d files one is no capture: %v", n, err)
		}
		if err := os.Remove(names[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := Merge(names, MergeOptions{}); !errors.Is(err, fs.ErrNotExist) || err.Error() != names[1]+": No such file or directory" {
			t.Errorf("of %d files one is not there: %v", n, err)
		}
	}
}

// TestMergeCompressed: compressed files take memory, so that not any number is
// open.
func TestMergeCompressed(t *testing.T) {
	for _, c := range []struct{ files, problems int }{{maxUnpacked, 0}, {maxUnpacked + 2, 2}} {
		files, total := manyFiles(c.files, 2)
		for i := range files {
			files[i] = gzipped(t, files[i])
		}
		var told merging
		m, err := Merge(writeFiles(t, files...), told.options())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(mergedLines(m)); n != total-2*c.problems || len(told.problems) != c.problems {
			t.Errorf("of %d files %d packets of %d, %q", c.files, n, total, told.problems)
		}
		m.Close()
	}
}

// TestMergeAllocs: nothing is allocated for a packet.
func TestMergeAllocs(t *testing.T) {
	files, total := manyFiles(8, 5000)
	m, err := Merge(writeFiles(t, files...), MergeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var pkt capture.Packet
	allocs := testing.AllocsPerRun(total/2, func() {
		if err := m.Next(&pkt); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for a packet", allocs)
	}
}

func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{2, 8, 100, 1000} {
		b.Run(fmt.Sprintf("files=%d", n), func(b *testing.B) {
			files, total := manyFiles(n, 100_000/n)
			names := writeFiles(b, files...)
			for b.Loop() {
				m, err := Merge(names, MergeOptions{})
				if err != nil {
					b.Fatal(err)
				}
				var pkt capture.Packet
				for range total {
					if err := m.Next(&pkt); err != nil {
						b.Fatal(err)
					}
				}
				m.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(total), "ns/packet")
		})
	}
}

// TestMergedHeader: what is known of merged files before their packets are read.
func TestMergedHeader(t *testing.T) {
	file := func(magic, snaplen, link uint32) []byte {
		return pcapHead(machineOrder, magic, snaplen, link).record(1, 2, 5, 60, fill(5, 1)).b
	}
	const fcs = 0x44000000 // 4 bytes of it
	ng := pcapngHead(machineOrder).iface(0, 300).enhanced(0, 1, 5, fill(5, 1)).b
	for _, c := range []struct {
		files [][]byte
		want  Header
		kinds []Kind
		grows bool
	}{
		{[][]byte{file(magicMicro, 100, 1|fcs)}, Header{LinkType: 1, LinkTypeExt: fcs, SnapLen: 100}, []Kind{{LinkType: 1}}, false},
		{[][]byte{file(magicMicro, 100, 1|fcs), file(magicMicro, 200, 1|fcs)}, Header{LinkType: 1, LinkTypeExt: fcs, SnapLen: 200}, []Kind{{LinkType: 1}}, false},
		{[][]byte{file(magicMicro, 200, 1|fcs), file(magicMicro, 100, 1)}, Header{LinkType: 1, SnapLen: 200}, []Kind{{LinkType: 1}}, false},
		{[][]byte{file(magicMicro, 100, 113), file(magicNano, 50, 1), ng}, Header{LinkType: 113, SnapLen: 300, Nano: true},
			[]Kind{{LinkType: 113}, {LinkType: 1}, {LinkType: 0}}, true},
	} {
		names := writeFiles(t, c.files...)
		m, err := Merge(names, MergeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if h := m.Header(); h != c.want || m.LinkType() != h.LinkType || m.SnapLen() != h.SnapLen {
			t.Errorf("header %+v, want %+v", h, c.want)
		}
		if !reflect.DeepEqual(m.Kinds(), c.kinds) || m.MayGrow() != c.grows || len(m.Reopened()) != 0 {
			t.Errorf("kinds %v, grows %t, reopened %q; want %v, %t", m.Kinds(), m.MayGrow(), m.Reopened(), c.kinds, c.grows)
		}
		for i, f := range m.Files() {
			r, err := Open(names[i])
			if err != nil {
				t.Fatal(err)
			}
			if f.Name != names[i] || f.SnapLen != r.SnapLen() || !reflect.DeepEqual(f.Kinds, r.Kinds()) {
				t.Errorf("file %d is described as %+v", i, f)
			}
			r.Close()
		}
		if n := len(mergedLines(m)); n != len(c.files) || len(m.Files()) != n {
			t.Errorf("%d packets of %d files, want one of each of %d", n, len(m.Files()), len(c.files))
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Next(new(capture.Packet)); err != fs.ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	}
}

// TestMergedInputs: what is no regular file is opened by the caller.
func TestMergedInputs(t *testing.T) {
	names := append(writeFiles(t, pcapHead(machineOrder, magicMicro, 100, 1).record(3, 2, 5, 60, fill(5, 1)).b), "-", t.TempDir())
	var asked []string
	input := func(name string) (io.Reader, error) {
		if asked = append(asked, name); name == names[2] && len(asked) > 2 {
			return nil, errors.New("not today")
		}
		return bytes.NewReader(pcapHead(machineOrder, magicMicro, 100, 1).record(uint32(len(asked)), 2, 5, 60, fill(5, 2)).b), nil
	}
	m, err := Merge(names, MergeOptions{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	var seconds []int64
	for pkt := (capture.Packet{}); m.Next(&pkt) == nil; {
		seconds = append(seconds, pkt.Time.Sec)
	}
	m.Close()
	if !reflect.DeepEqual(asked, names[1:]) || !reflect.DeepEqual(seconds, []int64{1, 2, 3}) {
		t.Errorf("asked for %q, packets at %d", asked, seconds)
	}
	named := func(name string) bool { return name == names[0] }
	opened := 0
	m, err = Merge(names[:1], MergeOptions{IsInput: named, Input: func(name string) (io.Reader, error) { opened++; return os.Open(name) }})
	if err != nil || opened != 1 {
		t.Errorf("what is named an input was opened %d times by the caller, %v", opened, err)
	}
	m.Close()
	if _, err := Merge(names, MergeOptions{Input: input}); err == nil || err.Error() != names[2]+": not today" {
		t.Errorf("an input that fails: %v", err)
	}
}
