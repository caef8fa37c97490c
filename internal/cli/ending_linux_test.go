package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// giveUp is how long a test waits for what has to come.
var giveUp = testenv.Patience

// startSilent starts the program, with SIGINT ignored as in what a script starts
// in the background, and waits until it takes notice of SIGINT all the same.
func startSilent(t *testing.T, args ...string) (*exec.Cmd, *liveRunner) {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `trap "" INT; exec "$0" "$@"`, os.Args[0]}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.WaitDelay = 2 * time.Second // what it has started may hold its output open
	r.start(t, cmd)
	for end := time.Now().Add(giveUp); !catches(t, cmd.Process.Pid, syscall.SIGINT); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q does not handle SIGINT\n%s", args, &r.stderr)
		}
	}
	return cmd, r
}

// catches reports whether a process handles a signal. A shell is still to start the
// program: some handle SIGINT until they come to the trap.
func catches(t *testing.T, pid int, sig syscall.Signal) bool {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(string(status), "Name:\tsh\n") {
		return false
	}
	_, mask, _ := strings.Cut(string(status), "\nSigCgt:\t")
	mask, _, _ = strings.Cut(mask, "\n")
	bits, err := strconv.ParseUint(mask, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return bits&(1<<(sig-1)) != 0
}

// TestStuckOpening: one signal ends a run that waits for somebody to open the
// other end of a pipe, wherever the pipe is named.
func TestStuckOpening(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	ipscapCaptures(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"eth4.pcap\n" + filepath.Join(dir, "pipe") + "\n"} {
		if err := os.WriteFile("list", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// While a run has something to finish, it says what it could not open.
	const said = "pipe: Interrupted system call\n"
	for _, c := range []struct {
		args  []string
		early bool // the signal does what it does to other programs
	}{
		{[]string{"-r", "pipe"}, true},
		{[]string{"-V", "pipe"}, true},
		{[]string{"-V", "list", "-n"}, false},
		{[]string{"-r", "eth4.pcap", "-F", "pipe"}, true},
		{[]string{"-r", "eth4.pcap", "-E", "file pipe"}, true},
		{[]string{"-r", "eth4.pcap", "--log", "pipe"}, true},
		{[]string{"-r", "eth4.pcap", "-w", "pipe"}, false},
		{[]string{"-r", "eth4.pcap", "-w", "pipe", "-C", "1"}, false},
		{[]string{"-r", "eth4.pcap", "-w", "pipe", "--max-bytes", "100"}, false},
	} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			// Whether it has come to the pipe cannot be seen. What comes before is
			// quick, and how it ends tells if the signal was too early.
			for wait := 100 * time.Millisecond; ; wait *= 4 {
				cmd, r := startSilent(t, c.args...)
				if !c.early {
					time.Sleep(wait)
				}
				cmd.Process.Signal(sig)
				status := r.ended(t)
				state := cmd.ProcessState.Sys().(syscall.WaitStatus)
				killed := state.Signaled() && state.Signal() == sig
				told := status == 1 && strings.HasSuffix(r.stderr.String(), said)
				if !c.early && status == 0 && wait < giveUp/4 {
					continue
				}
				if c.early && !killed || !c.early && !told && !killed {
					t.Errorf("%q, %v: it ended with %v, %s", c.args, sig, cmd.ProcessState, &r.stderr)
				}
				break
			}
		}
	}
}

// TestStuckWriting: two signals end a run whose output nobody takes.
func TestStuckWriting(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 3000)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd, r := startSilent(t, "-r", name, "-w", "pipe")
	// Until the pipe is full, or nearly.
	for end := time.Now().Add(giveUp); ; time.Sleep(time.Millisecond) {
		n, err := unix.IoctlGetInt(int(reader.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Fatal(err)
		}
		if n > 1<<10 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nothing comes through the pipe")
		}
	}
	for i := 0; ; i++ {
		cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-r.status:
			if i == 0 {
				t.Error("one signal ended it, though it had something to write")
			}
			return
		case <-time.After(sameRequest + lastChance):
		}
		if i == 100 {
			t.Fatal("it does not end")
		}
	}
}

