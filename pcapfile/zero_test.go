package pcapfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestZeroFormat: what is left out of a Format does not show in the file as
// something that nobody said.
func TestZeroFormat(t *testing.T) {
	for _, pcapng := range []bool{false, true} {
		var out bytes.Buffer
		w, err := NewWriter(&out, "out", capture.LinkRAW, Format{Pcapng: pcapng})
		if err != nil {
			t.Fatal(err)
		}
		pkt := packet(60)
		pkt.LinkType = capture.LinkRAW
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
		// A packet of a link type that the file does not have is no packet of it.
		err = w.Write(packet(60))
		if err == nil || !strings.Contains(err.Error(), "is of link type EN10MB") {
			t.Errorf("pcapng %v: Ethernet in a file of raw IP: %v", pcapng, err)
		}
		w.Close()
		r, err := NewReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		if h := r.Header(); h.LinkType != capture.LinkRAW || h.SnapLen != capture.MaxSnapLen {
			t.Errorf("pcapng %v: header %+v", pcapng, h)
		}
		var got capture.Packet
		n := 0
		for ; r.Next(&got) == nil; n++ {
			if got.LinkType != capture.LinkRAW {
				t.Errorf("pcapng %v: a packet of %v", pcapng, got.LinkType)
			}
		}
		if n != 1 {
			t.Errorf("pcapng %v: %d packets", pcapng, n)
		}
	}
}

// TestHeaderFormat: a file is written like the one that was read.
func TestHeaderFormat(t *testing.T) {
	want := Header{LinkType: capture.LinkEN10MB, LinkTypeExt: 0x44000000, SnapLen: 100, Nano: true}
	var out bytes.Buffer
	w, err := NewWriter(&out, "out", want.LinkType, want.Format())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header(); got != want {
		t.Errorf("header %+v, want %+v", got, want)
	}
}

// TestUnheardFailures: errors that no function is there for come back from calls.
func TestUnheardFailures(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, cut int) string {
		var out bytes.Buffer
		w, err := NewWriter(&out, name, capture.LinkEN10MB, Format{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Write(packet(60)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, out.Bytes()[:out.Len()-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	whole, cut := write("whole", 0), write("cut", 5)
	m, err := Merge([]string{cut, whole}, MergeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	packets, failures := 0, 0
	var pkt capture.Packet
	for {
		err := m.Next(&pkt)
		if err == io.EOF {
			break
		}
		if err != nil {
			failures++
			if !strings.Contains(err.Error(), cut) || failures > 1 {
				t.Fatalf("error %d: %v", failures, err)
			}
			continue
		}
		packets++
	}
	if packets != 3 || failures != 1 {
		t.Errorf("%d packets and %d errors, want 3 and 1", packets, failures)
	}

	r, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, Format{}, Rules{
		Series: Series{Packets: 1}, Command: "none",
		Start: func(_, name string) (func() error, error) { return nil, os.ErrPermission },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
	}
	for r.Busy() > 0 {
		time.Sleep(time.Millisecond)
	}
	if err := r.Close(); err != os.ErrPermission {
		t.Errorf("Close returns %v of a command that could not be started", err)
	}
}
