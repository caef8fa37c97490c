package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// onHost in the environment marks all processes of a test's hosts.
const onHost = "TAPDUMP_TEST_ON_HOST"

// processesOf are the command lines of all processes with a mark in their environment,
// which they had when they were started.
func processesOf(t *testing.T, mark string) (all []string) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		environment, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(environment, []byte(onHost+"="+mark+"\x00")) {
			continue // it has gone, or is somebody else's
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		all = append(all, strings.ReplaceAll(string(line), "\x00", " "))
	}
	return all
}

// nothingLeft waits until no process with a mark is left.
func nothingLeft(t *testing.T, mark string) {
	t.Helper()
	var left []string
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(10 * time.Millisecond) {
		if left = processesOf(t, mark); len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left are %q", left)
		}
	}
}

// script makes a command of a name in a folder.
func script(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// shellWord is a word of a shell.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// viaShell is a command for --via that runs another one here, with commands of a folder in
// front of the others, and all its processes marked.
func viaShell(name, dir, mark string) string {
	return name + "=env " + shellWord("PATH="+dir+":"+os.Getenv("PATH")) + " " + onHost + "=" + mark
}

// asTapdump makes the command tapdump in a folder: this program.
func asTapdump(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "tapdump")); err != nil {
		t.Fatal(err)
	}
}

// replayed is a tapdump that has captured a file: it answers, and counts.
func replayed(t *testing.T, file string, packets int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	script(t, dir, "tapdump", `[ "$TAPDUMP_LEASH" = ask ] && { echo 'leash 1'; exit; }
echo "$@" > `+shellWord(filepath.Join(dir, "asked"))+`
cat `+shellWord(file)+`
while read -r i; do printf '\036tapdump clock %s %s\n' "$i" "$(date +%s.%N)" >&2; done
printf '\036tapdump interface `+fmt.Sprint(packets)+` 1 0\n\036tapdump counts `+fmt.Sprint(packets)+` `+fmt.Sprint(packets)+` 1 0\n' >&2
`)
	return dir
}

// TestRemote: packets of two hosts are one capture, in its sandbox, whose interfaces
// have the names of the hosts; the counts are those of each and of all.
func TestRemote(t *testing.T) {
	for _, name := range []string{"date", "dd", "env", "cat"} {
		testenv.NeedsCommand(t, name)
	}
	one := replayed(t, writePings(t, "one.pcapng", stamped{1, eth}, stamped{3, eth}), 2)
	two := replayed(t, writePings(t, "two.pcapng", stamped{2, eth}, stamped{4, eth}), 2)
	file := filepath.Join(t.TempDir(), "x.pcapng")
	mark := filepath.Base(filepath.Dir(file)) + t.Name()
	cmd, r := startProcess(t, "-n", "-tt", "--no-clock-correction", "--via", viaShell("one", one, mark), "--via", viaShell("two", two, mark), "-w", file, "--print", "icmp")
	for _, want := range []string{"1.000000", "2.000000", "3.000000", "4.000000"} {
		r.wait(t, &r.stdout, want)
	}
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	var from []string
	for line := range strings.Lines(r.stdout.String()) {
		if words := strings.Fields(line); len(words) > 1 {
			from = append(from, words[0]+" "+words[1])
		}
	}
	if got, want := strings.Join(from, ", "), "1.000000 en10mb@one, 2.000000 en10mb@two, 3.000000 en10mb@one, 4.000000 en10mb@two"; got != want {
		t.Errorf("printed is %s, want %s", got, want)
	}
	for _, want := range []string{
		"one: clock agrees with ours (± ", "listening on en10mb@two, link-type EN10MB", "\n4 packets captured\n4 packets received by filter\n2 packets dropped by kernel\n",
		"one: 2 captured there, 2 received by filter, 1 dropped, 2 received here\n", "two: 2 captured there",
		"balance of 2 hosts: 4 captured there, 0 lost on the way, 4 received here; 4 captured here of all\n",
	} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &r.stderr)
		}
	}
	if strings.Contains(r.stderr.String(), "WARNING") {
		t.Errorf("stderr: %s", &r.stderr)
	}
	src, err := pcapfile.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if all := src.Interfaces(); len(all) != 2 || all[0].Name != "en10mb@one" || all[1].Name != "en10mb@two" {
		t.Errorf("the file has the interfaces %+v", all)
	}
	if n := countPackets(t, file); n != 4 {
		t.Errorf("the file has %d packets", n)
	}
	if content, err := os.ReadFile(file); err != nil || !bytes.Contains(content, []byte("one: clock agrees with ours")) {
		t.Errorf("the file says nothing of the clock (%v)", err)
	}
	nothingLeft(t, mark)
}

