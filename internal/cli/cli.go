// Package cli turns a command line into a run: which source, which filter,
// which sinks. It is the only package that knows all the others.
package cli

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// main runs the command line and returns the exit status.
func (c *command) main(args []string) int {
	c.events.watch()
	defer c.events.close()
	err := c.run(args[1:])
	c.events.release() // nothing is left that a signal could spoil
	var wrong optionError
	var s stop
	var bad badValue
	switch {
	case err == nil:
	case errors.As(err, &s):
		c.out.buf = append(c.out.buf, s.text...)
	case errors.As(err, &wrong):
		c.failed = true
		if c.ipscap {
			c.say("%s: %s (%s --help shows what there is)\n", c.name, wrong, c.name)
			break
		}
		if wrong != "" {
			// getopt names the program as it was started, not by its file's name.
			c.say("%s: %s\n", args[0], wrong)
		}
		c.say("%s%s", versionText(c.name), usageText(c.name))
	case errors.As(err, &bad):
		c.complain(err)
		c.status = 2
	default:
		c.complain(err)
	}
	if c.outOnTerminal {
		c.out.buf = detail.MakeVisible(c.out.buf, 0) // names of interfaces, for one
	}
	if err := c.out.flush(); err != nil && !c.failed {
		c.complain(err)
	}
	c.awaitCommand()
	switch {
	case !c.failed:
		return 0
	case c.ipscap && wrong != "":
		return 2
	}
	return max(c.status, 1)
}

// command is one run of the program.
type command struct {
	name   string // of the program, in messages
	stdin  io.Reader
	saying sync.Mutex
	stderr io.Writer
	out    output
	host   host
	opts   *Options
	// outOnTerminal and errOnTerminal say that what is written is seen on one.
	outOnTerminal, errOnTerminal bool
	// ownsProcess says that the process may be given away: to another user, to
	// a sandbox.
	ownsProcess bool
	setID       *sandbox.SetID // for opening devices

	ipscap      bool        // with the defaults of ipscap
	inspect     *inspection // nil: no option of ipscap was given
	diagnostics diagnostics

	events events
	filter filter

	interfaces pcapfile.Interfaces // of all savefiles
	firstLink  capture.LinkType    // of the first savefile

	follow     *follower       // nil: no --follow-interfaces
	resolver   *names.Resolver // nil: nobody has asked for names yet
	writer     packetWriter    // nil: no -w
	postRotate postRotate
	lines      lines                              // where packets are printed; nil: nowhere
	ifnames    *interfaceNames                    // for lines
	waiting    atomic.Pointer[[]*pcapfile.Reader] // those that may have to be woken
	idleErr    error                              // of flushing while the source was idle
	captured   uint64                             // packets that passed the filter
	failed     bool                               // the exit status will be 1, or status
	status     int                                // above 1, where failed
	network    netip.Prefix                       // of the device, for -f
	secrets    *printer.ESPSecrets
	zone       *time.Location  // of local times; nil: not needed yet
	progress   *uint64         // the number that printProgress printed last
	warned     map[string]bool // what passWarnings has printed
	hint       *compile.Error  // a remark on the expression; nil: none

	outputFailed bool // what packets go to could not be written
	outputTold   bool // and that has been said of the standard output
}

func (c *command) run(args []string) error {
	opts, err := parse(c.persona(), args, c.stderr)
	if err != nil {
		return err
	}
	c.opts = opts
	if opts.Explain { // another way to show the program
		opts.DumpFilter = max(opts.DumpFilter, 1)
	}
	if err := opts.check(); err != nil {
		return err
	}
	if err := opts.checkWriting(); err != nil {
		return err
	}
	if opts.ListInterfaces {
		return c.listInterfaces()
	}
	if err := opts.checkReading(); err != nil {
		return err
	}
	if opts.ESPSecret != nil {
		if c.secrets, err = printer.ReadESPSecrets(*opts.ESPSecret); err != nil {
			return err
		}
	}
	if err := opts.checkIPScap(c.ipscap); err != nil {
		return err
	}
	if c.lacksFilter() {
		c.say(noFilter)
		c.failed = true
		return nil
	}
	if err := c.setUpInspection(); err != nil {
		return err
	}
	if !opts.reads() && (opts.DumpFilter == 0 || opts.Interfaces != nil) {
		return c.captureLive()
	}
	if err := c.setID.Drop(false); err != nil {
		return err
	}
	if opts.reads() {
		return c.readFiles()
	}
	return c.dumpWithoutSource()
}

// say writes to standard error, from any goroutine: on a terminal so that names
// and texts from files cannot drive it.
func (c *command) say(format string, args ...any) {
	text := fmt.Appendf(nil, format, args...)
	if c.errOnTerminal {
		text = detail.MakeVisible(text, 0)
	}
	c.sayAsItIs(text)
}

// sayAsItIs is say for what is meant to move the cursor. There is nobody to tell
// that it failed.
func (c *command) sayAsItIs(text []byte) {
	c.saying.Lock()
	defer c.saying.Unlock()
	_, _ = c.stderr.Write(text)
}

// complain says what went wrong, after all that was printed before, and makes
// the exit status 1. A reader of our output that went away is no error.
func (c *command) complain(err error) {
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
	if c.lines != nil {
		_ = c.lines.drain() // a failure ends the run at the next packet
	}
	if ferr := c.out.flush(); ferr != nil {
		told := c.outputTold
		c.outputTold = true
		switch {
		case errors.Is(err, ferr) && told:
			return
		case ferr != errReaderGone && !errors.Is(err, ferr) && !told:
			c.say("%s: %s\n", c.name, syserr.Text(ferr))
		}
	}
	text := syserr.Text(err)
	var wrong *compile.Error
	var window *pcapfile.WindowError
	switch {
	case errors.As(err, &wrong):
		text = wrong.Detail()
	case errors.As(err, &window):
		text += " (--decompress-memory=" + roundedUp(window.Need) + " allows it)"
	}
	c.say("%s: %s\n", c.name, strings.TrimSuffix(text, "\n"))
	c.traceError(err)
}

func (c *command) warn(message string) {
	c.say("%s: WARNING: %s\n", c.name, message)
}
