package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// asProgram in the environment makes this test's binary the program, tapdump or
// ipscap by its name.
const asProgram = "TAPDUMP_TEST_AS_PROGRAM"

// withProcesses in the environment is how many processes the program's user may
// have.
const withProcesses = "TAPDUMP_TEST_PROCESSES"

// identities are the program's, by name.
var identities = map[string]Identity{"tapdump": Tapdump, "ipscap": IPScap}

func TestMain(m *testing.M) {
	if n, err := strconv.ParseUint(os.Getenv(withProcesses), 10, 64); err == nil {
		os.Unsetenv(withProcesses)
		err := unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: n, Max: n})
		if err == nil {
			err = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
		}
		fmt.Println(err)
		os.Exit(3)
	}
	if by := os.Getenv(shiftedBy); by != "" {
		os.Exit(runShifted(by))
	}
	if what := os.Getenv(asTalker); what != "" {
		talk(strings.Fields(what))
		os.Exit(0)
	}
	if os.Getenv(asProgram) != "" {
		// The sandbox lets no one write the coverage, which os.Exit does.
		syscall.Exit(Run(Tapdump, os.Args))
	}
	os.Exit(m.Run())
}

// TestNames: a link named ipscap to tapdump is ipscap, any other is tapdump under that name.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	ask := func(name string, args ...string) string {
		t.Helper()
		link := filepath.Join(dir, name)
		if err := os.Symlink(os.Args[0], link); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
		cmd := exec.Command(link, args...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return string(out)
	}
	golden, err := os.ReadFile("testdata/ipscap/help.out")
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(golden), "(version)\n")
	want, _, _ = strings.Cut(want, "-- standard error\n")
	if got := ask("ipscap", "--help"); want == "" || !strings.HasSuffix(got, "\n"+want) {
		t.Errorf("ipscap --help:\n%s", got)
	}
	for name, version := range map[string]string{"tapdump": "tapdump", "ipscap": "ipscap", "tcpdump": "tcpdump", "ipscap2": "ipscap2"} {
		if got := ask(name, "--version"); !strings.HasPrefix(got, version+" version ") {
			t.Errorf("%s --version: %s", name, got)
		}
		if name == "ipscap" {
			continue
		}
		if got := ask(name, "--help"); !strings.Contains(got, "\nUsage: "+name+" [-Ab") {
			t.Errorf("%s --help:\n%s", name, got)
		}
	}
	for name, ipscap := range map[string]bool{"ipscap": true, "ipscap.exe": true, "ipscap.EXE": true, "tapdump": false, "tapdump.exe": false, "ipscap.sh": false, "exe": false, "": false} {
		if calledIPScap(name) != ipscap {
			t.Errorf("%q is ipscap: %v", name, !ipscap)
		}
	}
}

// TestSetUID: as a set-UID program, under either name, it opens for its user
// what that user may open and no more.
func TestSetUID(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a set-UID program")
	}
	testenv.NeedsUser(t, 65534)
	const nobody = 65534
	dir := testenv.OpenDir(t)
	program := filepath.Join(dir, "program")
	copyFile(t, os.Args[0], program)
	if err := os.Chmod(program, 0o755|os.ModeSetuid|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || st.Flags&unix.ST_NOSUID != 0 {
		t.Skipf("set-UID has no effect in %s (%v)", dir, err)
	}
	capture, secret, closed := filepath.Join(dir, "capture"), filepath.Join(dir, "secret"), filepath.Join(dir, "closed")
	t.Chdir(t.TempDir())
	ipscapCaptures(t)
	copyFile(t, "eth4.pcap", capture)
	copyFile(t, "eth4.pcap", secret)
	if err := errors.Join(os.Chmod(secret, 0o600), os.Mkdir(closed, 0o700)); err != nil {
		t.Fatal(err)
	}
	run := func(id string, args ...string) (string, int) {
		cmd := exec.Command(program, args...)
		cmd.Args[0] = id
		cmd.Dir = dir
		cmd.Env = []string{asProgram + "=" + id}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	for id := range identities {
		force := []string{"-n"}
		if identities[id] == IPScap {
			force = []string{"-n", "--force"}
		}
		if out, status := run(id, append(force, "-r", capture)...); status != 0 || !strings.Contains(out, "10.0.2.15") {
			t.Errorf("%s cannot read its user's file: exit status %d\n%s", id, status, out)
		}
		for _, args := range [][]string{
			{"-r", secret},
			{"-V", secret},
			{"-r", capture, "-F", secret},
			{"-r", capture, "-E", "file " + secret},
			{"-r", capture, "-w", filepath.Join(closed, "f")},
			{"-r", capture, "-C", "1", "-w", filepath.Join(closed, "f")},
			{"-r", capture, "--log", filepath.Join(closed, "f")},
			{"-r", capture, "-w", secret},
		} {
			out, status := run(id, append(force, args...)...)
			if status == 0 || !strings.Contains(out, "Permission denied") && !strings.Contains(out, "can't open") {
				t.Errorf("%s %q: exit status %d\n%s", id, args, status, out)
			}
			if strings.Contains(out, "10.0.2.15") {
				t.Errorf("%s %q prints packets:\n%s", id, args, out)
			}
		}
	}
	if made, err := os.ReadDir(closed); err != nil || len(made) > 0 {
		t.Errorf("files were made in root's folder: %v, %v", made, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, fs.FileMode(0o644))
	}
	if err == nil {
		err = os.Chmod(to, 0o755) // whatever the umask
	}
	if err != nil {
		t.Fatal(err)
	}
}
