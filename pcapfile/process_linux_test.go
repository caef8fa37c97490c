package pcapfile

import (
	"bufio"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestLowerPriority: also what a command has started before it gives way does.
func TestLowerPriority(t *testing.T) {
	testenv.NeedsCommand(t, "sh")
	cmd := exec.Command("sh", "-c", "sleep 600 & echo $!; wait")
	detach(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	lowerPriority(cmd.Process.Pid)
	for _, pid := range []int{cmd.Process.Pid, child} {
		// The system call returns 20 less the priority.
		if p, err := syscall.Getpriority(syscall.PRIO_PROCESS, pid); err != nil || p != 1 {
			t.Errorf("process %d of %d has priority %d (%v), not 19", pid, cmd.Process.Pid, 20-p, err)
		}
	}
}
