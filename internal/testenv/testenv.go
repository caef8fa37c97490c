// Package testenv is for tests that run on any machine: a slow or busy one, one
// whose folders are closed, one that lacks users or commands.
package testenv

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen before it says that it
// does not: a minute, or TAPDUMP_PATIENCE, for machines that are much slower. It is
// no measure of how fast anything is.
var Patience = patience()

func patience() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("TAPDUMP_PATIENCE")); err == nil {
		return d
	}
	return time.Minute
}

// WaitFor waits until something is so, which what describes.
func WaitFor(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v it is not so that %s", Patience, what)
		}
	}
}

// NeedsCommand skips a test where a command is not installed.
func NeedsCommand(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("needs the command %s: %v", name, err)
	}
}

// Self is a command that runs the test's own program again. Where that needs an
// emulator, EMULATOR names its command, since not every kernel knows to start it.
func Self(args ...string) *exec.Cmd {
	if emulator := strings.Fields(os.Getenv("EMULATOR")); len(emulator) > 0 {
		return exec.Command(emulator[0], append(append(emulator[1:], os.Args[0]), args...)...)
	}
	return exec.Command(os.Args[0], args...)
}

// OpenDir makes a folder that all users can come to, which those of t.TempDir
// are not.
func OpenDir(t testing.TB) string {
	t.Helper()
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if !isOpen(parent) {
			continue
		}
		dir, err := os.MkdirTemp(parent, "tapdump-test")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Skipf("needs a folder that other users may come to: neither %s nor /tmp is one", os.TempDir())
	return ""
}

// isOpen reports whether all users can come to a folder.
func isOpen(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	for ; err == nil; dir = filepath.Dir(dir) {
		info, statErr := os.Stat(dir)
		if statErr != nil || !info.IsDir() || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
	return false
}

// NeedsUser skips a test that has to become a user, or give him files, where the
// namespace of users (user_namespaces(7)) has none of that number.
func NeedsUser(t testing.TB, uid int) {
	t.Helper()
	numbers, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return // a system without such namespaces
	}
	for line := range strings.Lines(string(numbers)) {
		var first, outside, n int
		if _, err := fmt.Sscan(line, &first, &outside, &n); err == nil && first <= uid && uid-first < n {
			return
		}
	}
	t.Skipf("needs the user %d, whom this namespace of users does not have", uid)
}

// GiveTo makes a user and his group the owners of files.
func GiveTo(t testing.TB, uid, gid int, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Chown(name, uid, gid); err != nil {
			t.Skipf("needs to give files to the user %d, which this namespace of users may not have: %v", uid, err)
		}
	}
}

// NeedsLoopback skips a test where nothing comes back over the loopback, as in an
// empty network namespace.
func NeedsLoopback(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("needs the loopback: %v", err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Skipf("needs the loopback: %v", err)
	}
	c.Close()
}
