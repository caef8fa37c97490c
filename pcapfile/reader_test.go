package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/tapdump/tapdump/capture"
)

func TestPcapFields(t *testing.T) {
	for _, o := range orders {
		for _, c := range []struct {
			magic uint32
			nsec  int64
			nano  bool
		}{{magicMicro, 7000, false}, {magicNano, 7, true}} {
			file := pcapHead(o, c.magic, 0, 0x44000001).record(0x80000005, 7, 3, 60, []byte{1, 2, 3}).
				record(1, 4294967295, 0, 9, nil).b
			r, got, err := readAll(file)
			if err != nil {
				t.Fatal(err)
			}
			swapped := !bytes.Equal(o.AppendUint16(nil, 1), nativeOne())
			want := []capture.Packet{
				{Time: capture.Timestamp{Sec: 0x80000005, Nsec: c.nsec}, Data: []byte{1, 2, 3}, Length: 60, LinkType: 1, Swapped: swapped},
				{Time: capture.Timestamp{Sec: 1, Nsec: c.nsec / 7 * 4294967295}, Data: []byte{}, Length: 9, LinkType: 1, Swapped: swapped},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, magic %#x: got %+v, want %+v", o.name, c.magic, got, want)
			}
			head := Header{LinkType: 1, LinkTypeExt: 0x44000000, SnapLen: 262144, Nano: c.nano}
			if r.Header() != head {
				t.Errorf("%s, magic %#x: header %+v, want %+v", o.name, c.magic, r.Header(), head)
			}
			if r.Swapped() != swapped {
				t.Errorf("%s, magic %#x: Swapped is %v", o.name, c.magic, r.Swapped())
			}
		}
	}
}

// nativeOne is the 16-bit number 1 in this machine's byte order.
func nativeOne() []byte {
	b := make([]byte, 2)
	for _, o := range orders {
		o.PutUint16(b, 1)
		if (&Reader{}).u16(b) == 1 {
			break
		}
	}
	return b
}

func TestPcapngFields(t *testing.T) {
	for _, o := range orders {
		file := pcapngHead(o).
			iface(101, 96, option{optionIfName, []byte("eth0")}, option{optionIfDescription, []byte("the first")}, tsresol(9)).
			iface(101, 96, tsresol(0x80|2), tsoffset(o, ^uint64(0))).
			enhanced(0, 3e9+5, 60, []byte{1, 2, 3}, option{1, []byte("x")}, flags(o, 0xfffffffd)).
			enhanced(1, 7, 60, []byte{4}, flags(o, 2)).
			obsolete(1, 9, 61, []byte{5}, flags(o, 1)).
			simple(2, []byte{6, 7}).
			section().iface(101, 96, option{optionIfName, []byte("eth1")}).iface(101, 96, option{optionIfName, []byte("eth0")}, option{optionIfDescription, []byte("the first")}).
			enhanced(0, 1, 1, []byte{8}).
			enhanced(1, 2, 1, []byte{9}).b
		r, got, err := readAll(file)
		if err != nil {
			t.Fatal(err)
		}
		packet := func(sec, nsec int64, length uint32, iface int, dir capture.Direction, data ...byte) capture.Packet {
			return capture.Packet{Time: capture.Timestamp{Sec: sec, Nsec: nsec}, Data: data, Length: length,
				LinkType: capture.LinkRAW, Interface: iface, Direction: dir, Swapped: !bytes.Equal(o.AppendUint16(nil, 1), nativeOne())}
		}
		want := []capture.Packet{
			packet(3, 5, 60, 0, capture.DirIn, 1, 2, 3),
			packet(0, 750000000, 60, 1, capture.DirOut, 4),
			packet(1, 250000000, 61, 1, capture.DirIn, 5),
			packet(0, 0, 2, 0, capture.DirUnknown, 6, 7),
			packet(0, 1000, 1, 2, capture.DirUnknown, 8),
			packet(0, 2000, 1, 0, capture.DirUnknown, 9),
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", o.name, got, want)
		}
		interfaces := []capture.Interface{
			{Name: "eth0", Description: "the first", LinkType: 12, SnapLen: 96},
			{LinkType: 12, SnapLen: 96},
			{Name: "eth1", LinkType: 12, SnapLen: 96},
		}
		if !reflect.DeepEqual(r.Interfaces(), interfaces) {
			t.Errorf("%s: interfaces %+v, want %+v", o.name, r.Interfaces(), interfaces)
		}
		if head := (Header{LinkType: 12, SnapLen: 96, Nano: true}); r.Header() != head {
			t.Errorf("%s: header %+v, want %+v", o.name, r.Header(), head)
		}
	}
}

// TestFinestResolution checks a fraction whose product with 10^9 does not fit
// into 64 bits.
func TestFinestResolution(t *testing.T) {
	file := pcapngHead(orders[0]).iface(1, 0, tsresol(0x80|63)).enhanced(0, 1<<63|1<<62|1, 1, nil).b
	_, got, err := readAll(file)
	if want := (capture.Timestamp{Sec: 1, Nsec: 500000000}); err != nil || len(got) != 1 || got[0].Time != want {
		t.Errorf("got %+v, %v; want one packet at %+v", got, err, want)
	}
}

