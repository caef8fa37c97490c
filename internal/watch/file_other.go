//go:build !linux

package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// File waits for somebody to make, write or touch a file. It looks again and again.
type File struct {
	path   string
	before os.FileInfo // nil: it was not there
	stop   chan struct{}
	close  sync.Once
	bursts bursts
}

// lookEvery is the time between two looks.
const lookEvery = 100 * time.Millisecond

// NewFile watches a file, which need not be there yet; its folder has to.
func NewFile(path string) (*File, error) {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("can't watch the folder %s: %w", folder, syserr.Worded(err))
	} else if !info.IsDir() {
		return nil, fmt.Errorf("can't watch the folder %s: it is none", folder)
	}
	f := &File{path: path, stop: make(chan struct{})}
	f.before, _ = os.Stat(path)
	return f, nil
}

// Run calls fire when it happens, until Close; what happens within 200 ms after is the
// same.
func (f *File) Run(fire Fire, _ func(error)) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-f.stop:
			return nil
		case <-look.C:
		}
		now, _ := os.Stat(f.path)
		what := ""
		switch before := f.before; {
		case now == nil:
		case before == nil || !os.SameFile(before, now):
			what = made
		case before.Size() != now.Size():
			what = written
		case !before.ModTime().Equal(now.ModTime()):
			what = touched
		}
		f.before = now
		if at := time.Now(); what != "" && f.bursts.begins(at) {
			fire(at, what)
		}
	}
}

// Close ends Run.
func (f *File) Close() error {
	f.close.Do(func() { close(f.stop) })
	return nil
}
