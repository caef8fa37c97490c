//go:build unix

package pcapfile

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestRotateStopped: a next file that cannot be opened, a pipe that nobody
// reads, is given up when nobody wants to wait, and what is lost is said.
func TestRotateStopped(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "o1")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	format := ethernet
	stop := make(chan struct{})
	format.Stop = stop
	r, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, format, Rules{Classic: Classic{Size: fileHeaderLen}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(packet(60)); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- r.Write(packet(60)) }()
	select {
	case err := <-failed:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(stop)
	want := pipe + ": Interrupted system call: packets in the files before: 1; the following ones are lost"
	if err := <-failed; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := r.Close(); err == nil || err.Error() != want {
		t.Errorf("Close: %v, want %s", err, want)
	}
}
