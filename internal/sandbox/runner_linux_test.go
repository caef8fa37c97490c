//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
	// The same with another command in the request, past Start.
	r.mu.Lock()
	answer := make(chan error, 1)
	r.last++
	r.waiting[r.last] = answer
	fmt.Fprintf(r.requests, `{"ID":%d,"File":%s,"Command":"/bin/sh","Args":["/bin/sh","-c","touch %s/shell"],"Folders":["/"]}`+"\n",
		r.last, quoted(filepath.Join(dir, "secret")), out)
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

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestRunner: the runner runs its one command, on files in its folders.
func TestRunner(t *testing.T) {
	dir := makeFiles(t)
	const script = "#!/bin/sh\ncase $1 in *fails) exit 3;; esac\necho x > \"$1.done\"\n"
	if err := os.WriteFile(filepath.Join(dir, "command"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	play(t, inRole(t, "run", dir))
	for i := range 10 {
		if _, err := os.Stat(filepath.Join(dir, "out", fmt.Sprint(i)+".done")); err != nil {
			t.Error(err)
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
