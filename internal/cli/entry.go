package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/hosts"
	"github.com/tapdump/tapdump/internal/limits"
	"github.com/tapdump/tapdump/internal/places"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/pcapfile"
)

// Identity is the program that a command line is for: its options and its
// defaults.
type Identity uint8

const (
	Tapdump Identity = iota // tcpdump's command line
	IPScap                  // ipscap's: it captures from all interfaces, shows packets as text, counts transfers, and wants a filter
)

// Run runs the command line args, of which the first is the program's name,
// and returns the exit status: 0, or 1 after a complaint on standard error (2
// for wrong options of ipscap). It is the only way into the program, since what
// it does first concerns the whole process, whoever the program is.
//
// The program calls itself by its file's name, so that a link called tcpdump
// speaks as tcpdump does, and one called ipscap is ipscap.
func Run(id Identity, args []string) int {
	var stdout io.Writer = os.Stdout
	if limits.OutputClosed() {
		stdout = closedOutput{}
	}
	c := newCommand(args[0], os.Stdin, stdout, os.Stderr)
	c.ipscap = id == IPScap || calledIPScap(c.file)
	var err error
	if c.setID, err = sandbox.LendSetID(); err != nil {
		c.complain(err)
		return 1
	}
	// With what it has beyond its user, a program is started only by its user.
	if err := limits.Prepare(c.setID == nil); err != nil {
		c.complain(err)
		return 1
	}
	if served, err := sandbox.ServeRunner(c.setID, pcapfile.StartCommand); served {
		if err != nil {
			c.complain(err)
			return 1
		}
		return 0
	}
	if served, err := places.Serve(c.setID, matchesDevice); served {
		if err != nil {
			c.complain(err)
			return 1
		}
		return 0
	}
	if served, err := sandbox.ServeLookup(c.setID, serveOwners); served {
		if err != nil {
			c.complain(err)
			return 1
		}
		return 0
	}
	if features.HasDevices {
		if served, err := sandbox.ServeVerdicts(c.setID, live.ServeVerdicts); served {
			if err != nil {
				c.complain(err)
				return 1
			}
			return 0
		}
	}
	version, leash := hosts.Leashed(func(line string) { c.say("%s\n", line) })
	if version != "" {
		fmt.Fprintln(stdout, version)
		return 0
	}
	if c.leash = leash; leash != nil {
		leash.Hold(os.Stdin, func() { c.events.signals <- syscall.SIGTERM })
		c.stdin = strings.NewReader("")
	}
	c.handleQuit = quitPlainly()
	outliveReaders()
	c.ownsProcess = true
	return c.main(args)
}

// calledIPScap says whether a file's name, with Windows' ending or without, is ipscap's.
func calledIPScap(file string) bool {
	if ending := filepath.Ext(file); strings.EqualFold(ending, ".exe") {
		file = strings.TrimSuffix(file, ending)
	}
	if runtime.GOOS == "windows" { // where IPSCAP finds it, too
		return strings.EqualFold(file, "ipscap")
	}
	return file == "ipscap"
}

func newCommand(program string, stdin io.Reader, stdout, stderr io.Writer) *command {
	c := &command{
		stdin: stdin, host: thisHost(), file: filepath.Base(program),
		// Whether it is a terminal is asked now: in the sandbox nobody can.
		out: output{w: stdout, terminal: isTerminal(stdout)},
	}
	c.console = &console{name: c.file, w: stderr, terminal: isTerminal(stderr), gathered: &c.out, pace: usualPace(), group: processGroup()}
	c.postRotate.patience = commandPatience
	c.events.prepare()
	return c
}
