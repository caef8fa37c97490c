package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// startProcess starts the program in a process of its own and waits until it
// listens.
func startProcess(t *testing.T, args ...string) (*exec.Cmd, *liveRunner) {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Args[0] = "tapdump"
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r.start(t, cmd)
	r.wait(t, &r.stderr, "listening on ")
	return cmd, r
}

// start starts a process and lets r know when it has ended.
func (r *liveRunner) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = &r.stdout, &r.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.process = cmd.Process
	go func() {
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
			t.Error(err)
		}
		r.status <- cmd.ProcessState.ExitCode()
	}()
}

// countPackets counts the packets in a savefile that is whole.
func countPackets(t *testing.T, name string) int {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0
	}
	defer r.Close()
	var pkt capture.Packet
	n := 0
	for err = r.Next(&pkt); err == nil; err = r.Next(&pkt) {
		n++
	}
	if err.Error() != "EOF" {
		t.Errorf("%s: after %d packets: %v", name, n, err)
	}
	return n
}

// TestLivePrivileges: a capture as another user, in its sandbox, still makes
// files and has a command run on each.
func TestLivePrivileges(t *testing.T) {
	testenv.NeedsCommand(t, "gzip")
	if !inNamespace(t) {
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skipf("needs a user to become: %v", err)
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		t.Fatal(err)
	}
	dir := testenv.OpenDir(t)
	testenv.GiveTo(t, uid, -1, dir)
	cmd, r := startProcess(t, "-i", "lo", "-Z", "nobody", "-C", "1k", "-z", "gzip", "-w", dir+"/x", "udp dst port 5353")
	const packets = 50
	sendUDP(t, 5353, packets/2)
	// Once packets have filled a file, it has confined itself.
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(time.Millisecond) {
		if files, _ := filepath.Glob(dir + "/x1*"); len(files) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no second file:\n%s", &r.stderr)
		}
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("\nUid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d\n", uid), "\nCapPrm:\t0000000000000000\n", "\nNoNewPrivs:\t1\n"}
	for _, w := range want {
		if !bytes.Contains(status, []byte(w)) {
			t.Errorf("its status has no %q:\n%s", w, status)
		}
	}
	sendUDP(t, 5353, packets-packets/2)
	cmd.Process.Signal(syscall.SIGTERM)
	if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
		t.Errorf("exit status %d:\n%s", status, &r.stderr)
	}
	files, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		if !strings.HasSuffix(name, ".gz") {
			t.Errorf("the command did not run on %s", name)
		}
		n += countPackets(t, name)
	}
	if n != packets || len(files) != 4 {
		t.Errorf("%d packets in %d files, want %d in 4:\n%s", n, len(files), packets, &r.stderr)
	}
}

// TestLiveInterfaceGone: when one of several interfaces is removed, that is said
// once, the others go on, the exit status is 1, and everything received is in the
// file and the counts.
func TestLiveInterfaceGone(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "gone0", "gone1")
	name := filepath.Join(t.TempDir(), "x.pcapng.zst")
	cmd, r := startProcess(t, "-i", "gone0", "-i", "lo", "-w", name, "udp dst port 5353 or udp dst port 7777")
	sendUDP(t, 5353, 20)
	sendOn(t, "gone1", "#")
	ip(t, "link del gone0")
	const said = "tapdump: gone0: The interface disappeared; the capture goes on with the others\n"
	r.wait(t, &r.stderr, said)
	sendUDP(t, 5353, 5)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	status := r.ended(t)
	if says := r.stderr.String(); status != 1 || strings.Count(says, "disappeared") != 1 || !strings.Contains(says, said+"26 packets captured\n") {
		t.Errorf("exit status %d, want 1; it says\n%s", status, says)
	}
	if n := countPackets(t, name); n != 26 {
		t.Errorf("%d packets in the file, want 26", n)
	}

	// The last one ends the capture.
	quietPair(t, "gone0", "gone1")
	_, r = startProcess(t, "-i", "gone0", "-i", "gone1", "-w", name)
	ip(t, "link del gone0")
	if status := r.ended(t); status != 1 || strings.Count(r.stderr.String(), "disappeared") != 2 {
		t.Errorf("exit status %d, want 1; it says\n%s", status, &r.stderr)
	}
}
