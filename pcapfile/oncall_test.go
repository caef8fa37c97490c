package pcapfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestOnCall: files begin and end when the caller says so, under names that no file has;
// the oldest are removed, and the command is run on each.
func TestOnCall(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "10.pcapng"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // for run: commands run side by side
	var run []string
	r, err := Rotate(filepath.Join(dir, "%S.pcapng"), capture.LinkEN10MB, Format{Pcapng: true, Comment: "of all"}, Rules{
		OnCall: true, Location: time.UTC, Series: Series{KeepFiles: 2}, Command: "command",
		Start: func(_, file string) (func() error, error) {
			mu.Lock()
			defer mu.Unlock()
			run = append(run, filepath.Base(file))
			return func() error { return nil }, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.End(); err != nil {
		t.Errorf("before the first, the end is %v", err)
	}
	for i, at := range []int64{10, 10, 20} {
		name, err := r.Begin(time.Unix(at, 0), "number "+string(rune('0'+i)))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(name); err != nil || !bytes.Contains(b, []byte("number "+string(rune('0'+i)))) || bytes.Contains(b, []byte("of all")) {
			t.Errorf("when it begins, %s is %q, %v", name, b, err)
		}
		if _, err := r.Begin(time.Unix(at, 0), ""); err == nil {
			t.Error("another one begins before the end")
		}
		if err := errors.Join(r.Write(packet(60)), r.End()); err != nil {
			t.Error(err)
		}
		r.Wait(nil)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Begin(time.Unix(30, 0), ""); err == nil {
		t.Error("one begins after Close")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if want := []string{"10.pcapng", "10_3.pcapng", "20.pcapng"}; !slices.Equal(left, want) {
		t.Errorf("files are %q, want %q", left, want)
	}
	if got, want := strings.Join(run, " "), "10_2.pcapng 10_3.pcapng 20.pcapng"; got != want || r.Packets() != 3 {
		t.Errorf("the command ran on %s, want %s; there are %d packets", got, want, r.Packets())
	}
}

// TestRemarks: a Reader knows what the options of a packet say.
func TestRemarks(t *testing.T) {
	file := write(t, capture.LinkEN10MB, Format{Pcapng: true, Lost: func(int) uint64 { return 7 }},
		&capture.Packet{Data: make([]byte, 60), Length: 60, LinkType: capture.LinkEN10MB,
			Annotation: &capture.Annotation{Comment: []byte("why"), Process: 4711, Thread: 4712, Owned: true}},
		packet(60))
	plain := write(t, capture.LinkEN10MB, Format{}, packet(60))
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	var a capture.Annotation
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	if lost := r.Remarks(&a); lost != 7 || string(a.Comment) != "why" || !a.Owned || a.Process != 4711 || a.Thread != 4712 {
		t.Errorf("it says %+v, and that %d were lost", a, lost)
	}
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	if lost := r.Remarks(&a); lost != 7 || len(a.Comment) > 0 || a.Owned {
		t.Errorf("of the second it says %+v, and that %d were lost", a, lost)
	}
	if r, err = NewReader(bytes.NewReader(plain)); err != nil {
		t.Fatal(err)
	}
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	if lost := r.Remarks(&a); lost != 0 || len(a.Comment) > 0 || a.Owned {
		t.Errorf("a pcap file says %+v, and that %d were lost", a, lost)
	}
}

// TestSwappedPacket: what a packet has in the other byte order gets this machine's.
func TestSwappedPacket(t *testing.T) {
	pkt := &capture.Packet{Data: []byte{1, 2, 3, 4, 5}, Length: 5, LinkType: capture.LinkNULL, Swapped: true}
	b := write(t, capture.LinkNULL, Format{Pcapng: true}, pkt)
	if !bytes.Contains(b, []byte{4, 3, 2, 1, 5}) || pkt.Data[0] != 1 {
		t.Errorf("the file is % x, and the packet % x", b, pkt.Data)
	}
}
