// Package cli turns a command line into a run: which source, which filter,
// which sinks. It is the only package that knows all the others.
package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/hosts"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// command is the program, as it stands around a run.
type command struct {
	*console
	ipscap bool // with the defaults of ipscap
	like   versions.Version
	file   string // the last part of how it was started
	stdin  io.Reader
	out    output
	host   host
	// ownsProcess says that the process may be given away: to another user, to
	// a sandbox.
	ownsProcess bool
	setID       *sandbox.SetID // for opening devices
	events      events
	handleQuit  func() // has SIGQUIT be a signal that can be handled; nil: it is one
	postRotate  postRotate
	line        []string     // the command line, without the program's name
	leash       *hosts.Leash // another host has started the program; nil: none has
}

// main runs the command line and returns the exit status.
func (c *command) main(line []string) int {
	c.events.watch()
	if !c.ownsProcess { // which ends soon: to give signals back takes as long as to watch them
		defer c.events.close()
	}
	err := c.run(line[1:])
	c.events.release() // nothing is left that a signal could spoil
	status := c.conclude(line[0], err)
	if c.out.terminal {
		c.out.buf = detail.MakeVisible(c.out.buf, 0) // names of interfaces, for one
	}
	if err := c.out.flush(); err != nil && !c.failed {
		c.complain(err)
	}
	c.awaitCommand()
	if !c.failed {
		return 0
	}
	return status
}

// conclude says how a run ended that was started as program, and returns the exit
// status if it failed.
func (c *command) conclude(program string, err error) (status int) {
	var stop args.Stop
	var usage args.UsageError
	var value *args.ValueError
	var unfiltered args.NoFilterError
	switch {
	case err == nil:
	case errors.As(err, &stop):
		c.out.buf = append(c.out.buf, stop.Text...)
	case errors.As(err, &usage):
		c.failed = true
		if c.ipscap {
			c.say("%s: %s (%s --help shows what there is)\n", c.name, usage, c.name)
			if usage != "" {
				return 2
			}
			return 1
		}
		if usage != "" {
			// getopt names the program as it was started, not by its file's name.
			c.say("%s: %s\n", program, usage)
		}
		c.say("%s", args.Usage(c.program()))
	case errors.As(err, &unfiltered):
		c.failed = true
		c.say("%s\n", unfiltered)
	case errors.As(err, &value):
		c.complain(err)
		return 2
	default:
		c.complain(err)
	}
	return 1
}

// run does what the command line asks for.
func (c *command) run(line []string) error {
	c.line = line
	plan, err := c.parse(line)
	if err != nil {
		return err
	}
	if plan.Task == args.ListInterfaces {
		if asked := plan.Device.Places; asked != nil {
			return c.listPlaces(asked, plan.Lines.Options.Verbose > 0)
		}
		return c.listInterfaces(plan.Lines.Options.Verbose > 0)
	}
	s := newSession(c, plan)
	if plan.Live() {
		if err := s.openKeys(); err != nil {
			return err
		}
		return s.captureLive()
	}
	if err := c.setID.Drop(false); err != nil {
		return err
	}
	if err := s.openKeys(); err != nil {
		return err
	}
	switch plan.Task {
	case args.Read:
		return s.readFiles()
	case args.MakeIndexes:
		return s.makeIndexes()
	case args.ServePage:
		return s.servePage()
	case args.MergeStatistics:
		return s.mergeStatistics()
	}
	return s.dumpWithoutSource()
}

// parse reads a command line without the program's name.
func (c *command) parse(line []string) (*args.Plan, error) {
	_, posix := os.LookupEnv("POSIXLY_CORRECT")
	host := args.Host{
		Posix:      posix,
		Like:       os.Getenv("TAPDUMP_LIKE"),
		Colors:     os.Getenv("TAPDUMP_COLORS"),
		Remark:     c.remark,
		ESPSecrets: printer.ReadESPSecrets,
		Diagnose:   c.diagnose,
		Interfaces: interfaceCandidates,
		LinkTypes:  offeredLinkTypes,
		HostNames:  hostCandidates,
	}
	var err error
	if c.like, err = args.Follow(c.program(), line, host); err != nil {
		return nil, err
	}
	c.name = c.program().Name
	return args.Parse(c.program(), line, host)
}

var nameWithoutEnding = versions.Since(versions.V5_0, "messages", "a program file `tcpdump.exe` calls itself that", "it calls itself `tcpdump`, but for the usage")

// program is whose command line it is.
func (c *command) program() args.Program {
	p := args.Program{Name: c.file, File: c.file, IPScap: c.ipscap, Like: c.like}
	if ending := filepath.Ext(c.file); nameWithoutEnding.In(c.like) && strings.EqualFold(ending, ".exe") {
		p.Name = strings.TrimSuffix(c.file, ending)
	}
	return p
}
