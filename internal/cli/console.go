package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/triggers"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer/detail"
)

// errorText is a complaint to the user, complete but for the program's name.
type errorText = args.Complaint

// console is the standard error: the only way to it, from any goroutine.
type console struct {
	name     string // of the program
	terminal bool   // what is said is seen on one
	gathered *output
	pace     pace // of progress
	group    int  // of processes, to which this one belongs

	mu    sync.Mutex
	w     io.Writer
	line  bool              // one stands on the terminal that goes before anything else is said
	aside func(text []byte) // takes what is said, in place of w; nil: w does

	level int       // of diagnostics: 1 causes of errors, 2 settings and internal values, 3 everything
	log   io.Writer // for diagnostics; nil: the standard error

	warned     map[string]bool // what warnOnce has said
	failed     bool            // something went wrong: the exit status is not 0
	outputTold bool            // that the standard output failed has been said
}

// say writes what it is given: on a terminal so that names and texts from files
// cannot drive it.
func (c *console) say(format string, args ...any) {
	text := fmt.Appendf(nil, format, args...)
	if c.terminal {
		text = detail.MakeVisible(text, 0)
	}
	c.sayAsItIs(text)
}

// sayAsItIs is say for what is meant to move the cursor. There is nobody to tell
// that it failed.
func (c *console) sayAsItIs(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.aside != nil && c.terminal:
		c.aside(text)
		return
	case c.line:
		c.line = false
		text = append([]byte(eraseLine), text...)
	}
	if len(text) > 0 {
		_, _ = c.w.Write(text)
	}
}

// mutedBy has what is said go to aside, if it would be seen on a terminal; nil: there.
func (c *console) mutedBy(aside func(text []byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aside = aside
}

// eraseLine has the cursor at the beginning of a line that is empty.
const eraseLine = "\r\x1b[K"

// showLine shows a line of ASCII characters over the last one, cut to the terminal's
// width, as long as nothing else is said. In the background it shows nothing.
func (c *console) showLine(text string) {
	if !inForeground(c.w, c.group) {
		return
	}
	if width, _, ok := terminalSize(c.w); ok {
		text = text[:min(len(text), max(width-1, 0))]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line = true
	_, _ = c.w.Write([]byte(eraseLine + text)) // in one piece: it does not flicker
}

// belowLine is a standard output on the same terminal.
type belowLine struct {
	*console
	out io.Writer
}

func (w belowLine) Write(b []byte) (int, error) {
	w.mu.Lock()
	if w.line {
		w.line = false
		_, _ = w.w.Write([]byte(eraseLine))
	}
	w.mu.Unlock()
	return w.out.Write(b)
}

// remark is say for a line that begins with the program's name.
func (c *console) remark(text string) { c.say("%s: %s\n", c.name, text) }

func (c *console) warn(message string) { c.remark("WARNING: " + message) }

// warnOnce is warn for what has not been said by it yet.
func (c *console) warnOnce(message string) {
	if c.warned == nil {
		c.warned = make(map[string]bool)
	}
	if !c.warned[message] {
		c.warned[message] = true
		c.warn(message)
	}
}

// complain says what went wrong, after all that was printed before, and makes
// the exit status 1. A reader of our output that went away is no error.
func (c *console) complain(err error) {
	if errors.Is(err, errReaderGone) {
		return
	}
	if several, ok := err.(failures); ok {
		for _, err := range several {
			c.complain(err)
		}
		return
	}
	c.failed = true
	if ferr := c.gathered.finish(); ferr != nil {
		told := c.outputTold
		c.outputTold = true
		switch {
		case errors.Is(err, ferr) && told:
			return
		case ferr != errReaderGone && !errors.Is(err, ferr) && !told:
			c.remark(syserr.Text(ferr))
		}
	}
	text := syserr.Text(err)
	var wrong *compile.Error
	var window *pcapfile.WindowError
	var trigger *triggers.Error
	switch {
	case errors.As(err, &wrong) && errors.As(err, &trigger):
		text = "--trigger: " + wrong.Detail() // which shows it
	case errors.As(err, &wrong):
		text = wrong.Detail()
	case errors.As(err, &window):
		text += " (--decompress-memory=" + roundedUp(window.Need) + " allows it)"
	}
	c.remark(strings.TrimSuffix(text, "\n"))
	c.traceError(err)
}

// roundedUp is a number of bytes in MiB, as options take it.
func roundedUp(n uint64) string { return strconv.FormatUint((n+1<<20-1)>>20, 10) + "m" }

// diagnose sets the level of --verbose and opens the file of --log, nil for the
// standard error.
func (c *console) diagnose(level int, log *string) error {
	c.level = level
	if log == nil {
		return nil
	}
	f, err := os.OpenFile(*log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return args.WrongValue("log", *log, syserr.Worded(err))
	}
	c.log = f // open until the program ends
	return nil
}

// traces reports whether trace says something at a level.
func (c *console) traces(level int) bool { return c.level >= level }

// trace says something at a level.
func (c *console) trace(level int, format string, args ...any) {
	if !c.traces(level) {
		return
	}
	text := fmt.Sprintf(format, args...)
	if c.log == nil {
		c.remark(fmt.Sprintf("[%d] %s", level, text))
		return
	}
	if _, err := fmt.Fprintf(c.log, "[%d] %s\n", level, text); err != nil {
		c.warn("--log: " + syserr.Reason(err))
		c.log = nil // the rest goes to the standard error
	}
}

// traceError says an error with its causes.
func (c *console) traceError(err error) {
	for ; c.traces(1) && err != nil; err = errors.Unwrap(err) {
		c.trace(1, "%T: %s", err, syserr.Text(err))
	}
}
