//go:build unix

package openfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
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
		want := fs.PathError{Op: "open", Path: name, Err: syscall.EINTR}
		var got *fs.PathError
		if err := <-done; !errors.As(err, &got) || *got != want {
			t.Errorf("got %v, want %v", err, &want)
		}
		// The other end comes: the file that nobody takes any more is closed, which
		// that end sees.
		f, err := os.OpenFile(name, os.O_RDONLY+os.O_WRONLY-flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.SetDeadline(time.Now().Add(testenv.Patience))
		for b := []byte{0}; err == nil; {
			if flag == os.O_RDONLY {
				_, err = f.Write(b)
			} else {
				_, err = f.Read(b)
			}
		}
		if !errors.Is(err, syscall.EPIPE) && err != io.EOF {
			t.Errorf("the other end sees %v", err)
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

// TestWaits: which kinds of files may keep who opens them waiting.
func TestWaits(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("file"), nil, 0o600), syscall.Mkfifo(at("pipe"), 0o600), os.Symlink(at("pipe"), at("link"))); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{at("file"): false, dir: false, at("none"): false, at("pipe"): true, at("link"): true, os.DevNull: true} {
		if got := Waits(name); got != want {
			t.Errorf("%s may wait: %t", name, got)
		}
	}
}
