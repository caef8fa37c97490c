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
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

func name(s string) option { return option{optionIfName, []byte(s)} }

// mixedFile has interfaces of three link types, the last of which comes late, and
// then a section in the other byte order.
func mixedFile(o order) []byte {
	other := otherOrder(o)
	return append(pcapngHead(o).
		iface(1, 100, name("eth0")).iface(113, 200, name("any"), tsresol(9)).iface(276, 300, name("silent")).
		enhanced(1, 1e9, 150, fill(150, 1)).
		enhanced(0, 2e6, 60, fill(60, 2)).
		iface(101, 60, name("tun0")).
		enhanced(3, 3e6, 40, fill(40, 3)).
		simple(60, fill(60, 4)).b,
		pcapngHead(other).iface(0, 100, name("lo0")).iface(1, 100, name("eth0")).
			enhanced(0, 4e6, 40, fill(40, 5)).
			enhanced(1, 5e6, 60, fill(60, 6)).b...)
}

func TestMixedInterfaces(t *testing.T) {
	for _, o := range orders {
		swapped := !bytes.Equal(o.AppendUint16(nil, 1), nativeOne())
		r, err := NewReader(bytes.NewReader(mixedFile(o)))
		if err != nil {
			t.Fatal(err)
		}
		const eth, sll, sll2, raw, null = capture.LinkEN10MB, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2, capture.LinkRAW, capture.LinkNULL
		if head := (Header{LinkType: eth, SnapLen: 300, Nano: true}); r.Header() != head {
			t.Errorf("%s: header %+v, want %+v", o.name, r.Header(), head)
		}
		if kinds := []Kind{{eth, swapped}, {sll, swapped}, {sll2, swapped}}; !reflect.DeepEqual(r.Kinds(), kinds) {
			t.Errorf("%s: kinds %v, want %v", o.name, r.Kinds(), kinds)
		}
		packets, err := drain(r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range packets {
			got = append(got, fmt.Sprintf("%d %d/%d %v %s swapped %v", p.Time.Sec, len(p.Data), p.Length,
				p.LinkType, r.Interfaces()[p.Interface].Name, p.Swapped == swapped))
		}
		want := []string{
			"1 150/150 LINUX_SLL any swapped true",
			"2 60/60 EN10MB eth0 swapped true",
			"3 40/40 RAW tun0 swapped true",
			"0 60/60 EN10MB eth0 swapped true",
			"4 40/40 NULL lo0 swapped false",
			"5 60/60 EN10MB eth0 swapped false",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", o.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if n := len(r.Interfaces()); n != 5 {
			t.Errorf("%s: %d interfaces, want 5: %+v", o.name, n, r.Interfaces())
		}
	}
}

// TestCountMixed: each kind of packets has a counter of its own.
func TestCountMixed(t *testing.T) {
	for _, o := range orders {
		r, err := NewReader(bytes.NewReader(mixedFile(o)))
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[capture.LinkType]int)
		made := make(map[Kind]int)
		n, err := r.Count(2, func(k Kind) Counter {
			made[k]++
			return func(data [][]byte, _ []uint32) int {
				seen[k.LinkType] += len(data)
				return len(data)
			}
		}, never)
		want := map[capture.LinkType]int{capture.LinkEN10MB: 3, capture.LinkLINUX_SLL: 1, capture.LinkRAW: 1, capture.LinkNULL: 1}
		if err != nil || n != 6 || !reflect.DeepEqual(seen, want) || len(made) != 5 {
			t.Errorf("%s: %d packets, %v: %v, kinds %v", o.name, n, err, seen, made)
		}
	}
}

// TestTooManyInterfaces: whatever a file makes of its interfaces, what is
// remembered is bounded.
func TestTooManyInterfaces(t *testing.T) {
	f := pcapngHead(orders[0])
	for i := range maxInterfaces + 1000 {
		if i%1000 == 0 {
			f.section()
		}
		f.iface(uint16(1+i%3), uint32(1000+i), name(fmt.Sprint("eth", i)))
	}
	f.enhanced(0, 1, 5, fill(5, 1))
	r, packets, err := readAll(f.b)
	if err != nil || len(packets) != 1 || len(r.Interfaces()) > maxInterfaces+3 {
		t.Errorf("%d packets, %v, %d interfaces", len(packets), err, len(r.Interfaces()))
	}
}

