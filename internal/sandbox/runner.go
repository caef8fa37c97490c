package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/tapdump/tapdump/internal/syserr"
)

// Runner is a copy of this program, from before Confine, that does on request
// what the program itself may no longer: run commands.
type Runner struct {
	cmd      *exec.Cmd
	requests *os.File
	done     chan struct{} // closed when no more replies come

	mu      sync.Mutex
	encoder *json.Encoder
	last    uint64
	waiting map[uint64]chan error
}

type request struct {
	ID   uint64
	Args []string
}

type reply struct {
	ID    uint64
	Error string // empty: none
}

// runnerVariable in the environment makes the program a runner. The pipes are
// its first extra files.
const (
	runnerVariable = "TAPDUMP_COMMAND_RUNNER"
	requestsFile   = 3
	repliesFile    = 4
)

var errRunnerGone = errors.New("the process that runs commands has ended")

// StartRunner starts a copy of this program, which has to call ServeRunner
// before anything else.
func StartRunner() (*Runner, error) {
	program, err := ownProgram()
	if err != nil {
		return nil, err
	}
	requestsIn, requests, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer requestsIn.Close()
	replies, repliesOut, err := os.Pipe()
	if err != nil {
		requests.Close()
		return nil, err
	}
	defer repliesOut.Close()
	r := &Runner{
		cmd:      exec.Command(program),
		requests: requests,
		done:     make(chan struct{}),
		encoder:  json.NewEncoder(requests),
		waiting:  make(map[uint64]chan error),
	}
	r.cmd.Args[0] = os.Args[0]
	r.cmd.Env = append(os.Environ(), runnerVariable+"=1")
	r.cmd.Stdout, r.cmd.Stderr = os.Stdout, os.Stderr
	r.cmd.ExtraFiles = []*os.File{requestsIn, repliesOut}
	detach(r.cmd)
	if err := r.cmd.Start(); err != nil {
		requests.Close()
		replies.Close()
		return nil, fmt.Errorf("can't start a process for commands: %w", err)
	}
	go r.collect(replies)
	return r, nil
}

// ownProgram is a path to this program, on Linux one that works wherever the
// program lies: -Z may name a user who cannot go there.
func ownProgram() (string, error) {
	const itself = "/proc/self/exe"
	if _, err := os.Stat(itself); err == nil {
		return itself, nil
	}
	return os.Executable()
}

// collect hands out replies.
func (r *Runner) collect(replies *os.File) {
	defer replies.Close()
	decoder := json.NewDecoder(replies)
	for {
		var answer reply
		if err := decoder.Decode(&answer); err != nil {
			close(r.done)
			return
		}
		var err error
		if answer.Error != "" {
			err = errors.New(answer.Error)
		}
		r.mu.Lock()
		c := r.waiting[answer.ID]
		delete(r.waiting, answer.ID)
		r.mu.Unlock()
		if c != nil {
			c <- err
		}
	}
}

// Run has the runner's function called with args, and returns what it returns.
// Several calls run at a time.
func (r *Runner) Run(args ...string) error {
	c := make(chan error, 1)
	r.mu.Lock()
	r.last++
	r.waiting[r.last] = c
	err := r.encoder.Encode(request{r.last, args})
	r.mu.Unlock()
	if err != nil {
		return errRunnerGone
	}
	select {
	case err := <-c:
		return err
	case <-r.done:
	}
	select {
	case err := <-c: // it came last
		return err
	default:
		return errRunnerGone
	}
}

// Close ends the runner, when what it runs has ended.
func (r *Runner) Close() error {
	r.mu.Lock()
	err := r.requests.Close()
	r.mu.Unlock()
	<-r.done
	return errors.Join(err, r.cmd.Wait())
}

// ServeRunner makes this process a runner whose requests run answers, if it was
// started as one; it returns at the end, with true.
func ServeRunner(run func(args []string) error) bool {
	if os.Getenv(runnerVariable) == "" {
		return false
	}
	os.Unsetenv(runnerVariable)
	requests, replies := os.NewFile(requestsFile, "requests"), os.NewFile(repliesFile, "replies")
	keepFromChildren(requestsFile, repliesFile)
	decoder, encoder := json.NewDecoder(requests), json.NewEncoder(replies)
	var mu sync.Mutex
	var running sync.WaitGroup
	for {
		var req request
		if err := decoder.Decode(&req); err != nil {
			break // the other side has closed it, or is gone
		}
		running.Add(1)
		go func() {
			defer running.Done()
			answer := reply{ID: req.ID}
			if err := run(req.Args); err != nil {
				answer.Error = syserr.Text(err)
			}
			mu.Lock()
			defer mu.Unlock()
			encoder.Encode(answer) // fails when nobody waits any more
		}()
	}
	running.Wait()
	return true
}
