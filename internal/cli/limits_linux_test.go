package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestFewProcesses: where too few processes are allowed a line says so; where
// there are few, the program gets by.
func TestFewProcesses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be a user that has no process")
	}
	uid := 20000 + os.Getpid()%20000 // limits count what all runs of this test have
	testenv.NeedsUser(t, uid)
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"}) {
		t.Skip("needs a program without cgo, as tapdump is, which starts threads before anything can look: CGO_ENABLED=0 go test ./internal/cli")
	}
	dir := testenv.OpenDir(t)
	program := filepath.Join(dir, "program")
	copyFile(t, os.Args[0], program)
	t.Chdir(t.TempDir())
	ipscapCaptures(t)
	capture := filepath.Join(dir, "capture")
	copyFile(t, "eth4.pcap", capture)
	run := func(limit string, args ...string) (int, string) {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = []string{asProgram + "=tapdump", withProcesses + "=" + limit}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		cmd.WaitDelay = 10 * time.Second
		out, _ := cmd.CombinedOutput() // the exit status counts
		return cmd.ProcessState.ExitCode(), string(out)
	}
	status, out := run("5", "-n", "-r", capture)
	if status != 1 || !strings.HasPrefix(out, "program: too few processes are allowed: ") || !strings.HasSuffix(out, " are needed\n") || strings.Count(out, "\n") != 1 {
		t.Errorf("with 5: exit status %d\n%.400s", status, out)
	}
	for range 5 {
		if status, out := run("12", "-n", "-r", capture); status != 0 || !strings.Contains(out, "10.0.2.15") || strings.Contains(out, "runtime") {
			t.Errorf("with 12: exit status %d\n%.400s", status, out)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if status, out := run("12", "-n", "-r", capture, "-w", "o", "-C", "1", "-z", "true"); status != 1 || !strings.Contains(out, "program: -z true: too few processes are allowed: ") {
		t.Errorf("with 12 and a command: exit status %d\n%.400s", status, out)
	}
}