// TestManyInterfaces checks that what is remembered of interfaces is bounded.
func TestManyInterfaces(t *testing.T) {
	f := pcapngHead(orders[0])
	name := func(i int) option { return option{optionIfName, append(fill(1000, 0), byte(i), byte(i>>8))} }
	for i := range 10000 {
		if i%5000 == 0 {
			f.section()
		}
		f.iface(1, 0, name(i))
	}
	f.enhanced(4999, 1, 1, []byte{1})
	r, packets, err := readAll(f.b)
	if err != nil || len(packets) != 1 {
		t.Fatalf("%d packets, %v; want one packet", len(packets), err)
	}
	if n := len(r.Interfaces()); n > maxInterfaceText/1000+1 {
		t.Errorf("%d interfaces with names of 1 kB are remembered; want %d at most", n, maxInterfaceText/1000+1)
	}
	if d := r.Interfaces()[packets[0].Interface]; d.Name != "" {
		t.Errorf("the last packet's interface has a name of %d bytes; want the nameless one", len(d.Name))
	}
	f = pcapngHead(orders[0])
	for range maxInterfaces + 1 {
		f.iface(1, 0)
	}
	if _, _, err := readAll(f.b); err == nil || err.Error() != "more than 65536 interfaces in the file" {
		t.Errorf("65537 interfaces: got error %v", err)
	}
}

// TestPieces reads all files in pieces of every awkward size, as pipes give
// them: the outcome must not depend on it.
func TestPieces(t *testing.T) {
	readers := []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{{"single bytes", iotest.OneByteReader}, {"halves", iotest.HalfReader}, {"data with the end", iotest.DataErrReader}}
	for _, c := range allFiles() {
		if len(c.file) > 100000 {
			continue
		}
		_, want, wantErr := readAll(c.file)
		for _, reader := range readers {
			var got []capture.Packet
			r, err := NewReader(reader.wrap(bytes.NewReader(c.file)))
			if err == nil {
				got, err = drain(r)
			}
			if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Errorf("%s, in %s: %d packets, %v; whole: %d packets, %v", c.name, reader.name, len(got), err, len(want), wantErr)
			}
		}
	}
}

// TestPacketBeforeMore checks that a packet from a pipe does not wait for the
// next one.
func TestPacketBeforeMore(t *testing.T) {
	pr, pw := io.Pipe()
	file := pcapHead(orders[0], magicMicro, 100, 1).record(1, 2, 5, 5, fill(5, 1)).b
	go pw.Write(file)
	r, err := NewReader(pr)
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	pw.Close()
	if err := r.Next(&pkt); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
}

