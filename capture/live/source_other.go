//go:build !linux

package live

import (
	"errors"
	"io"
	"os"
)

// GiveVerdicts does nothing: netfilter is Linux's.
func (l *Live) GiveVerdicts(func(socket *os.File) (io.WriteCloser, error)) error { return nil }

// ServeVerdicts has nothing to give verdicts to.
func ServeVerdicts(*os.File, int) error { return errors.ErrUnsupported }
