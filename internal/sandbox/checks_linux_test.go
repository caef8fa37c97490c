//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// runChecks runs checks although it is confined.
func runChecks(dir string) {
	long := strings.Repeat("x", 300)
	commands := []string{
		"true", "echo out; echo first >&2; echo 'no answer\n' >&2; exit 7", "kill -TERM $$", "/nonexistent/program", "exit 3",
		"sleep 1000 & echo $! > " + filepath.Join(dir, "left"), "echo " + long + " >&2; false", "[ -z \"$" + runnerVariable + "\" ]", "trap | grep -c . && exit 1; true",
	}
	files := []string{filepath.Join(dir, "out/old"), filepath.Join(dir, "out/gone"), filepath.Join(dir, "out/missing")}
	r, err := StartChecks(commands, files)
	if err != nil {
		problem("StartChecks: %v", err)
		return
	}
	if err := r.Check(0); err != nil { // the runner has seen the files
		problem("the first check: %v", err)
	}
	// Another file takes the place of one.
	if err := errors.Join(os.Rename(filepath.Join(dir, "out/stays"), files[1]), Confine(Needs{Runner: true})); err != nil {
		problem("Confine: %v", err)
	}
	for i, want := range []string{
		"", "failed with status 7: no answer", "was ended by a signal (terminated)", "failed with status 127: ", "failed with status 3", "",
		"failed with status 1: " + long[:maxSaidLine], "", "",
	} {
		switch err := r.Check(i); {
		case err == nil && want == "":
		case err == nil || want == "" || !strings.HasPrefix(err.Error(), want) || i != 3 && err.Error() != want:
			problem("check %d: %v, want %q", i, err, want)
		}
	}
	for _, i := range []int{-1, len(commands)} {
		if err := r.Check(i); err == nil || !strings.HasPrefix(err.Error(), "there is no check") {
			problem("check %d: %v", i, err)
		}
	}
	// A command in the request, past Check, changes nothing; nor is there one for files.
	wait, err := r.ask(request{File: filepath.Join(dir, "secret"), Check: 4})
	if err == nil {
		err = wait()
	}
	if err == nil || err.Error() != "failed with status 3" {
		problem("with a file: %v", err)
	}
	if err := r.Close(); err != nil {
		problem("Close: %v", err)
	}
	if err := r.Check(0); err != ErrRunnerGone {
		problem("after Close: %v", err)
	}
}

// TestChecks: what checks say is told; what they leave behind is ended, and files are
// removed that are the same still.
func TestChecks(t *testing.T) {
	dir := makeFiles(t)
	play(t, inRole(t, "check", dir))
	for name, want := range map[string]bool{"out/old": false, "out/gone": true, "out/stays": false} {
		if _, err := os.Lstat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
	awaitEnd(t, filepath.Join(dir, "left"))
}

// awaitEnd waits until the process is gone whose number a file has.
func awaitEnd(t *testing.T, file string) {
	t.Helper()
	pid := 0
	testenv.WaitFor(t, "the number of a process in "+filepath.Base(file), func() bool {
		b, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return pid > 0 && strings.HasSuffix(string(b), "\n")
	})
	testenv.WaitFor(t, fmt.Sprintf("the end of process %d of %s", pid, filepath.Base(file)), func() bool { return ended(pid) })
}

// ended reports whether a process is gone, or nobody's child that has ended.
func ended(pid int) bool {
	if unix.Kill(pid, 0) != nil {
		return true
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(b), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

// checkForEver runs a check that does not end.
func checkForEver(dir string) {
	r, err := StartChecks([]string{
		"echo $$ > " + filepath.Join(dir, "shell") + "; sh -c 'echo $$ > " + filepath.Join(dir, "child") + "; sleep 1000; true'; true",
	}, []string{filepath.Join(dir, "out/old")})
	if err != nil {
		problem("StartChecks: %v", err)
		return
	}
	fmt.Println(r.cmd.Process.Pid)
	_ = r.Check(0)
	time.Sleep(2 * testenv.Patience)
}

// TestChecksEndWithProgram: whichever process is killed, no command goes on, and files are
// removed if the one is left that does.
func TestChecksEndWithProgram(t *testing.T) {
	for _, kill := range []string{"program", "runner"} {
		t.Run(kill, func(t *testing.T) {
			dir := makeFiles(t)
			cmd := inRole(t, "check for ever", dir)
			out, err := cmd.StdoutPipe()
			if err := errors.Join(err, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			line, err := bufio.NewReader(out).ReadString('\n')
			runner, _ := strconv.Atoi(strings.TrimSpace(line))
			if err != nil || runner == 0 {
				t.Fatalf("it says %q, %v", line, err)
			}
			for _, name := range []string{"shell", "child"} {
				testenv.WaitFor(t, name, func() bool { b, _ := os.ReadFile(filepath.Join(dir, name)); return strings.HasSuffix(string(b), "\n") })
			}
			for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP} {
				if err := unix.Kill(runner, signal); err != nil { // it ends with the program alone
					t.Error(err)
				}
			}
			victim := cmd.Process.Pid
			if kill == "runner" {
				victim = runner
			}
			if err := unix.Kill(victim, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			awaitEnd(t, filepath.Join(dir, "shell"))
			if kill == "runner" {
				return
			}
			awaitEnd(t, filepath.Join(dir, "child"))
			testenv.WaitFor(t, "the end of the runner", func() bool { return ended(runner) })
			if _, err := os.Lstat(filepath.Join(dir, "out/old")); err == nil {
				t.Error("the file is there still")
			}
		})
	}
}
