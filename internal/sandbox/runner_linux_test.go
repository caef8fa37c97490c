//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// startCommand is the runner's function.
func startCommand(command, file string) (wait func() error, err error) {
	cmd := exec.Command(command, file)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd.Wait, nil
}

// runCommands has a command run on files although it is confined.
func runCommands(dir string) {
	out := filepath.Join(dir, "out")
	r, err := StartRunner(filepath.Join(dir, "command"), []string{out})
	if err != nil {
		problem("StartRunner: %v", err)
		return
	}
	if err := Confine(Needs{Runner: true}); err != nil {
		problem("Confine: %v", err)
	}
	run := func(file string) error {
		wait, err := r.Start(file)
		if err != nil {
			return err
		}
		return wait()
	}
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if err := run(filepath.Join(out, fmt.Sprint(i))); err != nil {
				problem("running the command: %v", err)
			}
		})
	}
	wg.Wait()
	if err := run(filepath.Join(out, "fails")); err == nil || err.Error() != "exit status 3" {
		problem("a command that fails: %v", err)
	}
	// What comes through the pipe is a file in the folder, and no command.
	for _, file := range []string{
		"/etc/passwd", filepath.Join(dir, "secret"), filepath.Join(out, "..", "secret"), out + "/../secret", out + "side/x", out, "", "x", "../x",
	} {
		if err := run(file); err == nil || !strings.Contains(err.Error(), "is not for files such as") {
			problem("the command on %q: %v", file, err)
		}
	}
	// The same past Start: a request has no place for another command.
	r.mu.Lock()
	answer := make(chan error, 1)
	r.last++
	r.waiting[r.last] = answer
	what := request{ID: r.last, File: filepath.Join(dir, "secret")}
	if err := what.message().send(r.requests); err != nil {
		problem("a request: %v", err)
	}
	r.mu.Unlock()
	if err := <-answer; err == nil || !strings.Contains(err.Error(), "is not for files such as") {
		problem("another command: %v", err)
	}
	if err := r.Close(); err != nil {
		problem("Close: %v", err)
	}
	if _, err := r.Start(filepath.Join(out, "late")); err == nil {
		problem("Start after Close succeeded")
	}
}