// TestRemoteEnds: -c and --duration end all hosts, one that goes is said and makes the
// exit status, and with the last the capture ends.
func TestRemoteEnds(t *testing.T) {
	for _, name := range []string{"date", "dd", "env", "cat"} {
		testenv.NeedsCommand(t, name)
	}
	stays := replayed(t, writePings(t, "one.pcapng", stamped{1, eth}, stamped{3, eth}), 2)
	goes := t.TempDir()
	script(t, goes, "tapdump", `[ "$TAPDUMP_LEASH" = ask ] && { echo 'leash 1'; exit; }
cat `+shellWord(writePings(t, "two.pcapng", stamped{2, eth}))+`
sleep 0.2; exit 4
`)
	for _, row := range [...]struct {
		hosts  []string
		args   string
		status int
		stdout int
		stderr string
	}{
		{[]string{stays}, "-c 1", 0, 1, "balance of 1 host: 2 captured there, 0 lost on the way, 2 received here; 1 captured here of all\n"},
		{[]string{stays}, "--duration 0.2", 0, 2, "h0: 2 captured there"},
		{[]string{stays, goes}, "--duration 1", 1, 3, "tapdump: h1: it has ended (exit status 4); the capture goes on with the others\n"},
		{[]string{goes}, "", 1, 1, "h0: it has ended (exit status 4)\n1 packet captured\npackets received by filter: unknown\n"},
	} {
		t.Run(row.args, func(t *testing.T) {
			t.Parallel()
			mark := filepath.Base(filepath.Dir(t.TempDir())) + "ends"
			args := append([]string{"-n"}, strings.Fields(row.args)...)
			for i, dir := range row.hosts {
				args = append(args, "--via", viaShell(fmt.Sprintf("h%d", i), dir, mark))
			}
			status, stdout, stderr := runTapdump(args...)
			if status != row.status || strings.Count(stdout, "ICMP") != row.stdout || !strings.Contains(stderr, row.stderr) {
				t.Errorf("exit status %d, printed %q, said %s", status, stdout, stderr)
			}
			nothingLeft(t, mark)
		})
	}
}

// TestRemoteRefused: what cannot be is said, once, before any host is asked.
func TestRemoteRefused(t *testing.T) {
	for _, row := range [...]struct {
		args, want string
	}{
		{"--via x=false tcp prot 80", "tapdump: can't parse filter expression: syntax error\n"},
		{"--via x=false host", "tapdump: can't parse filter expression: syntax error\n"},
		{"--via x=false tcp", "tapdump: x: it has ended (exit status 1)\n"},
		{"--via x=false wlan type mgt", "tapdump: x: it has ended (exit status 1)\n"},
	} {
		status, _, stderr := runTapdump(strings.Fields(row.args)...)
		if first, _, _ := strings.Cut(stderr, "\n"); status != 1 || !strings.HasPrefix(stderr, row.want) && !strings.Contains(first, "syntax error") {
			t.Errorf("%s: exit status %d, %q, want %q", row.args, status, stderr, row.want)
		}
	}
}

// TestRemoteCapture: tapdump there, a copy of it, and tcpdump capture what there is,
// and nothing is left of them, also when whoever asked was killed.
func TestRemoteCapture(t *testing.T) {
	for _, name := range []string{"date", "dd", "env", "head", "wc"} {
		testenv.NeedsCommand(t, name)
	}
	if !inNamespace(t) {
		return
	}
	there, copied, other := t.TempDir(), t.TempDir(), t.TempDir()
	asTapdump(t, there)
	script(t, copied, "tapdump", "exit 1") // none that fits
	script(t, other, "tapdump", "exit 1")
	script(t, other, "uname", "echo Plan9 mips")
	mark := filepath.Base(there) + t.Name()
	places := []string{"--via", viaShell("there", there, mark), "--via", viaShell("copied", copied, mark)}
	hosts := 2
	if _, err := exec.LookPath("tcpdump"); err == nil {
		places = append(places, "--via", viaShell("other", other, mark))
		hosts++
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	cmd, r := startProcess(t, append(places, "-n", "-i", "lo", "udp dst port 5353")...)
	sendUDP(t, 5353, 5)
	testenv.WaitFor(t, "all packets are printed", func() bool {
		return strings.Count(r.stdout.String(), "127.0.0.1.5353: ") >= 5*hosts
	})
	if left, _ := filepath.Glob(temporary + "/tapdump.*"); left != nil {
		t.Errorf("of the copy is left %q", left)
	}
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	balance := fmt.Sprintf("balance of %d hosts: %[2]d captured there, 0 lost on the way, %[2]d received here; %[2]d captured here of all\n", hosts, 5*hosts)
	for _, want := range []string{"there: 5 captured there", "copied: 5 captured there", "copied: there is no tapdump there: copying this one", balance} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &r.stderr)
		}
	}
	nothingLeft(t, mark)
	cmd, r = startProcess(t, append(places, "-n", "-i", "lo")...)
	cmd.Process.Kill()
	r.ended(t)
	nothingLeft(t, mark)
}

