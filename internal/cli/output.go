package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tapdump/tapdump/internal/syserr"
)

// outputBuffer is how much is gathered before it is written, unless the source
// has nothing more at the moment.
const outputBuffer = 64 << 10

// standardOutput is what messages call it.
const standardOutput = "standard output"

// output is the standard output for lines. The first error stays.
type output struct {
	w        io.Writer
	buf      []byte
	err      error
	terminal bool         // what is written is seen on one
	ahead    func() error // returns when what others print is written; nil: nobody does
}

// closedOutput stands for a standard output that there is not.
type closedOutput struct{}

func (closedOutput) Write([]byte) (int, error) { return 0, syscall.EBADF }

// errReaderGone is what writing returns when nobody reads any more. It ends the
// run, but is no failure: "tapdump | head".
var errReaderGone = errors.New(standardOutput + ": broken pipe")

// outliveReaders has writing to a pipe that nobody reads fail, where Go's runtime
// would end the program: then nothing could be finished.
func outliveReaders() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// flush writes what was gathered.
func (o *output) flush() error {
	if len(o.buf) > 0 {
		b := o.buf
		o.buf = o.buf[:0]
		return o.writeLines(b)
	}
	return o.err
}

// flushFull is flush once enough has been gathered.
func (o *output) flushFull() error {
	if len(o.buf) >= outputBuffer {
		return o.flush()
	}
	return nil
}

// finish is flush after what others print.
func (o *output) finish() error {
	if o.ahead != nil {
		_ = o.ahead() // its error is the output's
	}
	return o.flush()
}

// writeLines writes lines past the buffer.
func (o *output) writeLines(b []byte) error {
	_, err := o.Write(b)
	return err
}

// Write implements io.Writer, past the buffer.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	switch {
	case errors.Is(err, syscall.EPIPE):
		o.err = errReaderGone
	case err != nil:
		o.err = fmt.Errorf("%s: %w", "Unable to write output", syserr.Worded(err))
	}
	return n, o.err
}
