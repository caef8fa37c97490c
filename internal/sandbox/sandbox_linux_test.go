package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// The process under test is this test's program, started with a role.
func TestMain(m *testing.M) {
	if ServeRunner(obey) {
		return
	}
	switch os.Getenv("SANDBOX_ROLE") {
	case "":
		os.Exit(m.Run())
	case "confine":
		confined(os.Getenv("SANDBOX_DIR"), os.Getenv("SANDBOX_RESOLVE") != "")
	case "become":
		become(os.Getenv("SANDBOX_DIR"))
	case "setid":
		lendAndDrop(os.Getenv("SANDBOX_DIR"))
	case "run":
		runCommands(os.Getenv("SANDBOX_DIR"))
	}
}

// problem reports what did not go as it should, on the standard output: the
// runtime's own remarks are on the other.
func problem(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// confined tries what must work and what must not.
func confined(dir string, resolve bool) {
	open, err := os.Open(filepath.Join(dir, "secret"))
	if err != nil {
		problem("%v", err)
	}
	needs := Needs{ReadFiles: []string{filepath.Join(dir, "named")}, WriteDirs: []string{filepath.Join(dir, "out")}, Resolve: resolve}
	if err := Confine(needs); err != nil {
		problem("Confine: %v", err)
	}
	if _, err := os.ReadFile("/proc/self/status"); err == nil {
		problem("/proc can still be read")
	}
	if b := make([]byte, 2); true {
		if n, err := open.Read(b); n != 2 || err != nil {
			problem("reading what is open: %d, %v", n, err)
		}
	}
	if _, err := os.ReadFile(filepath.Join(dir, "named")); err != nil {
		problem("reading a named file: %v", err)
	}
	if _, err := os.ReadFile(filepath.Join(dir, "secret")); !errors.Is(err, fs.ErrPermission) {
		problem("reading another file: %v", err)
	}
	rotate(filepath.Join(dir, "out"))
	if err := os.WriteFile(filepath.Join(dir, "else"), nil, 0o600); !errors.Is(err, fs.ErrPermission) {
		problem("making a file elsewhere: %v", err)
	}
	if err := exec.Command("/bin/true").Run(); err == nil {
		problem("a command can still be run")
	}
	program, err := seccompProgram(needs)
	filtered := program != nil // not on all architectures
	if err != nil {
		problem("%v", err)
	}
	if _, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON); err != unix.EPERM && filtered {
		problem("making memory executable: %v", err)
	}
	if err := unix.Chroot("/"); err != unix.EPERM {
		problem("chroot: %v", err)
	}
	if _, err := net.Interfaces(); err != nil {
		problem("names of interfaces: %v", err)
	}
	c, err := net.Dial("udp", "127.0.0.1:53") // where there may be no way to
	if errors.Is(err, fs.ErrPermission) != (filtered && !resolve) {
		problem("a socket for a name server: %v", err)
	}
	if c != nil {
		c.Close()
	}
	if fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err == nil {
		unix.Close(fd)
		problem("another packet socket can be opened")
	}
	work()
}

// rotate makes, renames and removes files.
func rotate(dir string) {
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(a, []byte("x"), 0o600); err != nil {
		problem("making a file: %v", err)
	}
	if err := os.Rename(a, b); err != nil {
		problem("renaming a file: %v", err)
	}
	f, err := os.OpenFile(b, os.O_RDWR|os.O_TRUNC, 0)
	if err != nil {
		problem("opening it anew: %v", err)
		return
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Remove(b)); err != nil {
		problem("removing a file: %v", err)
	}
}

// work has the runtime make threads, timers and garbage.
func work() {
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
			_ = bytes.Repeat([]byte{1}, 1<<20)
			runtime.GC()
		}()
	}
	wg.Wait()
}

