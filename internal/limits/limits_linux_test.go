//go:build amd64 || arm64

package limits

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// build builds the program as the Makefile does.
func build(t *testing.T) (program string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile(`-ldflags=-E=\w+`).FindString(string(makefile))
	if flag == "" {
		t.Fatal("the Makefile does not say where the program begins")
	}
	program = filepath.Join(t.TempDir(), "tapdump")
	cmd := exec.Command("go", "build", flag, "-o", program, "../../cmd/tapdump")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// limited runs a program under ulimit.
func limited(t *testing.T, limit, program string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", "ulimit " + limit + "; exec \"$0\" \"$@\"", program}, args...)...)
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// TestAddressSpace: with too little address space the program says so in a line;
// with little it works, also where the runtime by itself takes too much of it.
func TestAddressSpace(t *testing.T) {
	program := build(t)
	const said = "tapdump: the limit on address space is too low (ulimit -v, RLIMIT_AS): 832 MiB are the least\n"
	for _, kib := range []string{"100000", "700000", "800000"} {
		if status, stdout, stderr := limited(t, "-v "+kib, program, "--version"); status != 1 || stdout != "" || stderr != said {
			t.Errorf("ulimit -v %s: exit status %d\n%s%s", kib, status, stdout, stderr)
		}
	}
	for _, kib := range []string{"852000", "1000000", "1180000", "1200000", "1250000", "1400000", "2200000", "unlimited"} {
		for range 3 { // where the heap begins is chance
			status, stdout, stderr := limited(t, "-v "+kib, program, "--version")
			if status != 0 || !strings.HasPrefix(stdout, "tapdump version ") || stderr != "" {
				t.Errorf("ulimit -v %s: exit status %d\n%s%.400s", kib, status, stdout, stderr)
			}
		}
	}
	// The limit is as it was once the program runs: commands of -z have it.
	dir := t.TempDir()
	capture := filepath.Join(dir, "capture")
	command := filepath.Join(dir, "command")
	if err := errors.Join(
		os.WriteFile(capture, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00"), 0o600),
		os.WriteFile(command, []byte("#!/bin/sh\nulimit -v > \"$1.limit\"\n"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if status, _, stderr := limited(t, "-v 1500000", program, "-r", capture, "-w", out, "-C", "1", "-z", command); status != 0 {
		t.Errorf("exit status %d\n%s", status, stderr)
	}
	if got, err := os.ReadFile(out + ".limit"); string(got) != "1500000\n" {
		t.Errorf("a command's limit is %q, %v", got, err)
	}
}

// TestOutputClosed: what cannot be written is an error, also where there is no
// standard output from the start.
func TestOutputClosed(t *testing.T) {
	program := build(t)
	capture := filepath.Join(t.TempDir(), "capture")
	record := "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00x"
	if err := os.WriteFile(capture, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00"+record), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		redirect, options string
		status            int
		says              string
	}{
		{">&-", "", 1, "Unable to write output: Bad file descriptor\n"},
		{">&- <&-", "", 1, "Unable to write output: Bad file descriptor\n"},
		{">&-", "-w -", 1, "standard output: Bad file descriptor: packets that could not be written: 1, packets in the file: 0\n"},
		{">&-", "-w /dev/null", 0, ""},
		{"> /dev/null", "", 0, ""},
		{"1<> /dev/null", "", 0, ""},
		{"<&-", "", 0, ""},
	} {
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" -r "$1" `+c.options+" "+c.redirect, program, capture)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		_ = cmd.Run()                                    // the exit status counts
		_, says, _ := strings.Cut(stderr.String(), "\n") // behind what is read
		says = strings.TrimPrefix(says, "tapdump: ")
		if status := cmd.ProcessState.ExitCode(); status != c.status || says != c.says {
			t.Errorf("%s %s: exit status %d, want %d\n%swant %s", c.options, c.redirect, status, c.status, &stderr, c.says)
		}
	}
}

// TestProcesses: what limits say is found, and it is not below what runs.
func TestProcesses(t *testing.T) {
	if n := threads(); n < 1 {
		t.Errorf("this process has %d threads", n)
	}
	if n := threadsOf(os.Getuid()); n < threads() {
		t.Errorf("this user has %d threads", n)
	}
	left, limit := processes()
	if left < 0 || (limit == "") != (left == math.MaxInt) {
		t.Errorf("%d processes are left, by %q", left, limit)
	}
	for _, dir := range pidsGroups() {
		if !strings.HasPrefix(dir, "/sys/fs/cgroup") {
			t.Errorf("a control group in %s", dir)
		}
	}
}
