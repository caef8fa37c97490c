//go:build unix

package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestSecondSignal: a process that does not end is ended by the second signal,
// but not by one that comes together with the first.
func TestSecondSignal(t *testing.T) {
	const stuck = "TAPDUMP_TEST_STUCK"
	if os.Getenv(stuck) != "" {
		var e events
		tell := func(what string) func() { return func() { fmt.Println(what) } }
		e.listen(listening{wake: tell("wake"), stop: tell("stop"), abandon: tell("abandon")})
		fmt.Println("listening")
		time.Sleep(testenv.Patience)
		os.Exit(3)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestSecondSignal$")
	cmd.Env = append(os.Environ(), stuck+"=1")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	expect := func(want string) {
		t.Helper()
		if line, err := out.ReadString('\n'); err != nil || line != want+"\n" {
			cmd.Process.Kill()
			t.Fatalf("it says %q, %v; want %q", line, err, want)
		}
	}
	expect("listening")
	cmd.Process.Signal(syscall.SIGTERM)
	expect("stop")
	cmd.Process.Signal(syscall.SIGINT) // at once: the same request
	time.Sleep(sameRequest + 50*time.Millisecond)
	cmd.Process.Signal(syscall.SIGINT)
	expect("abandon")
	rest, err := io.ReadAll(out)
	if len(rest) > 0 || err != nil {
		t.Errorf("then it says %q, %v", rest, err)
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v, want SIGINT", err)
	}
}