func TestReadErrors(t *testing.T) {
	file := pcapHead(orders[0], magicMicro, 100, 1).record(1, 2, 5, 5, fill(5, 1)).b
	for n := range len(file) + 1 {
		r, err := NewReader(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(syscall.EIO)))
		if err == nil {
			_, err = drain(r)
		}
		if err == nil || err.Error() != "error reading dump file: Input/output error" {
			t.Errorf("input error after %d bytes: got %v", n, err)
		}
	}
	if _, err := NewReader(stuck{}); err == nil || !strings.Contains(err.Error(), io.ErrNoProgress.Error()) {
		t.Errorf("a reader that gives nothing: got %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.pcap")
	if _, err := Open(missing); err == nil || err.Error() != missing+": No such file or directory" {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(dir); err == nil || err.Error() != "error reading dump file: Is a directory" {
		t.Errorf("folder: %v", err)
	}
	name := filepath.Join(dir, "good.pcap")
	file := pcapHead(orders[0], magicMicro, 100, 1).record(1, 2, 5, 5, fill(5, 1)).b
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if packets, err := drain(r); len(packets) != 1 || err != nil {
		t.Errorf("%d packets, %v; want 1", len(packets), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	var pkt capture.Packet
	if err := r.Next(&pkt); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
}

// TestClaimedSize checks that memory follows the data that are there.
func TestClaimedSize(t *testing.T) {
	for _, c := range allFiles() {
		if !strings.Contains(c.name, "claimed") {
			continue
		}
		r, err := NewReader(bytes.NewReader(c.file))
		if err != nil {
			t.Fatal(err)
		}
		drain(r)
		if len(r.in.buf) > 2*blockSize {
			t.Errorf("%s: a file of %d bytes made the buffer %d bytes large", c.name, len(c.file), len(r.in.buf))
		}
	}
}

// manyPackets is a pcap or pcapng file of n packets of mixed sizes.
func manyPackets(o order, ng bool, n int) []byte {
	data := fill(1500, 1)
	if !ng {
		f := pcapHead(o, magicMicro, 262144, 1)
		for i := range n {
			size := 60 + i*37%1400
			f.record(uint32(i), uint32(i), uint32(size), uint32(size), data[:size])
		}
		return f.b
	}
	f := pcapngHead(o).iface(1, 262144)
	for i := range n {
		size := 60 + i*37%1400
		f.enhanced(0, uint64(i), uint32(size), data[:size], flags(o, 1))
	}
	return f.b
}

func TestNoAllocations(t *testing.T) {
	for _, o := range orders {
		for _, ng := range []bool{false, true} {
			r, err := NewReader(bytes.NewReader(manyPackets(o, ng, 5000)))
			if err != nil {
				t.Fatal(err)
			}
			w, err := NewWriter(io.Discard, "nowhere", r.Header().LinkType, r.Header().Format())
			if err != nil {
				t.Fatal(err)
			}
			var pkt capture.Packet
			if n := testing.AllocsPerRun(4000, func() {
				if err := r.Next(&pkt); err != nil {
					t.Fatal(err)
				}
				if err := w.Write(&pkt); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s, pcapng %v: %v allocations a packet; find them with go test -run NoAllocations -memprofile", o.name, ng, n)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name  string
		order order
		ng    bool
	}{{"pcap", orders[0], false}, {"pcap-swapped", orders[1], false}, {"pcapng", orders[0], true}} {
		b.Run(c.name, func(b *testing.B) {
			const packets = 10000
			file := manyPackets(c.order, c.ng, packets)
			b.SetBytes(int64(len(file) / packets))
			b.ReportAllocs()
			var r *Reader
			var pkt capture.Packet
			for i := range b.N {
				if i%packets == 0 {
					b.StopTimer()
					var err error
					if r, err = NewReader(bytes.NewReader(file)); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				if err := r.Next(&pkt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzReader feeds damaged files: no panic, no endless loop, memory within what
// the file itself takes.
func FuzzReader(f *testing.F) {
	for _, c := range allFiles() {
		if len(c.file) < 10000 {
			f.Add(c.file)
		}
	}
	f.Add(mixedFile(orders[0]))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		defer r.Close()
		compressed := r.stream != nil
		var pkt capture.Packet
		packets, total := 0, 0
		for {
			if err = r.Next(&pkt); err != nil {
				break
			}
			packets++
			total += len(pkt.Data)
			if len(pkt.Data) > r.SnapLen() {
				t.Fatalf("packet %d has %d bytes, more than the snapshot length %d", packets, len(pkt.Data), r.SnapLen())
			}
			if pkt.Interface >= len(r.Interfaces()) {
				t.Fatalf("packet %d is of interface %d; there are %d", packets, pkt.Interface, len(r.Interfaces()))
			}
			if l := r.Interfaces()[pkt.Interface].LinkType; pkt.LinkType != l {
				t.Fatalf("packet %d is of link type %s, its interface of %s", packets, pkt.LinkType, l)
			}
		}
		if again := r.Next(&pkt); again != err {
			t.Fatalf("the end is %v, and then %v", err, again)
		}
		if compressed {
			return
		}
		if packets*12 > len(file) || total > len(file) {
			t.Fatalf("%d packets of %d bytes out of a file of %d bytes", packets, total, len(file))
		}
		if len(r.in.buf) > blockSize+2*len(file) {
			t.Fatalf("the buffer has %d bytes for a file of %d", len(r.in.buf), len(file))
		}
	})
}

// largeFile writes a file with records of every awkward size at the ends of
// blocks. It lacks the last byte of the last record. sizes are the captured
// lengths, packet i came at second i with fill(sizes[i], i).
func largeFile(t *testing.T) (name string, sizes []int) {
	f := pcapHead(binary.NativeEndian, magicMicro, 1<<24, 231)
	sizes = []int{blockSize - 24 - 16, 1, headRoom, headRoom - 16, headRoom + 1, blockSize, 3 * blockSize, 7, 1 << 20}
	sizes = append(sizes, blockBytes-16, blockBytes-16-8, 0, blockBytes-32, 3*blockBytes-16, 0, 0)
	for i := range 2000 {
		sizes = append(sizes, i*71%9000)
	}
	for i, n := range sizes {
		f.record(uint32(i), 0, uint32(n), uint32(n), fill(n, i))
	}
	name = filepath.Join(t.TempDir(), "large.pcap")
	if err := os.WriteFile(name, f.b[:len(f.b)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	return name, sizes
}

// TestReadAhead reads a large file in blocks that are read ahead.
func TestReadAhead(t *testing.T) {
	name, sizes := largeFile(t)
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if want := runtime.GOMAXPROCS(0) > 1; r.in.large != want {
		t.Errorf("the file is going to be read ahead: %t, want %t", r.in.large, want)
	}
	r.in.large = true
	var pkt capture.Packet
	for i, n := range sizes[:len(sizes)-1] {
		if err := r.Next(&pkt); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if pkt.Time.Sec != int64(i) || !bytes.Equal(pkt.Data, fill(n, i)) {
			t.Fatalf("packet %d of %d bytes differs", i, n)
		}
	}
	if err := r.Next(&pkt); err == nil || err.Error() != cutEnd(sizes) {
		t.Errorf("at the end: %v, want %s", err, cutEnd(sizes))
	}
}

// cutEnd is the error at the end of largeFile.
func cutEnd(sizes []int) string {
	last := sizes[len(sizes)-1]
	return fmt.Sprintf("truncated dump file; tried to read %d captured bytes, only got %d", last, last-1)
}
