package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// checks are commands that say by their exit status whether all is well, and files that
// are removed at the end. They are run as long as the program runs: however it ends,
// what is running then is ended, with all that it has started.
type checks struct {
	Commands []string // for the shell
	Remove   []string // these files, unless others have taken their place

	ctx    context.Context // is over when they are ended
	cancel context.CancelFunc
}

// StartChecks starts a copy of this program, as StartRunner does, for checks: commands
// for the shell. At the end, however the program ends, it removes files, which have to
// be there already.
func StartChecks(commands, remove []string) (*Runner, error) {
	return startRunner(task{Checks: &checks{Commands: commands, Remove: remove}})
}

// Check runs a check and returns nil when it has succeeded. The error says how it
// failed: "failed with status 7: curl: (7) Failed to connect", with the last that it
// said on the standard error; or it is ErrRunnerGone.
func (r *Runner) Check(number int) error {
	wait, err := r.ask(request{Check: number})
	if err != nil {
		return err
	}
	return wait()
}

// begin prepares for checks, in the process that runs them. What it returns ends them.
func (c *checks) begin() (finish func()) {
	// It ends with the program alone, for it has something to do then. The commands have
	// signals do what they do.
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	files := make([]os.FileInfo, len(c.Remove))
	for i, name := range c.Remove {
		files[i], _ = os.Lstat(name)
	}
	return func() {
		for i, name := range c.Remove {
			now, err := os.Lstat(name)
			if err == nil && files[i] != nil && os.SameFile(files[i], now) {
				os.Remove(name) // nobody is left to tell that it failed
			}
		}
	}
}

// end ends the checks that are running.
func (c *checks) end() { c.cancel() }

// Of what a check says, the end is kept, and the last line of it told.
const (
	maxSaid     = 4096
	maxSaidLine = 200
	// saidGrace is how long a check may leave its standard error to others.
	saidGrace = 500 * time.Millisecond
)

// run runs a check.
func (c *checks) run(req request) error {
	if req.Check < 0 || req.Check >= len(c.Commands) {
		return fmt.Errorf("there is no check %d", req.Check)
	}
	// A command that is to end with its parent ends with the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	shell, option := "/bin/sh", "-c"
	if runtime.GOOS == "windows" {
		shell, option = "cmd.exe", "/C"
	}
	cmd := exec.CommandContext(c.ctx, shell, option, c.Commands[req.Check])
	var said ending
	cmd.Stderr = &said
	cmd.WaitDelay = saidGrace
	ownGroup(cmd)
	cmd.Cancel = func() error { return endGroup(cmd) }
	err := cmd.Run()
	if cmd.Process != nil {
		_ = endGroup(cmd) // what it has left behind; most leave nothing
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return failure(err, said.line())
}

// failure words how a check failed.
func failure(err error, said string) error {
	text := "could not be started: " + syserr.Text(err)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		text = "failed with status " + fmt.Sprint(exit.ExitCode())
		if !exit.Exited() {
			text = "was ended by a signal (" + strings.TrimPrefix(exit.String(), "signal: ") + ")"
		}
	}
	if said != "" {
		text += ": " + said
	}
	return errors.New(text)
}

// ending keeps the end of what is written to it.
type ending struct {
	mu sync.Mutex
	b  []byte
}

func (e *ending) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.b = append(e.b, b[max(len(b)-maxSaid, 0):]...)
	if n := len(e.b) - maxSaid; n > 0 {
		e.b = append(e.b[:0], e.b[n:]...)
	}
	return len(b), nil
}

// line is the last line that is not empty.
func (e *ending) line() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := bytes.TrimSpace(e.b)
	text = bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])
	return strings.ToValidUTF8(string(text[:min(len(text), maxSaidLine)]), "")
}