// TestPrintingInterrupted: one signal ends printing, on one core and on several, behind
// a whole line and an empty one, as tcpdump's; what was printed is what would have been.
func TestPrintingInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 60000)
	status, whole, stderr := runTapdump("-nn", "-r", name)
	if status != 0 {
		t.Fatalf("exit status %d\n%s", status, stderr)
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []string{"1", "4"} {
		reader, err := os.OpenFile("pipe", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := &liveRunner{status: make(chan int, 1)}
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" "$@" > pipe`, os.Args[0], "--jobs", jobs, "-nn", "-r", name)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		r.start(t, cmd)
		testenv.WaitFor(t, "something is printed", func() bool {
			n, err := unix.IoctlGetInt(int(reader.Fd()), unix.TIOCINQ)
			return err != nil || n > 1<<10
		})
		cmd.Process.Signal(syscall.SIGINT)
		end, err := os.Open("pipe")
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		printed, err := io.ReadAll(end)
		end.Close()
		if status := r.ended(t); status != 0 || err != nil {
			t.Errorf("%s cores: exit status %d, %v\n%s", jobs, status, err, &r.stderr)
		}
		lines, ok := strings.CutSuffix(string(printed), "\n\n")
		if !ok || lines == "" || len(lines)+1 == len(whole) || !strings.HasPrefix(whole, lines+"\n") {
			t.Errorf("%s cores: printed %d of %d bytes; the last are %q", jobs, len(printed), len(whole), printed[max(0, len(printed)-80):])
		}
	}
}

// TestCommandHangs: a run whose command of -z does not end says so after all
// else, and a signal ends it.
func TestCommandHangs(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 3)
	if err := syscall.Mkfifo("gate", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("hang", []byte("#!/bin/sh\nread line < gate\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd, r := startSilent(t, "-r", name, "-w", "o", "--rotate-count", "1", "-z", "./hang")
	const waits = ": waiting for -z ./hang, which is at work on 3 files: 60 s at most, or until a signal\n"
	r.wait(t, &r.stderr, waits)
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	_, told, _ := strings.Cut(r.stderr.String(), waits)
	if !strings.HasSuffix(told, ": -z ./hang goes on by itself; all files are complete\n") || strings.Count(told, "\n") != 1 {
		t.Errorf("then it says\n%s", told)
	}
	// The commands read a line each.
	gate, err := os.OpenFile("gate", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	fmt.Fprint(gate, "\n\n\n")
}

// TestCommandPatience: the command of -z is not waited for for ever.
func TestCommandPatience(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 3)
	if err := syscall.Mkfifo("gate", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("hang", []byte("#!/bin/sh\nread line < gate\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr shared
	c := newCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
	c.postRotate.patience = 10 * time.Millisecond
	if status := c.main([]string{"tapdump", "-r", name, "-w", "o", "--rotate-count", "1", "-z", "./hang"}); status != 0 {
		t.Errorf("exit status %d", status)
	}
	const want = "tapdump: waiting for -z ./hang, which is at work on 3 files: 0.01 s at most, or until a signal\n" +
		"tapdump: -z ./hang goes on by itself; all files are complete\n"
	if told := stderr.String(); !strings.HasSuffix(told, want) {
		t.Errorf("it says\n%s\nwant\n%s", told, want)
	}
	gate, err := os.OpenFile("gate", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	fmt.Fprint(gate, "\n\n\n")
	c.postRotate.files.Wait(nil)
}

// TestLiveCommandHangs: the counts of a capture come before its command of -z is
// waited for.
func TestLiveCommandHangs(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("hang", []byte("#!/bin/sh\nexec sleep 20 >/dev/null 2>&1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd, r := startProcess(t, "-i", "lo", "-w", "o", "--rotate-count", "1", "-z", "./hang", "udp dst port 5353")
	sendUDP(t, 5353, 2)
	cmd.Process.Signal(syscall.SIGINT)
	r.wait(t, &r.stderr, "waiting for -z")
	cmd.Process.Signal(syscall.SIGINT)
	r.wait(t, &r.stderr, "goes on by itself")
	told := r.stderr.String()
	if counts, waits := strings.Index(told, "\n2 packets captured\n"), strings.Index(told, "tapdump: waiting"); counts < 0 || waits < counts {
		t.Errorf("want the counts first:\n%s", told)
	}
}
