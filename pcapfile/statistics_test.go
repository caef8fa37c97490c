package pcapfile

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestCounted: the statistics of interfaces are added, of each the last.
func TestCounted(t *testing.T) {
	for _, ending := range []string{".pcapng", ".pcapng.gz"} {
		name := filepath.Join(t.TempDir(), "x"+ending)
		pcapngSample(t, name)
		counted := func(o ReadOptions) (capture.Stats, bool, uint64) {
			r, err := o.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, known := r.Counted(); known {
				t.Error("counts are known before they were read")
			}
			var pkt capture.Packet
			var a capture.Annotation
			lost := uint64(0)
			for err = r.Next(&pkt); err == nil; err = r.Next(&pkt) {
				lost += r.Remarks(&a)
			}
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			st, known := r.Counted()
			return st, known, lost
		}
		if st, known, lost := counted(ReadOptions{}); !known || st != (capture.Stats{Received: 10, Dropped: 5, IfDropped: 1}) || lost == 0 {
			t.Errorf("%+v, known %t, %d lost beside packets", st, known, lost)
		}
	}
	name := filepath.Join(t.TempDir(), "x.pcap")
	w, err := Create(name, capture.LinkEN10MB, Format{SnapLen: 65535})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(packet(60)), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := ReadOptions{}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
	}
	if _, known := r.Counted(); known {
		t.Error("a pcap file has counts")
	}
}

// TestCountedSections: blocks of one interface say how much there was so far; another
// section has other interfaces.
func TestCountedSections(t *testing.T) {
	var s statistics
	r := &Reader{}
	block := func(iface uint32, dropped uint64) *block {
		b := appendOption64(appendStamp([]byte{byte(iface), 0, 0, 0}, capture.Timestamp{}), optionStatsDropped, dropped)
		return &block{kind: blockStatistics, body: b}
	}
	s.take(r, block(0, 3))
	s.take(r, block(0, 7))
	s.take(r, block(1, 10))
	s.take(r, &blockOfSection)
	s.take(r, block(0, 100))
	s.take(r, shortStatistics())
	if sum := s.sum(); sum.IfDropped != 117 || !s.known {
		t.Errorf("%+v", sum)
	}
}

var blockOfSection = block{kind: blockSection}

func shortStatistics() *block { return &block{kind: blockStatistics, body: []byte{0, 0, 0, 0}} }
