package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tapdump/tapdump/internal/syserr"
)

// diagnostics are what --verbose, --debug and --log ask for: from level 1 the
// causes of errors, from 2 settings and internal values, with 3 everything.
type diagnostics struct {
	level int
	log   io.Writer // nil: standard error
}

// openLog sets the level and opens the file of --log.
func (c *command) openLog() error {
	c.diagnostics.level = c.opts.Diagnostics
	if c.opts.Debug {
		c.diagnostics.level = 3
	}
	if c.opts.Log == nil {
		return nil
	}
	f, err := os.OpenFile(*c.opts.Log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return wrongValue("log", *c.opts.Log, syserr.Reason(err))
	}
	c.diagnostics.log = f // open until the program ends
	return nil
}

// trace says something at a level.
func (c *command) trace(level int, format string, args ...any) {
	if c.diagnostics.level < level {
		return
	}
	text := fmt.Sprintf(format, args...)
	if c.diagnostics.log == nil {
		c.say("%s: [%d] %s\n", c.name, level, text)
		return
	}
	if _, err := fmt.Fprintf(c.diagnostics.log, "[%d] %s\n", level, text); err != nil {
		c.warn("--log: " + syserr.Reason(err))
		c.diagnostics.log = nil // the rest goes to the standard error
	}
}

// traceError says an error with its causes.
func (c *command) traceError(err error) {
	if c.diagnostics.level < 1 {
		return
	}
	for ; err != nil; err = errors.Unwrap(err) {
		c.trace(1, "%T: %s", err, syserr.Text(err))
	}
}
