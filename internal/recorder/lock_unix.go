//go:build unix

package recorder

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockFolder opens a folder, for as long as nobody else is to have a ring in it.
func lockFolder(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, named(name, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("--ring-dir: %s: another recorder has its ring there: name another folder", name)
		}
		return nil, named(name, err)
	}
	return f, nil
}
