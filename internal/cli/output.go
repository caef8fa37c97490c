package cli

import (
	"errors"
	"io"
	"syscall"

	"github.com/tapdump/tapdump/internal/syserr"
)

// outputBuffer is how much is gathered before it is written, unless the source
// has nothing more at the moment.
const outputBuffer = 64 << 10

// output is the standard output. The first error stays.
type output struct {
	w   io.Writer
	buf []byte
	err error
}

// errReaderGone is what writing returns when nobody reads any more. It ends the
// run, but is no failure: "tapdump | head".
var errReaderGone = errors.New("standard output: broken pipe")

// flush writes what was gathered.
func (o *output) flush() error {
	if len(o.buf) > 0 {
		b := o.buf
		o.buf = o.buf[:0]
		o.Write(b)
	}
	return o.err
}

// Write writes past the buffer. The error is the system's own.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EPIPE):
		o.err = errReaderGone
	default:
		o.err = errorText("Unable to write output: " + syserr.Reason(err))
	}
	return n, err
}
