package pcapfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// readSecrets returns the secrets of a file, and how many blocks they were in.
func readSecrets(t *testing.T, name string) (log string, blocks int) {
	t.Helper()
	r, err := ReadOptions{Secrets: func(kind uint32, secrets []byte) {
		if kind != SecretsTLS {
			t.Errorf("secrets of type %#x", kind)
		}
		log += string(secrets)
		blocks++
	}}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
	}
	return log, blocks
}

// TestSecrets: a key log is in the file as far as it was known, each line once and
// whole; in all files of a series; and a copy keeps it.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	var long strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&long, "CLIENT_RANDOM %064x %096x\n", i, i)
	}
	log := []byte("CLIENT_RANDOM 1 2\n")
	format := Format{Pcapng: true, Secrets: func() []byte { return log }}
	name := filepath.Join(dir, "a.pcapng")
	w, err := Create(name, capture.LinkEN10MB, format)
	if err != nil {
		t.Fatal(err)
	}
	pkt := capture.NewPacket(capture.LinkEN10MB, make([]byte, 60))
	write := func(w interface{ Write(*capture.Packet) error }) {
		t.Helper()
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	write(w)
	write(w)
	log = append(log, long.String()...)
	write(w)
	log = append(log, "# the end\n"...)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, blocks := readSecrets(t, name)
	if got != string(log) || blocks < 4 {
		t.Errorf("%d bytes of secrets in %d blocks, want %d", len(got), blocks, len(log))
	}

	// A copy has them once, beside its own.
	src, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "b.pcapng")
	more := []byte("CLIENT_RANDOM 3 4\n")
	to, err := Create(copied, capture.LinkEN10MB, Format{Pcapng: true, Secrets: func() []byte { return more }})
	if err != nil {
		t.Fatal(err)
	}
	to.Follow(src)
	if err := Copy(to, src, func(*capture.Packet) (bool, bool) { return true, true }); err != nil {
		t.Fatal(err)
	}
	src.Close()
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	got, _ = readSecrets(t, copied)
	if len(got) != len(log)+len(more) || !strings.Contains(got, string(more)) {
		t.Errorf("the copy has %d bytes of secrets, want %d", len(got), len(log)+len(more))
	}

	// Each file of a series has what was known by its end.
	log = []byte("CLIENT_RANDOM 1 2\n")
	r, err := Rotate(filepath.Join(dir, "series.pcapng"), capture.LinkEN10MB, format, Rules{Series: Series{Packets: 1}})
	if err != nil {
		t.Fatal(err)
	}
	write(r)
	write(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "series*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v: %v", files, err)
	}
	for _, name := range files {
		if got, _ := readSecrets(t, name); got != string(log) {
			t.Errorf("%s has the secrets %q", name, got)
		}
	}

	// A pcap file has no place for them.
	plain := filepath.Join(dir, "c.pcap")
	w, err = Create(plain, capture.LinkEN10MB, Format{Secrets: func() []byte { return log }})
	if err != nil {
		t.Fatal(err)
	}
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(plain); err != nil || bytes.Contains(b, log) {
		t.Errorf("a pcap file has secrets: %v", err)
	}
}