// TestRunner: the runner runs its one command, on files in its folders.
func TestRunner(t *testing.T) {
	dir := makeFiles(t)
	const script = `#!/bin/sh
case $1 in *fails) exit 3;; esac
{
	echo "$` + runnerVariable + `"
	(: <&3) 2> /dev/null && echo it has the requests
	(: >&4) 2> /dev/null && echo it has the replies
} > "$1.done"
exit 0
`
	if err := os.WriteFile(filepath.Join(dir, "command"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	play(t, inRole(t, "run", dir))
	for i := range 10 {
		// Nothing that is the runner's.
		if out, err := os.ReadFile(filepath.Join(dir, "out", fmt.Sprint(i)+".done")); err != nil || string(out) != "\n" {
			t.Errorf("%v, %q", err, out)
		}
	}
	for _, name := range []string{"secret.done", "out/shell", "out/late.done"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
}

// TestRunnerNotStarted: a command that cannot be started is an error of the file.
func TestRunnerNotStarted(t *testing.T) {
	todo := task{Command: "/nonexistent", Folders: []string{"."}}
	if err := todo.run(startCommand, "file"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a command that is not there: %v", err)
	}
}

// TestWithin: which names lead into a folder.
func TestWithin(t *testing.T) {
	for file, want := range map[string]bool{
		"/a/b/c": true, "/a/b/c/d": true, "/a/b/../b/c": true, "/a/b/..c": true,
		"/a/b": false, "/a/b/": false, "/a/b/.": false, "/a/b/..": false, "/a/b/../c": false, "/a/bc": false, "/a": false, "/": false, "c": false, "": false,
	} {
		if got := within("/a/b", file); got != want {
			t.Errorf("%q is within /a/b: %t, want %t", file, got, want)
		}
	}
}

// runnerFor starts a runner of this process for a shell script.
func runnerFor(t *testing.T, dir, script string) *Runner {
	t.Helper()
	command := filepath.Join(dir, "command")
	if err := os.WriteFile(command, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := StartRunner(command, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRunnerAtOnce: commands run beside each other, away from a terminal's
// signals; Close waits for them.
func TestRunnerAtOnce(t *testing.T) {
	dir := t.TempDir()
	// Each waits for the other, as long as the test does.
	r := runnerFor(t, dir, `: > "$1.here"
while ! [ -e "`+dir+`/1.here" -a -e "`+dir+`/2.here" ]; do [ -d "`+dir+`" ] || exit 1; sleep 0.01; done
: > "$1.done"
`)
	pid := r.cmd.Process.Pid
	if group, err := unix.Getpgid(pid); err != nil || group != pid {
		t.Errorf("the runner %d is in process group %d, %v", pid, group, err)
	}
	for _, name := range []string{"1", "2"} {
		if _, err := r.Start(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"1.done", "2.done"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("after Close: %v", err)
		}
	}
}

// TestRunnerGone: that the runner has ended is an error of those who wait and of
// those who come later.
func TestRunnerGone(t *testing.T) {
	dir := t.TempDir()
	r := runnerFor(t, dir, "")
	if err := r.cmd.Process.Signal(unix.SIGSTOP); err != nil { // so that it does not answer
		t.Fatal(err)
	}
	wait, err := r.Start(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != ErrRunnerGone {
		t.Errorf("who waits: %v, want %v", err, ErrRunnerGone)
	}
	// Its ends of the pipes need not close at once.
	if wait, err = r.Start(filepath.Join(dir, "file")); err == nil {
		err = wait()
	}
	if err != ErrRunnerGone {
		t.Errorf("who comes later: %v, want %v", err, ErrRunnerGone)
	}
	if err := r.Close(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("Close: %v", err)
	}
}

// TestRunnerLeave: a runner that is left goes on until its commands have ended.
func TestRunnerLeave(t *testing.T) {
	dir := t.TempDir()
	r := runnerFor(t, dir, `while ! [ -e "`+dir+`/go" ]; do [ -d "`+dir+`" ] || exit 1; sleep 0.01; done; : > "$1.done"`)
	wait, err := r.Start(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Leave(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Errorf("a command that ran on: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "file.done")); err != nil {
		t.Error(err)
	}
	if _, err := r.Start(filepath.Join(dir, "late")); err != ErrRunnerGone {
		t.Errorf("a command after that: %v", err)
	}
}

// goneProgram finds its own program where its file is not there any more.
func goneProgram(string) {
	own, err := os.Executable()
	if err != nil {
		problem("%v", err)
		return
	}
	before, err := os.Stat(own)
	if err := errors.Join(err, os.Remove(own)); err != nil {
		problem("%v", err)
		return
	}
	name, err := ownProgram()
	if err != nil {
		problem("ownProgram: %v", err)
	}
	if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) {
		problem("%s is not the program: %v", name, err)
	}
}

// TestOwnProgram: the runner is this program, also where nobody could start that
// by its name.
func TestOwnProgram(t *testing.T) {
	cmd := inRole(t, "gone", "")
	cmd.Path = copyProgram(t, t.TempDir())
	play(t, cmd)
}

// descriptors counts those of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestRunnerDescriptors: wherever starting a runner fails for want of a
// descriptor, none stays behind, nor of one that was closed.
func TestRunnerDescriptors(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))              // which would close what was forgotten
	if err := runnerFor(t, t.TempDir(), "").Close(); err != nil { // so that what is opened once is open
		t.Fatal(err)
	}
	before := descriptors(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	started := false
	failed := 0
	for low := (unix.Rlimit{Cur: 3, Max: limit.Max}); !started && low.Cur < limit.Cur; low.Cur++ {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
			t.Fatal(err)
		}
		r, err := StartRunner("true", nil)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		if started = err == nil; started {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		} else if failed++; !errors.Is(err, unix.EMFILE) || !strings.HasPrefix(err.Error(), "can't start a process for commands: ") {
			t.Errorf("with descriptors up to %d: %v", low.Cur, err)
		}
		if after := descriptors(t); after != before {
			t.Errorf("with descriptors up to %d, %d were open before, %d are after it", low.Cur, before, after)
		}
	}
	if !started || failed < 2 {
		t.Errorf("it failed %d times; in the end it was started: %t", failed, started)
	}
}
