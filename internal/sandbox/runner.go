package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/tapdump/tapdump/internal/syserr"
)

// Runner is a copy of this program, from before Confine, that does what the
// program itself may no longer: run a command on files, or checks. Which command,
// in which folders the files are, and which checks, it learns at the start; nothing
// that comes later changes that.
type Runner struct {
	companion
	done chan struct{} // closed when no more replies come

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan error
}

// task is the first message to the runner.
type task struct {
	Command string
	Folders []string
	Checks  *checks // nil: the command is what there is to run
}

// message is the task as it is sent: what there is to run, and then the command and the
// folders, or how many commands there are, these, and the files to remove.
func (t *task) message() message {
	if t.Checks == nil {
		return append(message{runsCommand, t.Command}, t.Folders...)
	}
	m := append(message{runsChecks, strconv.Itoa(len(t.Checks.Commands))}, t.Checks.Commands...)
	return append(m, t.Checks.Remove...)
}

const (
	runsCommand = "command"
	runsChecks  = "checks"
)

// taskOf is the task that was sent.
func taskOf(m message) (t task, ok bool) {
	if len(m) < 2 {
		return t, false
	}
	switch first, rest := m[1], m[2:]; m[0] {
	case runsCommand:
		return task{Command: first, Folders: rest}, true
	case runsChecks:
		n, err := strconv.Atoi(first)
		if err != nil || n < 0 || n > len(rest) {
			return t, false
		}
		return task{Checks: &checks{Commands: rest[:n], Remove: rest[n:]}}, true
	}
	return t, false
}

type request struct {
	ID    uint64
	File  string // that the command is run on
	Check int    // the number of a check, in place of a file
}

func (r *request) message() message {
	return message{strconv.FormatUint(r.ID, 10), r.File, strconv.Itoa(r.Check)}
}

func requestOf(m message) (r request, ok bool) {
	if len(m) != 3 {
		return r, false
	}
	id, err := strconv.ParseUint(m[0], 10, 64)
	check, checkErr := strconv.Atoi(m[2])
	return request{ID: id, File: m[1], Check: check}, err == nil && checkErr == nil
}

type reply struct {
	ID    uint64
	Error string // empty: none
}

func (r *reply) message() message { return message{strconv.FormatUint(r.ID, 10), r.Error} }

func replyOf(m message) (r reply, ok bool) {
	if len(m) != 2 {
		return r, false
	}
	id, err := strconv.ParseUint(m[0], 10, 64)
	return reply{ID: id, Error: m[1]}, err == nil
}

// runnerVariable in the environment makes the program a runner.
const runnerVariable = "TAPDUMP_COMMAND_RUNNER"

// ErrRunnerGone is the error of what a Runner was asked for that has ended.
var ErrRunnerGone = errors.New("the process that runs commands has ended")

// StartRunner starts a copy of this program, which has to call ServeRunner
// before anything else, for a command on files in folders.
func StartRunner(command string, folders []string) (*Runner, error) {
	return startRunner(task{Command: command, Folders: folders})
}

func startRunner(todo task) (*Runner, error) {
	failed := func(err error) (*Runner, error) {
		return nil, fmt.Errorf("can't start a process for commands: %w", err)
	}
	c, err := startCompanion(runnerVariable)
	if err != nil {
		return failed(err)
	}
	r := &Runner{companion: c, done: make(chan struct{}), waiting: make(map[uint64]chan error)}
	go r.collect(c.replies)
	if err := todo.message().send(c.requests); err != nil {
		r.Leave()
		return failed(ErrRunnerGone)
	}
	return r, nil
}

// collect hands out replies.
func (r *Runner) collect(replies *os.File) {
	in := bufio.NewReader(replies)
	for {
		m, err := receive(in)
		answer, ok := replyOf(m)
		if err != nil || !ok {
			replies.Close()
			close(r.done)
			return
		}
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

// Start has the runner start its command on a file. wait returns when that has
// ended, with what went wrong. Several run at a time.
func (r *Runner) Start(file string) (wait func() error, err error) {
	return r.ask(request{File: file})
}

// ask has the runner do something. wait returns when it is done, with what went wrong.
func (r *Runner) ask(what request) (wait func() error, err error) {
	c := make(chan error, 1)
	r.mu.Lock()
	r.last++
	what.ID = r.last
	r.waiting[r.last] = c
	err = what.message().send(r.requests)
	r.mu.Unlock()
	if err != nil {
		return nil, ErrRunnerGone
	}
	return func() error {
		select {
		case err := <-c:
			return err
		case <-r.done:
		}
		select {
		case err := <-c: // it came last
			return err
		default:
			return ErrRunnerGone
		}
	}, nil
}

// Close ends the runner, when what it runs has ended; checks it ends itself.
func (r *Runner) Close() error {
	err := r.hangUp()
	<-r.done
	return errors.Join(err, r.cmd.Wait())
}

// Leave lets the runner end by itself, when what it runs has ended.
func (r *Runner) Leave() error { return errors.Join(r.hangUp(), r.cmd.Process.Release()) }

func (r *Runner) hangUp() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests.Close()
}

// ServeRunner makes this process a runner, if it was started as one, that has
// start run its command; it returns at the end, with true. What a set-UID program
// has beyond its user is given up: commands are the user's.
func ServeRunner(id *SetID, start func(command, file string) (wait func() error, err error)) (served bool, err error) {
	requests, replies, is := isCompanion(runnerVariable)
	if !is {
		return false, nil
	}
	if err := id.Drop(false); err != nil {
		return true, err
	}
	in := bufio.NewReader(requests)
	m, err := receive(in)
	todo, ok := taskOf(m)
	if err != nil || !ok {
		return true, nil // whoever started it is gone
	}
	run := func(req request) error { return todo.run(start, req.File) }
	if todo.Checks != nil {
		defer todo.Checks.begin()()
		run = todo.Checks.run
	}
	todo.serve(in, replies, run)
	return true, nil
}

// serve answers requests, as long as somebody may make some, by what run does.
func (t *task) serve(in *bufio.Reader, out io.Writer, run func(request) error) {
	var mu sync.Mutex
	var running sync.WaitGroup
	for {
		m, err := receive(in)
		req, ok := requestOf(m)
		if err != nil || !ok {
			break // the other side has closed it, or is gone
		}
		running.Go(func() {
			answer := reply{ID: req.ID}
			if err := run(req); err != nil {
				answer.Error = syserr.Text(err)
			}
			mu.Lock()
			defer mu.Unlock()
			_ = answer.message().send(out) // fails when nobody waits any more
		})
	}
	if t.Checks != nil {
		t.Checks.end()
	}
	running.Wait()
}

// run runs the command on a file, if the file is one of those that it is for.
func (t *task) run(start func(command, file string) (func() error, error), file string) error {
	if !slices.ContainsFunc(t.Folders, func(folder string) bool { return within(folder, file) }) {
		return fmt.Errorf("-z %s is not for files such as %s", t.Command, file)
	}
	wait, err := start(t.Command, file)
	if err != nil {
		return err
	}
	return wait()
}

// within reports whether the name of a file leads into a folder or a folder in
// it.
func within(folder, file string) bool {
	rel, err := filepath.Rel(folder, file)
	return err == nil && filepath.IsLocal(rel) && rel != "."
}
