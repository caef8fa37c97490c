package watch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestFolderGone: that the folder is removed ends it, and it says so.
func TestFolderGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(filepath.Join(dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Run(func(time.Time, string) { t.Error("it fires") }, nil); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("it ended: %v", err)
	}
}

// TestOverflow: what the kernel could not keep is said, and half an event is none.
func TestOverflow(t *testing.T) {
	f := &File{places: []place{{folder: "d", name: "x", watch: 1}}}
	event := make([]byte, unix.SizeofInotifyEvent)
	event[0], event[1], event[2], event[3] = 0xff, 0xff, 0xff, 0xff
	event[5] = unix.IN_Q_OVERFLOW >> 8
	warned := 0
	err := f.take(append(event, 1, 0, 0), func(time.Time, string) { t.Error("it fires") }, func(error) { warned++ })
	if err != nil || warned != 1 {
		t.Errorf("it warned %d times: %v", warned, err)
	}
	event[5], event[12] = 0, 200
	if err := f.take(event, nil, nil); err != nil {
		t.Error(err)
	}
}
