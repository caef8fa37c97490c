package pcapfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// reason is the bare reason of a failed system call, as C's strerror words it:
// "No such file or directory".
func reason(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		if errors.Is(err, os.ErrClosed) {
			return "File already closed"
		}
		return err.Error()
	}
	s := []byte(errno.Error())
	if len(s) > 0 && 'a' <= s[0] && s[0] <= 'z' {
		s[0] -= 'a' - 'A'
	}
	return string(s)
}