// become gives up root.
func become(dir string) {
	uid, _, err := nobody()
	if err != nil {
		problem("%v", err)
		return
	}
	changed, err := BecomeUser("nobody")
	if !changed || err != nil {
		problem("BecomeUser: %v, %v", changed, err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		problem("%v", err)
	}
	for _, want := range []string{fmt.Sprintf("\nUid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d\n", uid), "\nCapEff:\t0000000000000000\n", "\nCapPrm:\t0000000000000000\n"} {
		if !bytes.Contains(status, []byte(want)) {
			problem("/proc/self/status has no %q:\n%s", want, status)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); !errors.Is(err, fs.ErrPermission) {
		problem("writing into root's directory: %v", err)
	}
	if err := Confine(Needs{WriteDirs: []string{filepath.Join(dir, "out")}}); err != nil {
		problem("Confine: %v", err)
	}
	rotate(filepath.Join(dir, "out"))
}

// lendAndDrop is a set-UID program that works as its user but where it needs
// more.
func lendAndDrop(dir string) {
	const user = 65534
	if os.Getuid() != user || os.Geteuid() != 0 {
		fmt.Printf("skip: user %d, effectively %d\n", os.Getuid(), os.Geteuid())
		return
	}
	file := filepath.Join(dir, "f")
	write := func() error { return os.WriteFile(file, nil, 0o600) }
	s, err := LendSetID()
	if err != nil {
		problem("LendSetID: %v", err)
	}
	if err := write(); !errors.Is(err, fs.ErrPermission) {
		problem("writing into root's directory: %v", err)
	}
	if err := s.Use(write); err != nil {
		problem("the same with root's rights: %v", err)
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrPermission) {
		problem("removing it afterwards: %v", err)
	}
	if err := s.Drop(); err != nil {
		problem("Drop: %v", err)
	}
	if err := s.Use(write); err == nil {
		problem("root's rights can be used after Drop")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		problem("%v", err)
	}
	for _, want := range []string{"\nUid:\t65534\t65534\t65534\t65534\n", "\nGid:\t65534\t65534\t65534\t65534\n", "\nCapPrm:\t0000000000000000\n"} {
		if !bytes.Contains(status, []byte(want)) {
			problem("/proc/self/status has no %q:\n%s", want, status)
		}
	}
}

// obey is the runner's function.
func obey(args []string) error { return exec.Command(args[0], args[1:]...).Run() }

// runCommands runs commands although it is confined.
func runCommands(dir string) {
	r, err := StartRunner()
	if err != nil {
		problem("StartRunner: %v", err)
		return
	}
	if err := Confine(Needs{}); err != nil {
		problem("Confine: %v", err)
	}
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := r.Run("/bin/sh", "-c", `echo > "$0"`, filepath.Join(dir, "out", fmt.Sprint(i))); err != nil {
				problem("Run: %v", err)
			}
		}()
	}
	wg.Wait()
	if err := r.Run("/bin/sh", "-c", "exit 3"); err == nil || err.Error() != "exit status 3" {
		problem("a command that fails: %v", err)
	}
	if err := r.Run("/nonexistent"); err == nil || !strings.Contains(err.Error(), "No such file") {
		problem("a command that is not there: %v", err)
	}
	if err := r.Close(); err != nil {
		problem("Close: %v", err)
	}
	if err := r.Run("/bin/true"); err == nil {
		problem("Run after Close succeeded")
	}
}

func TestRunner(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	play(t, "SANDBOX_ROLE=run", "SANDBOX_DIR="+dir)
	for i := 0; i < 10; i++ {
		if _, err := os.Stat(filepath.Join(dir, "out", fmt.Sprint(i))); err != nil {
			t.Error(err)
		}
	}
}

// play runs this program in a role, and reports what it found.
func play(t *testing.T, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %v\n%s", env, err, &stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if line != "" {
			t.Errorf("%v: %s", env, line)
		}
	}
}

func TestConfine(t *testing.T) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 || abi < 3 {
		t.Skipf("needs a kernel with Landlock, version 3 or later: %d, %v", abi, errno)
	}
	dir := t.TempDir()
	for _, name := range []string{"secret", "named"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	play(t, "SANDBOX_ROLE=confine", "SANDBOX_DIR="+dir)
	play(t, "SANDBOX_ROLE=confine", "SANDBOX_DIR="+dir, "SANDBOX_RESOLVE=1")
}

// nobody is the user that the tests become.
func nobody() (uid, gid int, err error) {
	u, err := user.Lookup("nobody")
	if err != nil {
		return 0, 0, err
	}
	uid, err = strconv.Atoi(u.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}

func TestBecomeUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give it up")
	}
	uid, gid, err := nobody()
	if err != nil {
		t.Skipf("needs a user to become: %v", err)
	}
	dir := testenv.OpenDir(t)
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	testenv.GiveTo(t, uid, gid, out)
	play(t, "SANDBOX_ROLE=become", "SANDBOX_DIR="+dir)
}

func TestSetID(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a set-UID program")
	}
	dir := testenv.OpenDir(t)
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "program")
	if err := errors.Join(os.WriteFile(name, program, 0o755), os.Chmod(name, 0o755|os.ModeSetuid|os.ModeSetgid)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name)
	cmd.Dir = "/"
	cmd.Env = []string{"SANDBOX_ROLE=setid", "SANDBOX_DIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.Output()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
		t.Skipf("needs to become the user 65534, which not every root can: %v", err)
	}
	if strings.HasPrefix(string(out), "skip") {
		t.Skipf("set-UID has no effect in %s: %s", dir, out)
	}
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestBecomeUnknownUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: without it the user is not looked up")
	}
	if _, err := BecomeUser("nosuchuser"); err == nil || err.Error() != "Couldn't find user 'nosuchuser'" {
		t.Errorf("got %v", err)
	}
}