// TestMixedIntoPcap: a pcap file takes packets of one link type; another one ends
// the writing, with all before in the file.
func TestMixedIntoPcap(t *testing.T) {
	r, err := NewReader(bytes.NewReader(mixedFile(orders[0])))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.pcap")
	w, err := Create(out, capture.LinkLINUX_SLL, Format{SnapLen: 300})
	if err != nil {
		t.Fatal(err)
	}
	const want = "packet 2 is of link type EN10MB, and a pcap file holds only one link type, this one LINUX_SLL: write pcapng (--format pcapng, or a name that ends in .pcapng)"
	err = Copy(w, r, func(*capture.Packet) (write, more bool) { return true, true })
	if err == nil || err.Error() != out+": "+want {
		t.Errorf("got %v", err)
	}
	if cerr := w.Close(); cerr != err {
		t.Errorf("closing: %v", cerr)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, packets, err := readAll(file); err != nil || len(packets) != 1 {
		t.Errorf("%d packets in the file, %v", len(packets), err)
	}
}

// TestLongerThanSnapLen: a packet that is longer than the header allows gets the
// header changed, where that can be.
func TestLongerThanSnapLen(t *testing.T) {
	packet := func(n int) *capture.Packet {
		return &capture.Packet{Data: fill(n, 1), Length: uint32(n), LinkType: capture.LinkEN10MB}
	}
	format := Format{SnapLen: 60}
	for _, c := range []struct {
		name    string
		before  bool // the header is written already
		seek    bool
		squeeze Compression
		refused bool
	}{
		{"a file", true, true, Uncompressed, false},
		{"a file at its beginning", false, true, Uncompressed, false},
		{"a pipe at its beginning", false, false, Uncompressed, false},
		{"a compressed file at its beginning", false, true, Gzip, false},
		{"a pipe", true, false, Uncompressed, true},
		{"a compressed file", true, true, Gzip, true},
	} {
		file := filepath.Join(t.TempDir(), "out")
		f := format
		f.Compression = c.squeeze
		var w *Writer
		var err error
		var pipe bytes.Buffer
		if c.seek {
			w, err = Create(file, capture.LinkEN10MB, f)
		} else {
			w, err = NewWriter(&pipe, "out", capture.LinkEN10MB, f)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.Write(packet(60))
		if c.before {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		err = errors.Join(w.Write(packet(70)), w.Write(packet(50)))
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "packet 2 has 70 bytes, and the header of this pcap file says already that none has more than 60: write pcapng") {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := w.Close(); (err != nil) != c.refused {
			t.Errorf("%s: closing: %v", c.name, err)
		}
		b := pipe.Bytes()
		if c.seek {
			if b, err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		lengths := []int{60, 70, 50}
		if c.refused {
			lengths = lengths[:1]
		}
		_, packets, err := readAll(b)
		if err != nil || len(packets) != len(lengths) {
			t.Fatalf("%s: %d packets, %v", c.name, len(packets), err)
		}
		for i, n := range lengths {
			if !bytes.Equal(packets[i].Data, fill(n, 1)) {
				t.Errorf("%s: packet %d has %d bytes, want %d", c.name, i+1, len(packets[i].Data), n)
			}
		}
	}
}

// TestErrorsMatch: errors of the system can be told by what they are.
func TestErrorsMatch(t *testing.T) {
	dir := t.TempDir()
	_, notThere := Open(filepath.Join(dir, "missing"))
	_, noFolder := Create(filepath.Join(dir, "missing", "out"), capture.LinkEN10MB, ethernet)
	_, isFolder := Open(dir)
	full, err := NewWriter(&quota{io.Discard, 0}, "out", capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		is   error
		text string
	}{
		{notThere, fs.ErrNotExist, filepath.Join(dir, "missing") + ": No such file or directory"},
		{noFolder, fs.ErrNotExist, filepath.Join(dir, "missing", "out") + ": No such file or directory"},
		{isFolder, syscall.EISDIR, "error reading dump file: Is a directory"},
		{full.Close(), syscall.ENOSPC, "out: No space left on device: packets that could not be written: 0, packets in the file: 0"},
	} {
		if !errors.Is(c.err, c.is) || c.err.Error() != c.text {
			t.Errorf("%v is not %v, or not worded as %q", c.err, c.is, c.text)
		}
	}
}
