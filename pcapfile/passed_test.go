package pcapfile_test

import (
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestPassed: all bytes of a file are told, compressed ones as they are, whatever way it
// is read.
func TestPassed(t *testing.T) {
	dir := t.TempDir()
	const packets = 20000
	for name, format := range map[string]pcapfile.Format{
		"pcap": {}, "pcapng": {Pcapng: true}, "gzip": {Compression: pcapfile.Gzip},
	} {
		file := filepath.Join(dir, name)
		format.SnapLen = capture.MaxSnapLen
		w, err := pcapfile.Create(file, capture.LinkEN10MB, format)
		if err != nil {
			t.Fatal(err)
		}
		for i := range packets {
			data := make([]byte, 60+i%100)
			data[0] = byte(i)
			if err := w.Write(&capture.Packet{Time: capture.Timestamp{Sec: int64(i)}, Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		var passed atomic.Int64
		o := pcapfile.ReadOptions{Passed: func(n int64) { passed.Add(n) }}
		for _, way := range []struct {
			name string
			o    pcapfile.ReadOptions
			read func(r *pcapfile.Reader) error
		}{
			{"packet by packet", o, func(r *pcapfile.Reader) error {
				var pkt capture.Packet
				for {
					if err := r.Next(&pkt); err != nil {
						return err
					}
				}
			}},
			{"counted", o, func(r *pcapfile.Reader) error {
				n, err := r.Count(3, func(pcapfile.Kind) pcapfile.Counter {
					return func(data [][]byte, _ []uint32) int { return len(data) }
				}, func() bool { return false })
				if n != packets {
					t.Errorf("%s: counts %d packets, not %d", name, n, packets)
				}
				if err == nil {
					err = io.EOF
				}
				return err
			}},
		} {
			passed.Store(0)
			r, err := way.o.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := way.read(r); err != io.EOF {
				t.Errorf("%s, %s: %v", name, way.name, err)
			}
			r.Close()
			// Counting begins again behind the header, and may find the end twice.
			if got := passed.Load(); got < info.Size() || got > info.Size()+512<<10 {
				t.Errorf("%s, %s: %d bytes passed, the file has %d", name, way.name, got, info.Size())
			}
		}
	}
}

// TestPassedInParts: parts that are left out have passed, too.
func TestPassedInParts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.pcap")
	const record, packets, head = 16 + 1000, 3000, 24
	w, err := pcapfile.Create(file, capture.LinkEN10MB, pcapfile.Format{SnapLen: capture.MaxSnapLen})
	if err != nil {
		t.Fatal(err)
	}
	for range packets {
		if err := w.Write(&capture.Packet{Data: make([]byte, 1000), Length: 1000, LinkType: capture.LinkEN10MB}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	passed := int64(0)
	o := pcapfile.ReadOptions{
		Passed: func(n int64) { passed += n },
		Parts: func(*os.File, int64, pcapfile.Header, bool) ([]pcapfile.Extent, error) {
			return []pcapfile.Extent{{From: head + 2000*record, To: head + 2010*record}}, nil
		},
	}
	r, err := o.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	n := 0
	for err = r.Next(&pkt); err == nil; err = r.Next(&pkt) {
		n++
	}
	if n != 10 || err != io.EOF {
		t.Errorf("%d packets, %v", n, err)
	}
	// Up to the end of the part, but for what was read for the header, and read twice.
	const end = head + 2010*record
	if passed < end || passed > end+512<<10 {
		t.Errorf("%d bytes passed, the part ends at %d", passed, end)
	}
}