// TestRemoteGivenUp: a signal before there is a connection ends the program, and what
// was to make one, which itself ignores signals of the terminal.
func TestRemoteGivenUp(t *testing.T) {
	testenv.NeedsCommand(t, "sleep")
	dead := t.TempDir()
	script(t, dead, "sh", "echo begun >&2; exec sleep 600\n")
	mark := filepath.Base(filepath.Dir(dead)) + t.Name()
	via := "exec " + strings.TrimPrefix(viaShell("", dead, mark), "=")
	process, r := launch(t, "-n", "--via", "dead="+via, "icmp")
	r.wait(t, &r.stderr, "dead: begun")
	if len(processesOf(t, mark)) == 0 {
		t.Error("nothing has begun")
	}
	process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != -1 { // by the signal
		t.Errorf("exit status %d", status)
	}
	nothingLeft(t, mark)
}

// TestRemoteServed: packets of other hosts are served to readers.
func TestRemoteServed(t *testing.T) {
	testenv.NeedsLoopback(t)
	for _, name := range []string{"date", "dd", "env", "cat"} {
		testenv.NeedsCommand(t, name)
	}
	one := replayed(t, writePings(t, "one.pcapng", stamped{1, eth}, stamped{3, eth}), 2)
	mark := filepath.Base(filepath.Dir(one)) + t.Name()
	cmd, r := startProcess(t, "-n", "--via", viaShell("one", one, mark), "-w", "tcp://127.0.0.1:0", "--print", "icmp")
	r.wait(t, &r.stdout, "ICMP")
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 || !strings.Contains(r.stderr.String(), "served 0 readers") {
		t.Errorf("exit status %d: %s", status, &r.stderr)
	}
	nothingLeft(t, mark)
}

// TestRemoteOwners: hosts are asked whose their packets are, and what they say of processes
// with the same number stays apart: behind lines, for conditions, and in the file.
func TestRemoteOwners(t *testing.T) {
	for _, name := range []string{"date", "dd", "env", "cat"} {
		testenv.NeedsCommand(t, name)
	}
	one, two := replayed(t, writeOwned(t, "first"), 3), replayed(t, writeOwned(t, "second"), 3)
	file := filepath.Join(t.TempDir(), "x.pcapng")
	mark := filepath.Base(filepath.Dir(file)) + t.Name()
	cmd, r := startProcess(t, "-n", "-tt", "--no-clock-correction", "--via", viaShell("one", one, mark), "--via", viaShell("two", two, mark),
		"-w", file, "--print", "--owner", "--condition", "pid=4711; user=alice; container=web", "udp")
	for _, want := range []string{", first.4711 in web\n", ", second.4711 in web\n"} {
		r.wait(t, &r.stdout, want)
	}
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 || strings.Count(r.stdout.String(), "\n") != 2 {
		t.Errorf("exit status %d; it prints\n%s\n%s", status, &r.stdout, &r.stderr)
	}
	for _, dir := range []string{one, two} {
		if asked, err := os.ReadFile(filepath.Join(dir, "asked")); err != nil || !strings.Contains(string(asked), " --owner") {
			t.Errorf("tapdump there is asked for %q, %v", asked, err)
		}
	}
	got := run("-r", file, "--fields", "pid,tid,process,uid,user,container")
	lines := strings.Split(got.stdout, "\n")
	slices.Sort(lines)
	if want := []string{"", "4711\t4712\tfirst\t1000\talice\tweb", "4711\t4712\tsecond\t1000\talice\tweb"}; !slices.Equal(lines, want) {
		t.Errorf("the file has %q, want %q\n%s", lines, want, got.stderr)
	}
}
