//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// nobody is a user and a group that own nothing.
const nobody = 65534

// hasStatus checks lines of /proc/self/status.
func hasStatus(want ...string) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		problem("%v", err)
	}
	for _, w := range want {
		if !strings.Contains(string(status), "\n"+w+"\n") {
			problem("/proc/self/status has no %q:\n%s", w, status)
		}
	}
}

// ids are the lines of /proc/self/status for a user and a group.
func ids(uid, gid int) []string {
	return []string{fmt.Sprintf("Uid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d", uid), fmt.Sprintf("Gid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d", gid)}
}

// become gives up root for a user with several groups.
func become(dir string) { becomeCapper(dir, false, "0000000000000000") }

// becomeForSockets is become for one that goes on opening packet sockets.
func becomeForSockets(dir string) { becomeCapper(dir, true, "0000000000002000") }

func becomeCapper(dir string, sockets bool, capabilities string) {
	// The files of users are the test's, in this process alone.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		fmt.Println("skip: " + err.Error())
		return
	}
	for _, name := range []string{"passwd", "group"} {
		if err := unix.Mount(filepath.Join(dir, name), "/etc/"+name, "", unix.MS_BIND, ""); err != nil {
			fmt.Println("skip: " + err.Error())
			return
		}
	}
	became, err := BecomeUser("capper", sockets)
	if !became || err != nil {
		problem("BecomeUser: %v, %v", became, err)
	}
	const none = "0000000000000000"
	hasStatus(ids(4711, 4712)...)
	hasStatus("Groups:\t4712 4713 4714 ", "CapEff:\t"+capabilities, "CapPrm:\t"+capabilities, "CapInh:\t"+none, "CapAmb:\t"+none)
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); !errors.Is(err, fs.ErrPermission) {
		problem("writing into root's folder: %v", err)
	}
	if err := syscall.Setuid(0); err == nil {
		problem("the way back to root is open")
	}
	if on, err := unix.PrctlRetInt(unix.PR_GET_KEEPCAPS, 0, 0, 0, 0); on != 0 || err != nil {
		problem("capabilities would outlast another user: %d, %v", on, err)
	}
	needs := Needs{Folders: []Folder{{Path: filepath.Join(dir, "out"), Remove: true}}}
	if sockets {
		needs.NewSockets = firstSocket
	}
	if err := Confine(needs); err != nil {
		problem("Confine: %v", err)
	}
	opens := func() bool { return socket(unix.AF_PACKET, unix.SOCK_RAW, 0)(nil) == nil }
	var wg sync.WaitGroup
	for range 4 { // each in a thread of its own
		wg.Go(func() {
			runtime.LockOSThread()
			if opens() != sockets {
				problem("it can open packet sockets: %v, want %v", !sockets, sockets)
			}
		})
	}
	wg.Wait()
	name := filepath.Join(dir, "out", "f")
	if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Remove(name)); err != nil {
		problem("in its own folder: %v", err)
	}
}

// TestBecomeUser: of root nothing is left, its groups included.
func TestBecomeUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give it up")
	}
	dir := testenv.OpenDir(t)
	out := filepath.Join(dir, "out")
	const passwd = "root:x:0:0::/root:/bin/sh\ncapper:x:4711:4712::/:/bin/false\n"
	// The primary group has its user as a member, too.
	const group = "root:x:0:\nown:x:4712:capper\nfirst:x:4713:capper\nsecond:x:4714:x,capper\nother:x:4715:x\n"
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "passwd"), []byte(passwd), 0o644), os.WriteFile(filepath.Join(dir, "group"), []byte(group), 0o644),
		os.Mkdir(out, 0o700),
	); err != nil {
		t.Fatal(err)
	}
	testenv.GiveTo(t, 4711, 4712, out)
	for _, role := range []string{"become", "become for sockets"} {
		cmd := as(inRole(t, role, dir), 0, 0, 0, 4, 27)
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS
		play(t, cmd)
	}
}

// alreadyRoot is the root of a user namespace that may not set groups.
func alreadyRoot(string) {
	before, err := os.ReadFile("/proc/self/status")
	if err != nil {
		problem("%v", err)
	}
	if became, err := BecomeUser("root", true); !became || err != nil {
		problem("becoming the user that it is: %v, %v", became, err)
	}
	_, groups, _ := strings.Cut(string(before), "\nGroups:\t")
	groups, _, _ = strings.Cut(groups, "\n")
	hasStatus(append(ids(0, 0), "Groups:\t"+groups)...)
	if _, err := BecomeUser("nobody", true); err == nil || !strings.HasPrefix(err.Error(), "Couldn't change to 'nobody' uid=") {
		problem("becoming another: %v", err)
	}
}

// TestAlreadyUser: to become the user that one is already nothing is needed, not
// even the right to set groups.
func TestAlreadyUser(t *testing.T) {
	for _, name := range []string{"root", "nobody"} {
		if _, err := user.Lookup(name); err != nil {
			t.Skipf("needs the user: %v", err)
		}
	}
	cmd := inRole(t, "already", "")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	play(t, cmd)
}

