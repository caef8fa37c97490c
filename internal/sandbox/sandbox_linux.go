package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	access "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Available reports whether Confine does anything on this system.
const Available = true

// Confine gives up, for good, everything that needs does not list: other files
// (Landlock), capabilities, and other system calls (seccomp). What the kernel
// does not have is left out.
func Confine(needs Needs) error {
	loadLazily()
	keep, err := needs.capabilities()
	if err != nil {
		return fmt.Errorf("can't find out about capabilities: %w", err)
	}
	// The order matters: each step takes away what it needed itself. What a
	// thread gives up, others keep: psx makes a call in all of them.
	if needs.Places == 0 {
		if err := needs.restrictFiles(); err != nil {
			return fmt.Errorf("can't restrict files with Landlock: %w", err)
		}
	}
	if err := dropCapabilities(keep); err != nil {
		return fmt.Errorf("can't drop capabilities: %w", err)
	}
	if err := needs.restrictCalls(); err != nil {
		return fmt.Errorf("can't restrict system calls with seccomp: %w", err)
	}
	return nil
}

// loadLazily reads what the standard library would read later, by name.
func loadLazily() {
	_ = time.Now().Local().String() // the time zone
}

func (n *Needs) removes() bool {
	return slices.ContainsFunc(n.Folders, func(f Folder) bool { return f.Remove })
}

func (n *Needs) renames() bool {
	return slices.ContainsFunc(n.Folders, func(f Folder) bool { return f.Rename })
}

// makesFolders reports whether folders are made, for files that get their names when
// they are whole.
func (f Folder) makesFolders() bool { return f.Below && f.Rename }

// restrictFiles leaves the files of needs, and of the network name servers.
func (n *Needs) restrictFiles() error {
	if n.Processes {
		return nil // a domain of Landlock does not see processes outside
	}
	const dns = 53
	c := landlock.V11
	// Signals between threads of a process are signals to others for kernels
	// that have this and restrict a thread at a time; seccomp has a rule for them.
	c.Scoped = 0
	var rules []landlock.Rule
	if len(n.ReadFiles) > 0 {
		rules = append(rules, landlock.PathAccess(access.AccessFSReadFile, n.ReadFiles...).IgnoreIfMissing())
	}
	for _, f := range n.Folders {
		rights := landlock.AccessFSSet(access.AccessFSWriteFile | access.AccessFSMakeReg | access.AccessFSTruncate)
		if f.Remove || f.Rename {
			rights |= access.AccessFSRemoveFile // of its name, too; seccomp tells them apart
		}
		if f.makesFolders() {
			rights |= access.AccessFSMakeDir
		}
		rules = append(rules, landlock.PathAccess(rights, f.Path).IgnoreIfMissing()) // opening a file there will tell
	}
	if n.Resolve {
		rules = append(rules, landlock.ConnectTCP(dns), landlock.ConnectSendUDP(dns), landlock.BindUDP(0))
	}
	for _, port := range n.Connect {
		rules = append(rules, landlock.ConnectTCP(port))
	}
	return c.BestEffort().Restrict(rules...)
}

// placeCapabilities are those that finding places takes: to enter a namespace, to
// open that of another's process, to open packet sockets in it, to read files that
// others keep to themselves, to have a device stamp packets, and to go where no
// devices of others are seen.
const placeCapabilities = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_NET_RAW |
	1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_SYS_CHROOT

// capabilities are those that the process has to keep, of those that it has: to
// open packet sockets, those for places, to look at processes of others, to tell
// netfilter what becomes of packets, and the one that
// lets root write into others' folders and files, if there are such among needs.
func (n *Needs) capabilities() (keep uint32, err error) {
	const override, raw = 1 << unix.CAP_DAC_OVERRIDE, 1 << unix.CAP_NET_RAW
	const others = 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
	asRoot := len(n.Folders) > 0 && os.Geteuid() == 0
	opens := n.NewSockets > 0 && n.Handed == 0 // those for places below
	if !asRoot && !opens && n.Places == 0 && !n.Processes && !n.Verdicts {
		return 0, nil
	}
	// Capabilities are a thread's.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has, none [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return 0, err
	}
	if opens {
		keep = has[0].Effective & raw
	}
	if n.Places > 0 {
		return has[0].Effective & placeCapabilities, nil
	}
	if n.Processes {
		keep |= has[0].Effective & others
	}
	if n.Verdicts {
		keep |= has[0].Effective & (1 << unix.CAP_NET_ADMIN)
	}
	if !asRoot || has[0].Effective&override == 0 {
		return keep, nil
	}
	for i := range has {
		none[i] = unix.CapUserData{Permitted: has[i].Permitted, Inheritable: has[i].Inheritable}
	}
	if err := unix.Capset(&header, &none[0]); err != nil {
		return 0, err
	}
	writable := !slices.ContainsFunc(n.Folders, func(f Folder) bool { return !f.writable() })
	if err := unix.Capset(&header, &has[0]); err != nil {
		return 0, err
	}
	if writable {
		return keep, nil
	}
	return keep | override, nil
}

// writable reports whether files can be made in the folder, and those emptied
// that may be overwritten, as things are.
func (f *Folder) writable() bool {
	may := func(name string, mode uint32) bool {
		return unix.Faccessat(unix.AT_FDCWD, name, mode, unix.AT_EACCESS) == nil
	}
	if f.Below || !may(f.Path, unix.W_OK|unix.X_OK) {
		return false
	}
	if f.New {
		return true
	}
	there, err := os.ReadDir(f.Path)
	if err != nil {
		return false // as nobody knows what is there
	}
	names := f.Names
	if f.Rename {
		names = "." + names // what is renamed to a name takes its place
	}
	for _, entry := range there {
		if strings.HasPrefix(entry.Name(), names) && !entry.IsDir() && !may(filepath.Join(f.Path, entry.Name()), unix.W_OK) {
			return false
		}
	}
	return true
}

func dropCapabilities(keep uint32) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	set := [2]unix.CapUserData{{Effective: keep, Permitted: keep}}
	if _, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&set[0])), 0); errno != 0 {
		return errno
	}
	return nil
}

// restrictCalls sets no-new-privileges and installs the seccomp program, in all
// threads.
func (n *Needs) restrictCalls() error {
	// Landlock needed it, too, where there is Landlock.
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set == 0 {
		if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
			return errno
		}
	}
	program, err := seccompProgram(n)
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
