//go:build unix

package openfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestStop: opening a pipe that nobody else opens ends when it is to, and not
// before.
func TestStop(t *testing.T) {
	for _, flag := range []int{os.O_RDONLY, os.O_WRONLY} {
		name := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		stop, done := make(chan struct{}), make(chan error)
		go func() {
			f, err := Open(stop, name, flag, 0)
			if f != nil {
				f.Close()
			}
			done <- err
		}()
		select {
		case err := <-done:
			t.Fatalf("it ended before it was told to: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		close(stop)
		if err := <-done; !errors.Is(err, syscall.EINTR) {
			t.Errorf("got %v, want EINTR", err)
		}
		// The other end comes: the file that nobody takes any more is closed.
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// TestOpenLate: a pipe whose other end is there opens although nobody wants to
// wait any more, and so does a file.
func TestOpenLate(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	stop := make(chan struct{})
	close(stop)
	for _, name := range []string{pipe, file} {
		f, err := Open(stop, name, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f.Close()
	}
	if _, err := Open(stop, filepath.Join(dir, "none"), os.O_RDONLY, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Open(nil, file, os.O_RDONLY, 0); err != nil {
		t.Error(err)
	}
}
