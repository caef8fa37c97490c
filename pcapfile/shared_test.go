package pcapfile

import (
	"bytes"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestSharedWriter: goroutines write to one file, and to a series of files.
func TestSharedWriter(t *testing.T) {
	const goroutines, each = 4, 200
	var out bytes.Buffer
	w, err := NewWriter(&out, "out", capture.LinkEN10MB, Format{Pcapng: true, Delay: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Rotate(filepath.Join(t.TempDir(), "o.pcap"), capture.LinkEN10MB, Format{}, Rules{Series: Series{Packets: 50}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for n := range each {
				pkt := packet(20 + n)
				if err := w.Write(pkt); err != nil {
					t.Error(err)
				}
				if err := r.Write(pkt); err != nil {
					t.Error(err)
				}
				_, _, _ = w.Packets(), w.Size(), r.Packets()
				if n%50 == 0 {
					_, _, _, _ = w.Flush(), w.Idle(), r.Flush(), r.Idle()
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(); err != nil || r.Packets() != goroutines*each {
		t.Errorf("%d packets in files, error %v", r.Packets(), err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	back, err := NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range capture.Packets(back) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != goroutines*each {
		t.Errorf("%d packets, want %d", n, goroutines*each)
	}
}

// TestSharedReader: Wake may come from any goroutine.
func TestSharedReader(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter(&file, "out", capture.LinkEN10MB, Format{})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := w.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	r.OnIdle(func() error { return nil })
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			r.Wake()
		}
	}()
	var pkt capture.Packet
	for err == nil {
		err = r.Next(&pkt)
	}
	<-done
	if err != io.EOF {
		t.Error(err)
	}
}
