//go:build !(linux || darwin || freebsd || openbsd || netbsd || dragonfly)

package screen

import (
	"errors"
	"os"
)

// Terminal is a terminal that is taken over, which there is none of here.
type Terminal struct{}

// Open fails.
func Open(in, out *os.File) (*Terminal, error) { return nil, errors.ErrUnsupported }

// What a Terminal could do.
func (t *Terminal) Descriptors() (in, out int)           { return -1, -1 }
func (t *Terminal) Size() (width, height int, err error) { return 0, 0, errors.ErrUnsupported }
func (t *Terminal) Take() (taken, first bool, err error) { return false, false, errors.ErrUnsupported }
func (t *Terminal) Close()                               {}
func (t *Terminal) Draw([]byte) error                    { return errors.ErrUnsupported }
func (t *Terminal) Watch(changed, quit func())           {}
func (t *Terminal) Keys(press func([]Key))               {}
