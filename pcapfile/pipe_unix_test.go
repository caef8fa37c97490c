//go:build unix

package pcapfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestNamedPipe: a pipe whose reader goes away breaks; it has no second reader
// in the one who writes.
func TestNamedPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(name, capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packet(100))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	w.Write(packet(100))
	want := name + ": Broken pipe: packets that could not be written: 1, packets in the file: 1"
	if err := w.Close(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
