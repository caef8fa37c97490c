//go:build amd64 || arm64

package limits

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
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
	flag := regexp.MustCompile(`-E=\w+`).FindString(string(makefile))
	if flag == "" {
		t.Fatal("the Makefile does not say where the program begins")
	}
	program = filepath.Join(t.TempDir(), "tapdump")
	cmd := exec.Command("go", "build", "-ldflags="+flag, "-o", program, "../../cmd/tapdump")
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

// TestProgram: what the program does at its start, before Go's runtime and after it.
func TestProgram(t *testing.T) {
	program := build(t)
	t.Run("AddressSpace", func(t *testing.T) { testAddressSpace(t, program) })
	t.Run("OutputClosed", func(t *testing.T) { testOutputClosed(t, program) })
}

// testAddressSpace: with too little address space the program says so in a line;
// with little it works, also where the runtime by itself takes too much of it.
func testAddressSpace(t *testing.T, program string) {
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

// testOutputClosed: what cannot be written is an error, also where there is no
// standard output from the start.
func testOutputClosed(t *testing.T, program string) {
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

// TestGroupFolders: a control group and those around it, of either version of
// control groups.
func TestGroupFolders(t *testing.T) {
	const mixed = "9:name=systemd:/\n8:pids:/a/b\n4:memory:/x\nno group\n0::/u/v:w\n"
	for _, c := range []struct {
		groups  string
		unified bool
		want    string // below /sys/fs/cgroup
	}{
		{"", false, ""},
		{"0::/\n", false, "/"},
		{"0::/", true, "/unified"},
		{"0::/user.slice/one\n", false, "/user.slice/one /user.slice /"},
		{"1:pids:/\n", true, "/pids"},
		{"1:memory:/\n1::/\n0:x:/\n", true, ""},
		{mixed, false, "/pids/a/b /pids/a /pids /u/v:w /u /"},
		{mixed, true, "/pids/a/b /pids/a /pids /unified/u/v:w /unified/u /unified"},
		{"0::/../x\n", false, "/x /"}, // outside of this namespace
		{"0::relative\n", false, "/relative /"},
	} {
		var want []string
		for dir := range strings.FieldsSeq(c.want) {
			want = append(want, filepath.Join("/sys/fs/cgroup", dir))
		}
		if got := groupFolders(c.groups, c.unified); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", c.groups, got, want)
		}
	}
}

// TestRoom: the tightest limit counts, of equals the first; less than none is none.
func TestRoom(t *testing.T) {
	r := room{left: math.MaxInt}
	dir := t.TempDir()
	group := func(name, most, now string) string {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{"pids.max": most, "pids.current": now} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return filepath.Join(folder, "pids.max")
	}
	ten, eight := group("ten", "17\n", "7\n"), group("eight", "9", "1")
	group("none", "max\n", "7\n")
	group("no count", "1\n", "")
	group("no limit", "", "1\n")
	group("equal", "10\n", "2\n")
	over := group("over", "5\n", "9\n")
	for _, c := range []struct {
		group string
		left  int
		limit string
	}{
		{"none", math.MaxInt, ""}, {"no count", math.MaxInt, ""}, {"no limit", math.MaxInt, ""}, {"not there", math.MaxInt, ""},
		{"ten", 10, ten}, {"eight", 8, eight}, {"equal", 8, eight}, {"ten", 8, eight}, {"over", 0, over},
	} {
		if r.group(filepath.Join(dir, c.group)); r != (room{c.left, c.limit}) {
			t.Errorf("with %s: %+v, want %d by %q", c.group, r, c.left, c.limit)
		}
	}
	err := &Error{r.left, 9, r.limit}
	if want := "too few processes are allowed: 0 more, by " + over + ", and 9 are needed"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestField: lines of proc(5)'s status.
func TestField(t *testing.T) {
	status := []byte("Name:\tx\nThreads:\t3\nUid:\t1\t2\nLast:\t7")
	for name, want := range map[string]string{"Threads": "3", "Uid": "1\t2", "Last": "7", "hreads": "", "None": ""} {
		if got := field(status, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestAddressLimits: the lower of the limits on addresses and on data counts.
func TestAddressLimits(t *testing.T) {
	const low, high = 1 << 46, 1 << 47 // more than a test with the race detector has
	limits := [...]int{unix.RLIMIT_AS, unix.RLIMIT_DATA}
	var before [2]unix.Rlimit
	for i, resource := range limits {
		if err := unix.Getrlimit(resource, &before[i]); err != nil || before[i].Cur < high || before[i].Max < high {
			t.Skipf("needs the right to %d bytes: %v, %v", high, before[i], err)
		}
		defer unix.Setrlimit(resource, &before[i])
	}
	for _, c := range [][2]uint64{{low, high}, {high, low}, {low, low}} {
		for i, resource := range limits {
			if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: c[i], Max: before[i].Max}); err != nil {
				t.Fatal(err)
			}
		}
		if got := addressSpace(); got != low {
			t.Errorf("with limits of %d: %d", c, got)
		}
	}
}
