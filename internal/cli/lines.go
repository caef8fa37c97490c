package cli

import (
	"runtime"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
)

// lines is where packets are printed. Their first error stays.
type lines interface {
	print(pkt *capture.Packet) error
	flush() error // hands on what was printed, without waiting for it
	drain() error // returns when all that was printed is written
	close() error
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
	c.lines = newParallelLines(c.printerOptions(), jobs, &c.out)
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

// parallelLines prints on several cores. Its goroutine has an output of its own
// as long as it runs.
type parallelLines struct {
	pool *printer.Pool
	out  *output
	own  output
}

func newParallelLines(o printer.Options, jobs int, out *output) *parallelLines {
	l := &parallelLines{out: out, own: output{w: out.w}}
	l.pool = printer.NewPool(o, jobs, l.own.writeLines)
	return l
}

func (l *parallelLines) print(pkt *capture.Packet) error { return l.pool.Add(pkt) }
func (l *parallelLines) flush() error                    { return l.pool.Flush() }
func (l *parallelLines) drain() error                    { return l.pool.Drain() }

func (l *parallelLines) close() error {
	err := l.pool.Close()
	l.out.err = l.own.err
	return err
}
