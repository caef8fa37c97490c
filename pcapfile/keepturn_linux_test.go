package pcapfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestKeepTurn: regular files are written to without a word to the scheduler, with the
// same bytes and errors; what may keep the writer waiting is not.
func TestKeepTurn(t *testing.T) {
	folder := t.TempDir()
	var files [2]string
	for i, keep := range []bool{false, true} {
		files[i] = filepath.Join(folder, []string{"other", "keeps"}[i])
		w, err := Create(files[i], capture.LinkEN10MB, Format{KeepTurn: keep})
		if err != nil {
			t.Fatal(err)
		}
		if _, is := w.out.(turnKeeper); is != keep {
			t.Errorf("KeepTurn %v: it writes by a %T", keep, w.out)
		}
		for n := range 2 * bufferSize / 1000 {
			if err := w.Write(packet(n % 1500)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	one, err1 := os.ReadFile(files[0])
	two, err2 := os.ReadFile(files[1])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Errorf("%d bytes differ from %d of os.File", len(two), len(one))
	}

	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for name, keeps := range map[string]bool{files[0]: true, os.DevNull: true, pipe: false, "/dev/full": false} {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, is := keepingTurn(f).(turnKeeper); is != keeps {
			t.Errorf("%s: %v, want %v", name, is, keeps)
		}
	}
}

// TestKeepTurnErrors: errors are those of os.File, and so is how much was written.
func TestKeepTurnErrors(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *os.File{
		"not for writing": func(t *testing.T) *os.File {
			f, err := os.Open("keepturn_linux.go")
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
		"a full disk": func(t *testing.T) *os.File {
			runtime.LockOSThread() // and ends with the goroutine, the namespace with it
			if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
				t.Skip("needs a namespace of mounts: ", err)
			}
			disk := t.TempDir()
			err := errors.Join(syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""), syscall.Mount("none", disk, "tmpfs", 0, "size=64k"))
			if err != nil {
				t.Skip("needs to mount: ", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(disk, 0) })
			f, err := os.Create(filepath.Join(disk, "file"))
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			defer f.Close()
			b := make([]byte, 100<<10)
			n, err := turnKeeper{f}.Write(b)
			if err := f.Truncate(0); err == nil {
				if _, err := f.Seek(0, 0); err != nil {
					t.Fatal(err)
				}
			}
			want, wantErr := f.Write(b)
			if n != want || err == nil || wantErr == nil || err.Error() != wantErr.Error() || !errors.Is(err, errors.Unwrap(wantErr)) {
				t.Errorf("%d, %v, want %d, %v", n, err, want, wantErr)
			}
		})
	}
}
