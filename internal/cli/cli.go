// Package cli turns a command line into a run: which source, which filter,
// which sinks. It is the only package that knows all the others.
package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Main runs the command line args, of which the first is the program's name,
// and returns the exit status: 0, or 1 after a complaint on standard error.
//
// The program calls itself by its file's name, so that a link called tcpdump
// speaks as tcpdump does.
func Main(args []string) int {
	return run(args, os.Stdin, os.Stdout, os.Stderr)
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &command{stdin: stdin, stdout: stdout, stderr: stderr}
	c.name = filepath.Base(args[0])
	err := c.run(args[1:])
	var wrong optionError
	var s stop
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		_, err = io.WriteString(stdout, s.text)
	case errors.As(err, &wrong):
		if wrong != "" {
			// getopt names the program as it was started, not by its file's name.
			fmt.Fprintf(stderr, "%s: %s\n", args[0], wrong)
		}
		fmt.Fprint(stderr, versionText(c.name), usageText(c.name))
		return 1
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %s\n", c.name, bytes.TrimSuffix([]byte(err.Error()), []byte("\n")))
		return 1
	}
	return 0
}

// command is one run of the program.
type command struct {
	name   string // of the program, in messages
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	opts   *Options
}

func (c *command) run(args []string) error {
	opts, err := parse(c.name, args, c.stderr)
	if err != nil {
		return err
	}
	c.opts = opts
	if err := opts.check(); err != nil {
		return err
	}
	if err := opts.checkReading(); err != nil {
		return err
	}
	if name := opts.unavailable(); name != "" {
		return errorText(name + " is not available yet")
	}
	return errors.New("reading and capturing are not available yet")
}
