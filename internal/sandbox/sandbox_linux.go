package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Available says whether Confine does anything on this system.
const Available = true

// Confine gives up, for good, everything that Needs does not list: other files
// (Landlock), other system calls (seccomp), and capabilities other than those
// that let root use any file. What the kernel does not have is left out.
func Confine(needs Needs) error {
	loadLazily()
	// The order matters: each step takes away what it needed itself. What a
	// thread gives up, others keep: psx makes a call in all of them.
	if err := restrictFiles(needs); err != nil {
		return fmt.Errorf("can't restrict the file system with Landlock: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("can't drop capabilities: %w", err)
	}
	if err := restrictCalls(needs); err != nil {
		return fmt.Errorf("can't restrict system calls with seccomp: %w", err)
	}
	return nil
}

// loadLazily reads what the standard library would read later, by name.
func loadLazily() {
	_ = time.Now().Local().String() // the time zone
}

// restrictFiles leaves the files of needs, and those that names are looked up in
// and the interfaces' counts of lost packets are read from.
func restrictFiles(needs Needs) error {
	rules := []landlock.Rule{
		landlock.RODirs("/etc", "/run/systemd/resolve", "/sys/class/net", "/sys/devices").IgnoreIfMissing(),
		landlock.ROFiles(needs.ReadFiles...).IgnoreIfMissing(),
	}
	for _, dir := range needs.WriteDirs {
		resolved, err := filepath.EvalSymlinks(dir)
		if err != nil {
			continue // opening the file there will tell
		}
		rules = append(rules, landlock.RWDirs(resolved).WithRefer())
	}
	return landlock.V5.BestEffort().RestrictPaths(rules...)
}

// fileCapabilities are what makes root see and change every file: without them
// rotation could not go on in another user's directory.
const fileCapabilities = 1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH |
	1<<unix.CAP_FOWNER | 1<<unix.CAP_FSETID

func dropCapabilities() error {
	keep := uint32(0)
	if os.Geteuid() == 0 {
		keep = fileCapabilities
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return err
	}
	keep &= has[0].Permitted
	if has[0].Permitted == keep && has[1].Permitted == 0 {
		return nil
	}
	set := [2]unix.CapUserData{{Effective: keep, Permitted: keep}}
	if _, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&set[0])), 0); errno != 0 {
		return errno
	}
	return nil
}

// restrictCalls sets no-new-privileges and installs the seccomp program, in all
// threads.
func restrictCalls(needs Needs) error {
	// Landlock needed it, too, where there is Landlock.
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set == 0 {
		if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
			return errno
		}
	}
	program, err := seccompProgram(needs)
	if err != nil || program == nil {
		return err
	}
	code := make([]unix.SockFilter, len(program))
	for i, ins := range program {
		code[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&fprog)))
	switch {
	case errno == unix.ENOSYS, errno == unix.EINVAL:
		return nil // a kernel without it
	case errno != 0:
		return errno
	case thread != 0:
		return errors.New("a thread could not be included")
	}
	return nil
}
