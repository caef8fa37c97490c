// Package syserr words the system's errors.
package syserr

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Reason is what the system says about err, worded as strerror(3) words it and
// without the operation and the file that Go puts in front: "No such file or
// directory".
func Reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		s := []byte(errno.Error())
		if len(s) > 0 && 'a' <= s[0] && s[0] <= 'z' {
			s[0] -= 'a' - 'A'
		}
		return string(s)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, os.ErrClosed) {
		return "File already closed"
	}
	return err.Error()
}

// Worded returns err worded as Reason does. errors.Is and errors.As find err in
// it.
func Worded(err error) error { return worded{err} }

type worded struct{ cause error }

func (w worded) Error() string { return Reason(w.cause) }
func (w worded) Unwrap() error { return w.cause }
