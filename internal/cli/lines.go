package cli

import (
	"runtime"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
)

// lines is where packets are printed. Their first error stays.
type lines interface {
	print(pkt *capture.Packet) error
	flush() error // hands on what was printed, without waiting for it
	drain() error // returns when all that was printed is written
	close() error
	forgotten() uint64 // TCP conversations, once closed
}

// openLines begins printing, on as many cores as --jobs says or the machine
// has.
func (c *command) openLines() {
	if c.printsViews() {
		c.lines = c.newViews()
		return
	}
	jobs := c.jobs()
	toFile := c.opts.WriteFile != nil && *c.opts.WriteFile == "-"
	if jobs == 1 || toFile {
		c.lines = &lineByLine{printer.New(c.printerOptions()), &c.out}
		return
	}
	c.lines = newParallelLines(c.printerOptions(), jobs, &c.out, c.events.wake)
}

// jobs is how many goroutines may work on packets at the same time.
func (c *command) jobs() int {
	if c.opts.Jobs == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.opts.Jobs
}

// lineByLine prints each packet when it comes.
type lineByLine struct {
	printer *printer.Printer
	out     *output
}

func (l *lineByLine) print(pkt *capture.Packet) error {
	l.out.buf = l.printer.Print(l.out.buf, pkt)
	if len(l.out.buf) >= outputBuffer {
		return l.out.flush()
	}
	return nil
}

func (l *lineByLine) flush() error { return l.out.flush() }
func (l *lineByLine) drain() error { return l.out.flush() }
func (l *lineByLine) close() error { return l.out.flush() }

func (l *lineByLine) forgotten() uint64 { return l.printer.ForgottenConversations() }

// parallelLines prints on several cores. Its goroutine has an output of its own
// as long as it runs.
type parallelLines struct {
	pool    *printer.Pool
	out     *output
	own     output
	failure atomic.Pointer[error] // of own
}

// newParallelLines has failed called when lines cannot be written, for a source
// that waits to find out.
func newParallelLines(o printer.Options, jobs int, out *output, failed func()) *parallelLines {
	l := &parallelLines{out: out, own: output{w: out.w}}
	l.pool = printer.NewPool(o, jobs, func(b []byte) error {
		err := l.own.writeLines(b)
		if err != nil {
			l.failure.Store(&err)
			failed()
		}
		return err
	})
	return l
}

func (l *parallelLines) print(pkt *capture.Packet) error { return l.told(l.pool.Add(pkt)) }
func (l *parallelLines) drain() error                    { return l.told(l.pool.Drain()) }
func (l *parallelLines) forgotten() uint64               { return l.pool.ForgottenConversations() }

func (l *parallelLines) flush() error {
	// What could not be written is told without more packets, too.
	if err := l.failure.Load(); err != nil {
		return l.told(*err)
	}
	return l.told(l.pool.Flush())
}

// told notes an error of the pool, which is that of its output, for those who
// look whether it was the output that failed.
func (l *parallelLines) told(err error) error {
	if err != nil {
		l.out.err = err
	}
	return err
}

func (l *parallelLines) close() error {
	err := l.pool.Close()
	l.out.err = l.own.err
	return err
}
