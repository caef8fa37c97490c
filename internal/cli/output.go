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
		return o.writeLines(b)
	}
	return o.err
}

// writeLines writes lines past the buffer.
func (o *output) writeLines(b []byte) error {
	if _, err := o.Write(b); err != nil && o.err == nil {
		o.err = errorText("Unable to write output: " + syserr.Reason(err))
	}
	return o.err
}

// Write writes past the buffer, for a savefile on the standard output. The
// error is the system's own, and for the caller to report.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		o.err = errReaderGone
	}
	return n, err
}
