package live

import (
	"errors"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/kernelfilter"
)

// Namespace is an open network namespace (network_namespaces(7)). It stays while
// it is open, and while sockets in it are. nil stands for the one that the program
// is in. Its methods may be called from several goroutines.
type Namespace struct {
	file *os.File
	id   NamespaceID
}

// OpenNamespace opens the network namespace that a file stands for:
// /run/netns/NAME, or /proc/PID/ns/net. The error is the system's, EINVAL where the
// file stands for something else.
func OpenNamespace(path string) (*Namespace, error) {
	// What is no namespace, such as a pipe, keeps nobody waiting.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	fd = apart(fd) // others are for what is written to
	n := &Namespace{file: os.NewFile(uintptr(fd), path)}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil || kind != unix.CLONE_NEWNET {
		return nil, errors.Join(unix.EINVAL, n.file.Close())
	}
	if n.id, err = namespaceID(fd); err != nil {
		return nil, errors.Join(err, n.file.Close())
	}
	return n, nil
}

// OwnNamespace is the ID of the namespace that the program is in.
func OwnNamespace() (NamespaceID, error) {
	n, err := OpenNamespace("/proc/self/ns/net")
	if err != nil {
		return NamespaceID{}, err
	}
	return n.id, n.file.Close()
}

func namespaceID(fd int) (NamespaceID, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return NamespaceID{Device: uint64(st.Dev), Inode: st.Ino}, err
}

// ID tells namespaces apart.
func (n *Namespace) ID() NamespaceID { return n.id }

// number is what packets of the namespace are told apart by, 0 for the program's own.
func (n *Namespace) number() uint32 {
	if n == nil {
		return 0
	}
	return uint32(n.id.Inode)
}

// Close closes the namespace. Sockets in it go on.
func (n *Namespace) Close() error { return n.file.Close() }

// Do calls f in the namespace, in a thread of its own, which ends with it. Sockets
// that f opens stay in the namespace, also for others. Entering it takes the
// capability CAP_SYS_ADMIN; without, the error is EPERM.
func (n *Namespace) Do(f func() error) error {
	if n == nil {
		return f()
	}
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and ends with it: the thread is of no use to others
		if unix.Gettid() != unix.Getpid() {
			err = n.enter(f)
			return
		}
		// The first thread stays to the end, and in its namespace.
		err = n.Do(f)
		runtime.UnlockOSThread()
	}()
	<-done
	return err
}

// enter calls f with the calling thread in the namespace.
func (n *Namespace) enter(f func() error) error {
	if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
		return os.NewSyscallError("setns", err)
	}
	if err := showDevices(); err != nil {
		return err
	}
	return f()
}

// showDevices has the calling thread find the devices of its namespace in
// /sys/class/net. Where that cannot be, it finds none there: those of the same name
// in another namespace are others.
func showDevices() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, "")
	if err == nil {
		err = unix.Mount("sysfs", "/sys", "sysfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
	if err != nil {
		return os.NewSyscallError("chroot", unix.Chroot("/proc/self/fdinfo"))
	}
	return nil
}

// End ends a capture, which may be part of another, as if its device had gone, for
// a reason in words. What has come is yielded. It may be called where Next may.
func (l *Live) End(reason string) {
	if hasSources { // else nothing that sources take is linked
		if e, ok := l.engine.(*sourceEngine); ok {
			e.end(reason)
			return
		}
	}
	e, ok := l.engine.(*ringEngine)
	if !ok || len(e.rings) == 0 || e.gone {
		return
	}
	e.filterRings(kernelfilter.Reject()) // else what comes is yielded up to the deadline
	e.reason, e.gone, e.deadline = reason, true, time.Now().Add(e.holdback())
	e.rings[0].down = true
}
