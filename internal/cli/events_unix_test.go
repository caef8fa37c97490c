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

// signalled is what TestSecondSignal and its like start: it says what happens,
// and does not end by itself.
func signalled(handles bool) {
	var e events
	tell := func(what string) func() { return func() { fmt.Println(what) } }
	e.prepare()
	e.watch()
	e.listen(listening{wake: tell("wake"), stop: tell("stop"), abandon: tell("abandon")})
	if handles {
		e.handle()
	}
	fmt.Println("listening")
	time.Sleep(testenv.Patience)
	os.Exit(3)
}

// startSignalled starts this test again as such a process, in which SIGINT is
// ignored when it starts if ignored says so, as in what a script starts in the
// background. expect reads what it says next.
func startSignalled(t *testing.T, ignored bool) (cmd *exec.Cmd, out *bufio.Reader, expect func(want string)) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	if ignored {
		cmd = exec.Command("/bin/sh", "-c", `trap "" INT; exec "$0" "$@"`, os.Args[0], "-test.run", "^"+t.Name()+"$")
	}
	cmd.Env = append(os.Environ(), asSignalled+"=1")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	out = bufio.NewReader(pipe)
	expect = func(want string) {
		t.Helper()
		if line, err := out.ReadString('\n'); err != nil || line != want+"\n" {
			t.Fatalf("it says %q, %v; want %q", line, err, want)
		}
	}
	return cmd, out, expect
}

// asSignalled in the environment makes a test that process.
const asSignalled = "TAPDUMP_TEST_SIGNALLED"

// endedBy checks that a process says no more and is ended by a signal.
func endedBy(t *testing.T, cmd *exec.Cmd, out io.Reader, sig syscall.Signal) {
	t.Helper()
	rest, err := io.ReadAll(out)
	if len(rest) > 0 || err != nil {
		t.Errorf("then it says %q, %v", rest, err)
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != sig {
		t.Errorf("it ended with %v, want %v", err, sig)
	}
}

// TestSecondSignal: a process that does not end is ended by the second signal,
// but not by one that comes together with the first.
func TestSecondSignal(t *testing.T) {
	if os.Getenv(asSignalled) != "" {
		signalled(true)
	}
	for _, ignored := range []bool{false, true} {
		cmd, out, expect := startSignalled(t, ignored)
		expect("listening")
		cmd.Process.Signal(syscall.SIGTERM)
		expect("stop")
		cmd.Process.Signal(syscall.SIGINT) // at once: the same request
		time.Sleep(sameRequest + 50*time.Millisecond)
		cmd.Process.Signal(syscall.SIGINT)
		expect("abandon")
		endedBy(t, cmd, out, syscall.SIGINT)
	}
}

// TestEarlySignal: before a run has anything to finish, one signal ends it.
func TestEarlySignal(t *testing.T) {
	if os.Getenv(asSignalled) != "" {
		signalled(false)
	}
	for _, ignored := range []bool{false, true} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			cmd, out, expect := startSignalled(t, ignored)
			expect("listening")
			cmd.Process.Signal(sig)
			endedBy(t, cmd, out, sig)
		}
	}
}