// plainUser is no root: there is nothing to give up, and nobody to look up.
func plainUser(string) {
	if became, err := BecomeUser("nosuchuser", false); became || err != nil {
		problem("BecomeUser: %v, %v", became, err)
	}
	hasStatus(ids(nobody, nobody)...)
	// What it does not have cannot be lent, and the error says what is missing.
	for _, c := range []struct {
		s        SetID
		uid, gid int
		want     string
	}{
		{SetID{0, 0}, 0, nobody, "can't become user 0: operation not permitted"},
		{SetID{0, 0}, nobody, 0, "can't become group 0: operation not permitted"},
		{SetID{0, 0}, 1, nobody, "can't become user 1: operation not permitted"},
		{SetID{nobody, 0}, nobody, 0, "can't become group 0: operation not permitted"},
	} {
		if err := c.s.become(c.uid, c.gid); err == nil || err.Error() != c.want {
			problem("%v becomes %d, %d: %v, want %s", c.s, c.uid, c.gid, err, c.want)
		}
	}
	s := &SetID{0, 0}
	if err := s.Use(func() error { problem("it is done without the right to"); return nil }); err == nil {
		problem("Use succeeds")
	}
	if err := s.Drop(false); err == nil {
		problem("Drop succeeds")
	}
	hasStatus(ids(nobody, nobody)...)
}

func TestPlainUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	dir := testenv.OpenDir(t)
	cmd := as(inRole(t, "plain", ""), nobody, nobody)
	cmd.Path, cmd.Dir = copyProgram(t, dir), "/"
	play(t, cmd)
}

func TestBecomeUnknownUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: without it the user is not looked up")
	}
	for name, shown := range map[string]string{"nosuchuser": "nosuchuser", strings.Repeat("x", 40): strings.Repeat("x", 32)} {
		if became, err := BecomeUser(name, false); became || err == nil || err.Error() != "Couldn't find user '"+shown+"'" {
			t.Errorf("%s: %t, %v", name, became, err)
		}
	}
}

// TestNoSetID: a program that has nothing beyond its user lends nothing.
func TestNoSetID(t *testing.T) {
	s, err := LendSetID()
	if s != nil || err != nil {
		t.Fatalf("LendSetID: %v, %v", s, err)
	}
	fails := errors.New("it fails")
	calls := 0
	if err := s.Use(func() error { calls++; return fails }); calls != 1 || err != fails {
		t.Errorf("Use calls it %d times: %v", calls, err)
	}
	for _, sockets := range []bool{false, true} {
		if err := s.Drop(sockets); err != nil {
			t.Errorf("Drop: %v", err)
		}
	}
}

// lendAndDrop is a set-UID program that works as its user but where it needs
// more.
func lendAndDrop(dir string) { lendAndKeep(dir, false, "0000000000000000") }

// lendForSockets is lendAndDrop for one that goes on opening packet sockets.
func lendForSockets(dir string) { lendAndKeep(dir, true, "0000000000002000") }

func lendAndKeep(dir string, sockets bool, capabilities string) {
	if os.Getuid() != nobody || os.Geteuid() != 0 {
		fmt.Printf("skip: set-UID has no effect in %s: user %d, effectively %d\n", dir, os.Getuid(), os.Geteuid())
		return
	}
	file := filepath.Join(dir, "f")
	write := func() error { return os.WriteFile(file, nil, 0o600) }
	s, err := LendSetID()
	if err != nil {
		problem("LendSetID: %v", err)
	}
	if err := write(); !errors.Is(err, fs.ErrPermission) {
		problem("writing into root's folder: %v", err)
	}
	groups := func(when string, gid int) {
		if got := syscall.Getegid(); got != gid {
			problem("%s the group is %d, want %d", when, got, gid)
		}
	}
	groups("at first", nobody)
	if err := s.Use(func() error { groups("with root's rights", 0); return write() }); err != nil {
		problem("the same with root's rights: %v", err)
	}
	groups("afterwards", nobody)
	fails := errors.New("it fails")
	if err := s.Use(func() error { return fails }); !errors.Is(err, fails) {
		problem("what fails with root's rights: %v", err)
	}
	groups("after what failed", nobody)
	if err := os.Remove(file); !errors.Is(err, fs.ErrPermission) {
		problem("removing it afterwards: %v", err)
	}
	if err := s.Drop(sockets); err != nil {
		problem("Drop: %v", err)
	}
	if err := s.Use(write); err == nil {
		problem("root's rights can be used after Drop")
	}
	hasStatus(append(ids(nobody, nobody), "CapPrm:\t"+capabilities, "CapEff:\t"+capabilities)...)
}

func TestSetID(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a set-UID program")
	}
	dir := testenv.OpenDir(t)
	program := copyProgram(t, dir)
	if err := os.Chmod(program, 0o755|os.ModeSetuid|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"setid", "setid for sockets"} {
		cmd := as(exec.Command(program), nobody, nobody)
		cmd.Dir = "/"
		cmd.Env = []string{roleVariable + "=" + role, dirVariable + "=" + dir}
		play(t, cmd)
	}
}
