package pcapfile

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestCopy compares Copy with reading and writing packet by packet.
func TestCopy(t *testing.T) {
	choices := []struct {
		name   string
		choose func(i int) (write, more bool)
	}{
		{"all", func(int) (bool, bool) { return true, true }},
		{"none", func(int) (bool, bool) { return false, true }},
		{"every other", func(i int) (bool, bool) { return i%2 == 0, true }},
		{"runs", func(i int) (bool, bool) { return i%1000 < 900, true }},
		{"the first", func(i int) (bool, bool) { return true, false }},
		{"the first 3", func(i int) (bool, bool) { return true, i < 2 }},
	}
	files := append(allFiles(), testFile{name: "many packets", file: manyPackets(orders[0], false, 5000)},
		testFile{name: "many packets, pcapng", file: manyPackets(orders[0], true, 5000)})
	for _, file := range files {
		if strings.Contains(file.differs, "link types") {
			continue // a pcap file cannot hold them
		}
		for _, c := range choices {
			for _, nano := range []bool{false, true} {
				want, wantErr := copyChosen(t, file.file, nano, c.choose, copyByPacket)
				got, err := copyChosen(t, file.file, nano, c.choose, Copy)
				if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
					t.Errorf("%s, %s, nano %v: %d bytes, %v; packet by packet %d bytes, %v; first difference at %d",
						file.name, c.name, nano, len(got), err, len(want), wantErr, firstDifference(got, want))
				}
			}
		}
	}
}

type copier func(*Writer, *Reader, func(*capture.Packet) (bool, bool)) error

func copyByPacket(w *Writer, r *Reader, choose func(*capture.Packet) (bool, bool)) error {
	var pkt capture.Packet
	for {
		if err := r.Next(&pkt); err != nil {
			return endOfInput(err)
		}
		write, more := choose(&pkt)
		if write {
			if err := w.Write(&pkt); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

func copyChosen(t *testing.T, file []byte, nano bool, choose func(int) (bool, bool), copy copier) ([]byte, error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	h := r.Header()
	h.Nano = nano
	var out bytes.Buffer
	w, err := NewWriter(&out, "copy", h.LinkType, h.Format())
	if err != nil {
		return nil, err
	}
	i, written := -1, uint64(0)
	err = copy(w, r, func(*capture.Packet) (bool, bool) {
		i++
		write, more := choose(i)
		if write {
			written++
		}
		return write, more
	})
	size := w.Size()
	if cerr := w.Close(); cerr != nil && cerr != err {
		t.Fatal(cerr)
	}
	var refused bool // its time is beyond what the format holds
	if err != nil {
		refused = strings.Contains(err.Error(), "a pcap file holds times from 1970 to 2106")
	}
	if size != int64(out.Len()) || w.Packets() != written && !refused {
		t.Errorf("Size is %d for %d bytes, Packets %d for %d", size, out.Len(), w.Packets(), written)
	}
	return out.Bytes(), err
}

// TestCopyFullDisk checks what is said of records written as one piece.
func TestCopyFullDisk(t *testing.T) {
	r, err := NewReader(bytes.NewReader(manyPackets(orders[0], false, 5000)))
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(&quota{io.Discard, 1000000}, "copy", r.Header().LinkType, r.Header().Format())
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	err = Copy(w, r, func(*capture.Packet) (bool, bool) { n++; return true, true })
	if err == nil || w.Packets() == 0 || w.Packets() > n {
		t.Errorf("after %d packets: %v; Packets says %d", n, err, w.Packets())
	}
	if cerr := w.Close(); cerr != err {
		t.Errorf("Close returns %v, want %v again", cerr, err)
	}
}

func BenchmarkCopy(b *testing.B) {
	const packets = 100000
	file := manyPackets(orders[0], false, packets)
	for _, c := range []struct {
		name string
		copy copier
	}{{"pieces", Copy}, {"packets", copyByPacket}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for range b.N {
				r, err := NewReader(bytes.NewReader(file))
				if err != nil {
					b.Fatal(err)
				}
				w, err := NewWriter(io.Discard, "nowhere", r.Header().LinkType, r.Header().Format())
				if err != nil {
					b.Fatal(err)
				}
				if err := c.copy(w, r, func(*capture.Packet) (bool, bool) { return true, true }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
