package pcapfile

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// maxCommands is how many commands run at a time; other files wait their turn.
const maxCommands = 4

// commands runs a command on files.
type commands struct {
	command string
	start   func(command, name string) error
	warn    func(error)

	mu      sync.Mutex
	running int
	waiting []string
	group   sync.WaitGroup
}

// run has the command run on the named file, soon.
func (c *commands) run(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == maxCommands {
		c.waiting = append(c.waiting, name)
		return
	}
	c.running++
	c.group.Add(1)
	go c.work(name)
}

// work runs the command on the named file and on those that wait.
func (c *commands) work(name string) {
	defer c.group.Done()
	for {
		if err := c.start(c.command, name); err != nil {
			c.warn(err)
		}
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.running--
			c.mu.Unlock()
			return
		}
		name, c.waiting = c.waiting[0], c.waiting[1:]
		c.mu.Unlock()
	}
}

// wait returns when the command has run on all files.
func (c *commands) wait() { c.group.Wait() }

// RunCommand runs a command on the named file, at the lowest priority, and waits
// for its end.
func RunCommand(command, name string) error {
	cmd := exec.Command(command, name)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("-z %s could not be started on %s: %w; the file is complete", command, name, reason(err))
	}
	lowerPriority(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("-z %s failed on %s: %w; the file is complete", command, name, err)
	}
	return nil
}
