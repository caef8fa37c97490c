package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

var ethernet = Format{SnapLen: 262144}

func packet(n int) *capture.Packet {
	return &capture.Packet{Time: capture.Timestamp{Sec: 1, Nsec: 2999}, Data: fill(n, 1), Length: uint32(n), LinkType: 1}
}

func TestWriteRead(t *testing.T) {
	for _, nano := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "out.pcap")
		h := ethernet
		h.Nano = nano
		w, err := Create(name, capture.LinkEN10MB, h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			if err := w.Write(packet(i)); err != nil {
				t.Fatal(err)
			}
		}
		size, packets := w.Size(), w.Packets()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Size() != size {
			t.Errorf("the file has %d bytes (%v), Size said %d", info.Size(), err, size)
		}
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(r)
		if err != nil || len(got) != 1000 || packets != 1000 {
			t.Fatalf("%d packets, %v; Packets said %d; want 1000", len(got), err, packets)
		}
		nsec := int64(2000)
		if nano {
			nsec = 2999
		}
		if got[999].Time != (capture.Timestamp{Sec: 1, Nsec: nsec}) || !bytes.Equal(got[999].Data, packet(999).Data) {
			t.Errorf("nano=%v: last packet is %+v", nano, got[999])
		}
	}
}

func TestLinkTypeWithoutNumber(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.pcap")
	_, err := Create(name, 400, Format{SnapLen: 100})
	if err == nil || err.Error() != name+": link-layer type 400 isn't supported in savefiles" {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("the file was created all the same")
	}
}

func TestCreateErrors(t *testing.T) {
	name := filepath.Join(t.TempDir(), "missing", "out.pcap")
	if _, err := Create(name, capture.LinkEN10MB, ethernet); err == nil || err.Error() != name+": No such file or directory" {
		t.Errorf("got %v", err)
	}
}

func TestFullDevice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	w, err := Create("/dev/full", capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Write(packet(100)); err != nil {
			t.Fatal(err)
		}
	}
	const want = "/dev/full: No space left on device: packets that could not be written: 3, packets in the file: 0"
	if err := w.Flush(); err == nil || err.Error() != want {
		t.Errorf("Flush: %v, want %s", err, want)
	}
	// What comes after it is lost too.
	const more = "/dev/full: No space left on device: packets that could not be written: 4, packets in the file: 0"
	if err := w.Write(packet(100)); err == nil || err.Error() != more {
		t.Errorf("Write after the error: %v, want %s", err, more)
	}
	if err := w.Close(); err == nil || err.Error() != more || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close: %v, want %s", err, more)
	}
}

func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	out, err := NewWriter(w, "standard output", capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(packet(100))
	const want = "standard output: Broken pipe: packets that could not be written: 1, packets in the file: 0"
	if err := out.Close(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// quota lets n bytes through to a file, then says that the disk is full.
type quota struct {
	out io.Writer
	n   int
}

func (q *quota) Write(b []byte) (int, error) {
	if len(b) <= q.n {
		q.n -= len(b)
		return q.out.Write(b)
	}
	n, err := q.out.Write(b[:q.n])
	q.n = 0
	return n, errors.Join(err, syscall.ENOSPC)
}

// TestNoHalfRecord fills a disk at every byte of a file: what is left must be
// readable to its end.
func TestNoHalfRecord(t *testing.T) {
	dir := t.TempDir()
	const packets, size = 5, 24 + 5*(16+10)
	for n := range size {
		name := filepath.Join(dir, "out.pcap")
		w, err := Create(name, capture.LinkEN10MB, ethernet)
		if err != nil {
			t.Fatal(err)
		}
		w.out = &quota{w.file, n}
		for i := range packets {
			w.Write(packet(10))
			if i == 2 {
				w.Flush()
			}
		}
		if err := w.Close(); err == nil || !strings.HasPrefix(err.Error(), name+": No space left on device") {
			t.Fatalf("%d bytes of room: got %v", n, err)
		}
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n < fileHeaderLen {
			if len(file) != 0 {
				t.Errorf("%d bytes of room: half a file header is left", n)
			}
			continue
		}
		_, got, err := readAll(file)
		if want := (n - 24) / 26; err != nil || len(got) != want {
			t.Errorf("%d bytes of room: %d packets are in the file, then %v; want %d", n, len(got), err, want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	w, err := NewWriter(io.Discard, "nowhere", capture.LinkEN10MB, ethernet)
	if err != nil {
		b.Fatal(err)
	}
	pkt := packet(400)
	b.SetBytes(int64(len(pkt.Data)))
	b.ReportAllocs()
	for range b.N {
		if err := w.Write(pkt); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWriteAll writes packets one by one and together: the bytes are the same, also where
// the buffer is full, a packet is longer than the header says, and one cannot be written.
func TestWriteAll(t *testing.T) {
	var pkts []capture.Packet
	for i := range 3000 {
		p := packet(i % 1500)
		p.Time.Sec, p.Time.Nsec = int64(i), int64(i)*1001
		pkts = append(pkts, *p)
	}
	pkts = append(pkts, *packet(bufferSize - 1000), *packet(capture.MaxSnapLen + 100), *packet(7))
	wrong := *packet(60)
	wrong.LinkType = capture.LinkRAW
	for _, f := range []Format{{}, {Nano: true}, {SnapLen: 700}, {Pcapng: true}, {Delay: writeSoon}} {
		for _, batch := range []int{1, 64, len(pkts)} {
			var each, all bytes.Buffer
			one, err := NewWriter(&each, "each", capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			many, err := NewWriter(&all, "all", capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			var failed error
			taken := 0
			for i := 0; i < len(pkts) && failed == nil; i++ {
				if failed = one.Write(&pkts[i]); failed == nil {
					taken++
				}
			}
			got, rest := 0, pkts
			for err == nil && len(rest) > 0 {
				some := rest[:min(batch, len(rest))]
				var n int
				n, err = many.WriteAll(some)
				got, rest = got+n, rest[len(some):]
			}
			if got != taken || (err == nil) != (failed == nil) || one.Packets() != many.Packets() || one.Size() != many.Size() {
				t.Errorf("%+v, %d at a time: %d packets, %v; one by one %d, %v", f, batch, got, err, taken, failed)
			}
			one.Close()
			many.Close()
			if !bytes.Equal(each.Bytes(), all.Bytes()) {
				t.Errorf("%+v, %d at a time: %d bytes differ from %d one by one", f, batch, all.Len(), each.Len())
			}
		}
	}
	w, err := NewWriter(io.Discard, "out", capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.WriteAll([]capture.Packet{*packet(1), *packet(2), wrong, *packet(3)}); n != 2 || err == nil {
		t.Errorf("%d packets in front of one of another link type, %v", n, err)
	}
}

// writeSoon is a delay that is not over before a test is.
const writeSoon = time.Hour
