// Package openfile opens files without being kept: a pipe that nobody else
// opens, or a serial line without a carrier, would never let go.
package openfile

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// grace is how long a file that may keep us waiting still has to open once
// nobody wants to wait: it may do so at this moment.
const grace = 250 * time.Millisecond

type opened struct {
	file *os.File
	err  error
}

// Open is os.OpenFile that gives up with EINTR some time after stop is closed, if
// the file is of a kind that waits for somebody; a nil stop never is. Any other
// file is waited for: a disk that is slow gets there.
func Open(stop <-chan struct{}, name string, flag int, perm fs.FileMode) (*os.File, error) {
	if stop == nil {
		return os.OpenFile(name, flag, perm)
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.OpenFile(name, flag, perm)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-stop:
	}
	if !Waits(name) {
		o := <-done
		return o.file, o.err
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case o := <-done:
		return o.file, o.err
	case <-late.C:
	}
	go func() { // the process may go on for a while
		if o := <-done; o.file != nil {
			o.file.Close()
		}
	}()
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EINTR}
}

// Waits reports whether a file is of a kind whose opening, or reading, may wait
// for somebody.
func Waits(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice|fs.ModeSocket) != 0
}
