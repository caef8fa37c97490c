package cli

import (
	"time"

	"github.com/tapdump/tapdump/internal/limits"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// postRotate is the command of -z at work.
type postRotate struct {
	command  string
	files    *pcapfile.Rotator // that it is run on; nil: there is no command
	runner   *sandbox.Runner   // nil: the process itself runs it
	patience time.Duration     // how long its end is waited for
}

// The end of the command is waited for, so that all is done when the program
// ends, but not for ever: it goes on by itself.
const (
	commandPatience = time.Minute
	commandGrace    = 500 * time.Millisecond // before anything is said
)

// commandRunner returns what starts the command of -z for a process that may not
// any more: nil for one that may. It fails where no process can be started.
func (s *session) commandRunner() (pcapfile.Start, error) {
	if !s.runsCommand() || !s.sandboxed() {
		return nil, nil
	}
	if err := limits.Commands(); err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range folders(s.plan) {
		paths = append(paths, f.Path)
	}
	r, err := sandbox.StartRunner(s.plan.Write.Rules.Command, paths)
	if err != nil {
		s.warn("running without a sandbox: " + syserr.Text(err))
		return nil, nil
	}
	s.postRotate.runner = r
	return func(_, file string) (func() error, error) { return r.Start(file) }, nil
}

// awaitCommand waits for the command of -z, and says so when it takes long.
func (c *command) awaitCommand() {
	p := &c.postRotate
	if p.files == nil {
		return
	}
	c.events.handle()
	defer c.events.release()
	leave, done := make(chan struct{}), make(chan int)
	go func() { done <- p.files.Wait(leave) }()
	hurry, signal := c.events.stopped, "a signal"
	if c.events.pending.Load()&eventStop != 0 {
		hurry, signal = c.events.hurried, "another signal"
	}
	busy := 0
	select {
	case busy = <-done:
	case <-time.After(commandGrace):
		n := p.files.Busy()
		c.say("%s: waiting for -z %s, which is at work on %d file%s: %g s at most, or until %s\n",
			c.name, p.command, n, plural(uint64(n)), p.patience.Seconds(), signal)
		select {
		case busy = <-done:
		case <-hurry:
			close(leave)
			busy = <-done
		case <-time.After(p.patience):
			close(leave)
			busy = <-done
		}
	}
	if busy > 0 {
		c.say("%s: -z %s goes on by itself; all files are complete\n", c.name, p.command)
	}
	c.dismissRunner(busy > 0)
}

// dismissRunner ends the process that runs the command, or lets it end by itself
// if it is busy.
func (c *command) dismissRunner(busy bool) {
	r := c.postRotate.runner
	if r == nil {
		return
	}
	end := r.Close
	if busy {
		end = r.Leave
	}
	if err := end(); err != nil {
		c.warn("-z: " + syserr.Text(err))
	}
}
