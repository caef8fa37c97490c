package pcapfile

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// maxCommands is how many commands run at a time; other files wait their turn.
const maxCommands = 4

// Start begins to run a command on the named file. wait returns when that has
// ended, with what went wrong. Files get their commands side by side: it is called
// from several goroutines at a time.
type Start func(command, name string) (wait func() error, err error)

// commands runs a command on files.
type commands struct {
	command string
	start   Start
	warn    func(error)

	mu       sync.Mutex
	running  int // goroutines that work
	waiting  []string
	starting sync.WaitGroup // of commands that have not been started yet
	group    sync.WaitGroup // of goroutines that work
}

// run has the command run on the named file, soon.
func (c *commands) run(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running >= maxCommands {
		c.waiting = append(c.waiting, name)
		return
	}
	c.begin(name)
}

// begin has a goroutine run the command on the named file, and then on files
// that wait. The caller holds c.mu.
func (c *commands) begin(name string) {
	c.running++
	c.starting.Add(1)
	c.group.Go(func() {
		for more := true; more; {
			wait, err := c.start(c.command, name)
			c.starting.Done()
			if err == nil {
				err = wait()
			}
			if err != nil {
				c.warn(err)
			}
			name, more = c.next()
		}
	})
}

// next is a file that waits, for a goroutine that is done with one.
func (c *commands) next() (name string, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.running--
		return "", false
	}
	name, c.waiting = c.waiting[0], c.waiting[1:]
	c.starting.Add(1)
	return name, true
}

// wait returns 0 when the command has run on all files. When leave is closed
// before, it returns the number of files that are still worked on; those that
// wait get their command at once, for nobody is there later to start it.
func (c *commands) wait(leave <-chan struct{}) (busy int) {
	idle := make(chan struct{})
	go func() {
		c.group.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return 0
	case <-leave:
	}
	c.mu.Lock()
	for _, name := range c.waiting {
		c.begin(name)
	}
	c.waiting = nil
	c.mu.Unlock()
	c.starting.Wait()
	return c.busy()
}

// busy is the number of files that the command is at work on, or that wait for it.
func (c *commands) busy() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running + len(c.waiting)
}

// StartCommand starts a command on the named file, at the lowest priority.
func StartCommand(command, name string) (wait func() error, err error) {
	cmd := exec.Command(command, name)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("-z %s could not be started on %s: %w; the file is complete", command, name, reason(err))
	}
	lowerPriority(cmd.Process.Pid)
	return func() error {
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("-z %s failed on %s: %w; the file is complete", command, name, err)
		}
		return nil
	}, nil
}
