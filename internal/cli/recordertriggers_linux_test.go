package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// recorded is a flight recorder at work, in a process of its own.
type recorded struct {
	*liveRunner
	cmd *exec.Cmd
	dir string
}

// record starts a flight recorder on the loopback with triggers, in which DIR is a folder
// of the test's.
func record(t *testing.T, options []string, triggers ...string) *recorded {
	t.Helper()
	dir, err := os.MkdirTemp("", "t") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { // for -Z
		t.Fatal(err)
	}
	args := append([]string{"-i", "lo", "--before", "20s", "--after", "50ms", "-w", filepath.Join(dir, "incident.pcapng")}, options...)
	for _, what := range triggers {
		args = append(args, "--trigger", strings.ReplaceAll(what, "DIR", dir))
	}
	cmd, r := startProcess(t, args...)
	return &recorded{r, cmd, dir}
}

// liveTriggers are what fires while packets are captured, on 1500 packets to port 4711
// in some seconds, and by what cause does.
var liveTriggers = []struct {
	options []string
	trigger string
	cause   func(t *testing.T, r *recorded)
	reason  string // what the reason begins with
	several bool   // it may fire again by itself
}{
	{nil, "signal", func(_ *testing.T, r *recorded) { r.cmd.Process.Signal(syscall.SIGUSR2) }, "", false},
	{nil, "file:DIR/touched", func(t *testing.T, r *recorded) { r.put(t, "touched") }, "it was made: ", false},
	{nil, "socket:DIR/sock", connect, "the pump ^[[31mfailed: ", false},
	{[]string{"--no-sandbox"}, "socket:DIR/sock", connect, "the pump ^[[31mfailed: ", false},
	{nil, "exit:100ms:[ ! -e DIR/ill ] || { echo 'no\tanswer' >&2; exit 7; }", func(t *testing.T, r *recorded) { r.put(t, "ill") }, "failed with status 7: no", false},
	{[]string{"--no-sandbox"}, "exit:100ms:[ ! -e DIR/ill ]", func(t *testing.T, r *recorded) { r.put(t, "ill") }, "failed with status 1: ", false},
	{nil, "silence:200ms", nil, "no packet for ", true},
	{nil, "rate>200/s", nil, "rate ", false},
	{nil, "udp port 4711 and inbound", nil, "UDP 127.0.0.1:", true},
	{nil, "condition:port=4711; ttl>1", nil, "port=4711, ttl=64 in UDP 127.0.0.1:", true},
	{[]string{"-B", "32"}, "drops", nil, "", true},
	{[]string{"-Z", "nobody"}, "exit:id -un >&2; exit 3", nil, "failed with status 3: nobody: ", false},
	{[]string{"-Z", "nobody"}, "socket:DIR/sock", connect, "the pump ^[[31mfailed: ", false},
}

// put makes a file.
func (r *recorded) put(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// connect connects to the socket, and says why.
func connect(t *testing.T, r *recorded) {
	t.Helper()
	c, err := net.Dial("unix", filepath.Join(r.dir, "sock"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "the pump \x1b[31mfailed\n")
	c.Close()
}

// TestLiveTriggers: each fires, once, and says why, in the sandbox as without it; at the
// end no socket is left.
func TestLiveTriggers(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	liveTriggers := liveTriggers
	if _, err := user.Lookup("nobody"); err != nil { // the last two become that user
		liveTriggers = liveTriggers[:len(liveTriggers)-2]
	}
	var all []*recorded
	for _, l := range liveTriggers {
		all = append(all, record(t, l.options, l.trigger))
	}
	for i, l := range liveTriggers {
		if l.cause != nil {
			l.cause(t, all[i])
		}
		if l.trigger == "drops" {
			all[i].cmd.Process.Signal(syscall.SIGSTOP)
		}
	}
	sendUDP(t, 4711, 1500) // each is seen twice
	for i, l := range liveTriggers {
		all[i].cmd.Process.Signal(syscall.SIGCONT)
		all[i].wait(t, &all[i].stderr, ": "+strings.ReplaceAll(l.trigger, "DIR", all[i].dir)+": "+l.reason)
	}
	for _, r := range all {
		r.cmd.Process.Signal(syscall.SIGINT)
	}
	for i, l := range liveTriggers {
		r := all[i]
		if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
			t.Errorf("%s: status %d: %s", l.trigger, status, &r.stderr)
		}
		if n := strings.Count(r.stderr.String(), "incident at "); n != 1 && !l.several {
			t.Errorf("%s: there were %d incidents:\n%s", l.trigger, n, &r.stderr)
		}
		if _, err := os.Lstat(filepath.Join(r.dir, "sock")); err == nil {
			t.Errorf("%s: the socket is there still", l.trigger)
		}
	}
}

// TestNoOrphans: kill -9 leaves no command and no socket.
func TestNoOrphans(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := record(t, nil, "exit:echo $$ > DIR/pid; sleep 1000; true", "socket:DIR/sock")
	pid := 0
	testenv.WaitFor(t, "the command", func() bool {
		b, _ := os.ReadFile(filepath.Join(r.dir, "pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return strings.HasSuffix(string(b), "\n")
	})
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	testenv.WaitFor(t, "the end of the command", func() bool { return !alive(pid) })
	testenv.WaitFor(t, "the end of the socket", func() bool {
		_, err := os.Lstat(filepath.Join(r.dir, "sock"))
		return err != nil
	})
	r.ended(t)
}

// alive reports whether a process is there and has not ended.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(b), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}

// TestOutsideTriggersWrong: what cannot be watched is an error that names the trigger, and
// a file in the way is left alone.
func TestOutsideTriggersWrong(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("keep me"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{
		"file:" + dir + "/none/x":   "can't watch the folder " + dir + "/none: No such file or directory",
		"socket:" + dir + "/file":   "there is a file of that name, which is no socket",
		"socket:" + dir + "/none/x": "can't make the socket: No such file or directory",
	} {
		cmd := testenv.Self("-i", "lo", "--trigger", "socket:"+dir+"/s", "--trigger", what, "-w", filepath.Join(dir, "x.pcapng"))
		cmd.Args[0] = "tapdump"
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "tapdump: --trigger "+what+": "+want) {
			t.Errorf("%s: %v, said:\n%s", what, err, out)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(b) != "keep me" {
		t.Errorf("the file has %q, %v", b, err)
	}
	testenv.WaitFor(t, "no more than the file", func() bool { all, _ := os.ReadDir(dir); return len(all) == 1 })
}
