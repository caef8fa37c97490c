//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// world is what acts have to work with, opened before the process is confined.
type world struct {
	dir        string // with files named, secret and mark, and folders out and else
	mark       *os.File
	victim     int // another process
	pidfd      int
	master     *os.File // of the terminal
	terminal   int
	modes      unix.Termios // of terminal
	monitor    int          // stands for usbmon: a device that knows no requests
	packets    int          // a packet socket bound to the loopback, -1 without the right to one
	bus        int          // a stream that is connected to a message bus, or could be, -1 without
	adapter    int          // stands for an HCI socket: one that messages come from, -1 without
	owner      int          // a socket of generic netlink, as monitor interfaces go with; -1 as packets
	local      int          // a local socket to which somebody has connected
	otherLocal int          // another, that nobody is to connect to
	watcher    int          // of inotify(7), which watches the folder
	listener   int          // a TCP socket that listens, -1 without a loopback
	accepted   int          // one that is connected to it, -1 without
	program    string
	netfilter  int // a socket by which netfilter is asked, -1 without
	networks   int // of another pair, for what asks the kernel about sockets
	handed     int // the end of a pair of sockets, through which a descriptor comes
	other      int // of another pair, likewise
	network    int // the network namespace
	names      int // the namespace of the host's name

	masterNumber int // the descriptor of master
}

var errNothing = errors.New("there is nothing to try it on")

// makeWorld opens what acts use.
func makeWorld(dir string) (*world, error) {
	w := &world{dir: dir, terminal: -1, packets: -1, bus: -1, owner: -1, listener: -1, accepted: -1, pidfd: -1}
	var err error
	if w.mark, err = os.OpenFile(w.path("mark"), os.O_RDWR, 0); err != nil {
		return nil, err
	}
	// It ends with this process, whose end of the pipe that it reads is closed then.
	cat := exec.Command("cat")
	if _, err := cat.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cat.Start(); err != nil {
		return nil, err
	}
	w.victim = cat.Process.Pid
	w.pidfd, _ = unix.PidfdOpen(w.victim, 0)
	if w.program, err = exec.LookPath("true"); err != nil {
		return nil, err
	}
	if master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err == nil {
		w.master = master
		unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
		if n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN); err == nil {
			w.terminal, _ = unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY, 0)
		}
		w.masterNumber = int(master.Fd())
		if modes, err := unix.IoctlGetTermios(w.terminal, unix.TCGETS); err == nil {
			w.modes = *modes
		}
	}
	if w.monitor, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, err
	}
	w.openPackets()
	if w.netfilter, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER); err != nil {
		w.netfilter = -1
	}
	w.openListener()
	if err := w.openPairs(); err != nil {
		return nil, err
	}
	w.local, w.otherLocal = w.listenLocally("a"), w.listenLocally("b")
	if w.watcher, err = unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC); err == nil {
		_, err = unix.InotifyAddWatch(w.watcher, w.dir, unix.IN_ATTRIB)
	}
	return w, err
}

// listenLocally opens a local socket without a file, and connects to it.
func (w *world) listenLocally(name string) int {
	address := &unix.SockaddrUnix{Name: "@" + w.dir + name}
	fd, err1 := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	client, err2 := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if errors.Join(err1, err2) != nil || unix.Bind(fd, address) != nil || unix.Listen(fd, 5) != nil || unix.Connect(client, address) != nil {
		return -1
	}
	return fd
}

// openListener opens a socket that listens on the loopback, and a connection to it.
func (w *world) openListener() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil || unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}) != nil || unix.Listen(fd, 1) != nil {
		return
	}
	where, err := unix.Getsockname(fd)
	if err != nil {
		return
	}
	w.listener = fd
	other, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil || unix.Connect(other, where) != nil {
		return
	}
	if conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC); err == nil {
		w.accepted = conn
	}
}

// give has needs name what there is, and closes what they do not need and who has it by
// chance may write to.
func (w *world) give(s *Sources) {
	for _, kind := range []struct {
		needed *[]int
		fd     *int
		writes bool
	}{{&s.Bluetooth, &w.adapter, true}, {&s.USB, &w.monitor, false}, {&s.Netfilter, &w.netfilter, false}, {&s.DBus, &w.bus, true}} {
		if *kind.needed != nil {
			*kind.needed = []int{*kind.fd}
		} else if kind.writes {
			unix.Close(*kind.fd)
			*kind.fd = -1
		}
	}
}

// openPairs opens sockets through which a descriptor comes, and namespaces.
func (w *world) openPairs() error {
	for _, end := range []*int{&w.handed, &w.networks, &w.other} {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Sendmsg(pair[1], []byte{1}, unix.UnixRights(int(w.mark.Fd())), nil, 0); err != nil {
			return err
		}
		*end = pair[0]
	}
	if pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
		w.bus = pair[0]
		unix.Write(pair[1], []byte("message"))
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if w.adapter = pair[0]; unix.Send(pair[1], []byte("frame"), 0) != nil {
		return errNothing
	}
	w.network, _ = unix.Open("/proc/self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	w.names, _ = unix.Open("/proc/self/ns/uts", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return nil
}

// openPackets opens a packet socket on the loopback, brought up.
func (w *world) openPackets() {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	ifr, _ := unix.NewIfreq("lo")
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr) != nil || unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr) != nil ||
		unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: int(ifr.Uint32())}) != nil {
		return
	}
	w.packets = fd
	if fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC); err == nil && unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) == nil {
		w.owner = fd
	}
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// act is something that a confined process may try.
type act struct {
	name string
	by   []string // the rows of the table that allow it
	// Without Landlock, which rows allow it too: a system call that opens one file
	// opens any.
	bare []string
	try  func(w *world) error
}

var (
	always    = []string{"run"}
	reading   = []string{"read files"}
	making    = []string{"make files"}
	removing  = []string{"remove files"}
	asking    = []string{"ask name servers"}
	serving   = []string{"serve readers"}
	toServers = []string{"connect to servers"}
	naming    = []string{"name interfaces"}
	capturing = []string{"capture"}
	ofUSB     = []string{"capture from USB"}
	bluetooth = []string{"capture from Bluetooth"}
	goPcap    = []string{"capture with go-pcap"}
	opening   = []string{"open packet sockets"}
	accepting = []string{"take connections"}
	receiving = []string{"take packet sockets"}
	finding   = []string{"find places"}
	judging   = []string{"give verdicts"}
	newOnes   = slicesOf(opening, receiving)
	looking   = []string{"look at processes"}
	askers    = []string{"take sockets that ask"}
	handingOn = []string{"hand on sockets that ask"}
	seeing    = []string{"see the terminal"}
	keys      = []string{"take keys"}
)

// acts are all that is tried, in an order in which none is in the way of another.
// Most must not be possible at all.
func acts() []act {
	return slicesOf(fileActs(), processActs(), systemActs(), terminalActs(), memoryActs(), socketActs(), packetActs(), ownerActs(), sourceActs(), newPacketActs(), placeActs(), lastActs())
}

func slicesOf[T any](lists ...[]T) (all []T) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// openingFile is an act that opens a file.
func openingFile(name string, flags int, mode uint32) func(*world) error {
	return func(w *world) error {
		fd, err := unix.Openat(unix.AT_FDCWD, w.path(name), flags|unix.O_CLOEXEC, mode)
		if err == nil {
			unix.Close(fd)
		}
		return err
	}
}

func fileActs() []act {
	const create = unix.O_WRONLY | unix.O_CREAT
	return []act{
		{"read a secret file", slicesOf(looking, finding), reading, openingFile("secret", unix.O_RDONLY, 0)},
		{"read the shadow file", slicesOf(looking, finding), reading, func(*world) error { _, err := os.ReadFile("/etc/shadow"); return err }},
		{"read a named file", slicesOf(reading, looking, finding), nil, openingFile("named", unix.O_RDONLY, 0)},
		{"write to a named file", nil, making, openingFile("named", unix.O_WRONLY, 0)},
		{"read in the folder", slicesOf(looking, finding), reading, openingFile("out/old", unix.O_RDONLY, 0)},
		{"read and write in the folder", nil, nil, openingFile("out/old", unix.O_RDWR, 0)},
		{"list the folder", slicesOf(looking, finding), nil, func(w *world) error { _, err := os.ReadDir(w.path("out")); return err }},
		{"make a file in the folder", making, nil, openingFile("out/made", create|unix.O_EXCL, 0o666)},
		{"empty a file in the folder", making, nil, openingFile("out/old", create|unix.O_TRUNC, 0o666)},
		{"make a file elsewhere", nil, making, openingFile("else/made", create, 0o666)},
		{"empty a file elsewhere", nil, making, openingFile("secret", unix.O_WRONLY|unix.O_TRUNC, 0)},
		{"make a set-UID file in the folder", nil, nil, openingFile("out/setuid", create, 0o4755)},
		{"make a set-GID file in the folder", nil, nil, openingFile("out/setgid", create, 0o2755)},
		{"make a sticky file in the folder", nil, nil, openingFile("out/sticky", create, 0o1644)},
		{"make a set-UID file without a name", nil, nil, openingFile("out", unix.O_TMPFILE|unix.O_WRONLY, 0o4755)},
		{"make a set-UID file with bits above", nil, nil, openingFile("out/setuid2", create, 0xfff00000|0o4755)},
		{"remove a file in the folder", removing, nil, func(w *world) error { return unix.Unlink(w.path("out/gone")) }},
		{"remove a file elsewhere", nil, removing, func(w *world) error { return unix.Unlink(w.path("else/gone")) }},
		{"remove a folder", nil, nil, func(w *world) error { return unix.Rmdir(w.path("out/empty")) }},
		{"rename a file", []string{"rename files"}, nil, func(w *world) error { return unix.Rename(w.path("out/stays"), w.path("out/new")) }},
		{"link a file", nil, nil, func(w *world) error { return unix.Link(w.path("out/old"), w.path("out/link")) }},
		{"link symbolically", nil, nil, func(w *world) error { return unix.Symlink("/etc", w.path("out/symlink")) }},
		{"rename a file elsewhere", nil, []string{"rename files"}, func(w *world) error { return unix.Rename(w.path("else/stays"), w.path("else/new")) }},
		{"rename a file over one elsewhere", nil, []string{"rename files"}, func(w *world) error { return unix.Rename(w.path("out/moves"), w.path("else/moved")) }},
		{"exchange files", nil, nil, func(w *world) error {
			return unix.Renameat2(unix.AT_FDCWD, w.path("out/old"), unix.AT_FDCWD, w.path("out/new"), unix.RENAME_EXCHANGE)
		}},
		{"make a folder", []string{"make folders"}, nil, func(w *world) error { return unix.Mkdir(w.path("out/folder"), 0o700) }},
		{"make a folder elsewhere", nil, []string{"make folders"}, func(w *world) error { return unix.Mkdir(w.path("else/folder"), 0o700) }},
		{"make a set-GID folder", nil, nil, func(w *world) error { return unix.Mkdir(w.path("out/setgid"), 0o2700) }},
		{"make a pipe", nil, nil, func(w *world) error { return unix.Mkfifo(w.path("out/pipe"), 0o600) }},
		{"change a mode", nil, nil, func(w *world) error { return unix.Chmod(w.path("out/old"), 0o4755) }},
		{"change the mode of an open file", nil, nil, func(w *world) error { return w.mark.Chmod(os.ModeSetuid | 0o755) }},
		{"change an owner", nil, nil, func(w *world) error { return unix.Chown(w.path("out/old"), os.Getuid(), os.Getgid()) }},
		{"set an attribute", nil, nil, func(w *world) error { return unix.Setxattr(w.path("out/old"), "user.x", []byte("x"), 0) }},
		{"cut a file by its name", nil, nil, func(w *world) error { return unix.Truncate(w.path("out/old"), 0) }},
		{"change the times of a file", nil, nil, func(w *world) error { return os.Chtimes(w.path("out/old"), time.Now(), time.Now()) }},
		{"ask about a file", []string{"read files", "make files", "ask name servers", "find places", "look at processes"}, nil,
			func(w *world) error { _, err := os.Stat(w.path("secret")); return err }},
		{"openat2", nil, nil, func(w *world) error {
			_, err := unix.Openat2(unix.AT_FDCWD, w.path("secret"), &unix.OpenHow{})
			return err
		}},
		{"the handle of a file", nil, nil, func(w *world) error {
			_, _, err := unix.NameToHandleAt(unix.AT_FDCWD, w.path("secret"), 0)
			return err
		}},
		{"go to another folder", nil, nil, func(*world) error { return unix.Chdir("/") }},
		{"chroot", finding, nil, func(*world) error { return unix.Chroot("/") }},
		{"write to an open file", always, nil, func(w *world) error { _, err := w.mark.WriteAt([]byte("x"), 0); return err }},
		{"watch a folder", finding, nil, func(w *world) error {
			_, err := unix.InotifyAddWatch(w.watcher, w.path("out"), unix.IN_CREATE)
			return err
		}},
		{"watch otherwise", finding, nil, func(*world) error { _, err := unix.InotifyInit1(unix.IN_CLOEXEC); return err }},
		{"hear of what is watched", always, nil, func(w *world) error {
			if _, err := unix.Read(w.watcher, make([]byte, 4096)); err != unix.EAGAIN {
				return err
			}
			return nil
		}},
		{"cut an open file", always, nil, func(w *world) error { return w.mark.Truncate(1) }},
	}
}

func processActs() []act {
	return []act{
		{"run a program", nil, nil, func(w *world) error { return exec.Command(w.program).Run() }},
		{"signal the process group", nil, nil, func(*world) error { return unix.Kill(0, 0) }},
		{"signal a thread of another process", nil, nil, func(w *world) error { return unix.Tgkill(w.victim, w.victim, 0) }},
		{"signal itself", always, nil, func(*world) error { return unix.Kill(os.Getpid(), 0) }},
		{"open another process", finding, nil, func(w *world) error { _, err := unix.PidfdOpen(w.victim, 0); return err }},
		{"have a file signal another process", nil, nil, func(w *world) error {
			_, err := unix.FcntlInt(w.mark.Fd(), unix.F_SETOWN, w.victim)
			return err
		}},
		{"see what another process has open", looking, nil, func(w *world) error {
			_, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", w.victim))
			return err
		}},
		{"trace another process", nil, nil, func(w *world) error { return unix.PtraceSeize(w.victim) }},
		{"read another's memory", nil, nil, func(w *world) error {
			var b [1]byte
			local := []unix.Iovec{{Base: &b[0], Len: 1}}
			// An address that is not there: EFAULT is an answer.
			if _, err := unix.ProcessVMReadv(w.victim, local, []unix.RemoteIovec{{Base: 1, Len: 1}}, 0); err != unix.EFAULT {
				return err
			}
			return nil
		}},
		{"limit another process", nil, nil, func(w *world) error { return unix.Prlimit(w.victim, unix.RLIMIT_CORE, nil, &unix.Rlimit{}) }},
		{"the priority of another process", nil, nil, func(w *world) error { return unix.Setpriority(unix.PRIO_PROCESS, w.victim, 19) }},
		{"become another user", nil, nil, func(*world) error { return unix.Setuid(os.Getuid()) }},
		{"change a property of the process", nil, nil, func(*world) error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }},
		{"work as Go does", always, nil, func(*world) error { work(); return nil }},
	}
}

// call is an act that makes a system call.
func call(number uintptr, args ...uintptr) func(*world) error {
	var a [6]uintptr
	copy(a[:], args)
	return func(*world) error {
		_, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		if errno != 0 && errno != unix.EINVAL && errno != unix.EFAULT { // it was let through
			return errno
		}
		return nil
	}
}

func systemActs() []act {
	return []act{
		{"other namespaces", nil, nil, func(*world) error { return unix.Unshare(unix.CLONE_NEWUTS) }},
		{"rename the host", nil, nil, func(*world) error { return unix.Sethostname([]byte("x")) }},
		{"bpf", nil, nil, call(unix.SYS_BPF)},
		{"perf_event_open", nil, nil, call(unix.SYS_PERF_EVENT_OPEN)},
		{"io_uring_setup", nil, nil, call(unix.SYS_IO_URING_SETUP)},
		{"keyctl", nil, nil, call(unix.SYS_KEYCTL, 0, ^uintptr(1), 1)},
		{"userfaultfd", nil, nil, call(unix.SYS_USERFAULTFD)},
		{"seccomp", nil, nil, call(unix.SYS_SECCOMP, ^uintptr(0))},
		{"personality", nil, nil, call(unix.SYS_PERSONALITY, 0xffffffff)},
		{"put a character into a terminal's input", nil, nil, func(w *world) error {
			if w.terminal < 0 {
				return errNothing
			}
			c := byte('x')
			_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(w.terminal), unix.TIOCSTI, uintptr(unsafe.Pointer(&c)))
			if errno != 0 {
				return errno
			}
			return nil
		}},
	}
}

// terminalActs are about two terminals, one of which is ours to ask and to set: the other
// is the first one's master.
func terminalActs() []act {
	control := func(request uintptr, of func(w *world) (fd int, arg unsafe.Pointer)) func(w *world) error {
		return func(w *world) error {
			if w.terminal < 0 {
				return errNothing
			}
			fd, arg := of(w)
			if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
				return errno
			}
			return nil
		}
	}
	size := func(w *world) (int, unsafe.Pointer) { return w.terminal, unsafe.Pointer(new(unix.Winsize)) }
	modes := func(w *world) (int, unsafe.Pointer) { return w.terminal, unsafe.Pointer(&w.modes) }
	ofMaster := func(of func(*world) (int, unsafe.Pointer)) func(w *world) (int, unsafe.Pointer) {
		return func(w *world) (int, unsafe.Pointer) {
			_, arg := of(w)
			return w.masterNumber, arg
		}
	}
	return []act{
		{"the size of a terminal", seeing, nil, control(unix.TIOCGWINSZ, size)},
		{"the size of another terminal", nil, nil, control(unix.TIOCGWINSZ, ofMaster(size))},
		{"another size of a terminal", nil, nil, control(unix.TIOCSWINSZ, size)},
		{"set a terminal's modes", keys, nil, control(unix.TCSETS, modes)},
		{"set them later", nil, nil, control(unix.TCSETSW, modes)},
		{"set them and throw away what was typed", nil, nil, control(unix.TCSETSF, modes)},
		{"set another terminal's modes", nil, nil, control(unix.TCSETS, ofMaster(modes))},
		{"a terminal's modes", nil, nil, control(unix.TCGETS, modes)},
		{"keep others off a terminal", nil, nil, control(unix.TIOCEXCL, func(w *world) (int, unsafe.Pointer) { return w.terminal, nil })},
		{"throw away what waits in a terminal", nil, nil, control(unix.TCFLSH, func(w *world) (int, unsafe.Pointer) { return w.terminal, nil })},
	}
}

func memoryActs() []act {
	return []act{
		{"memory that is written and run", nil, nil, func(*world) error {
			_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
			return err
		}},
		{"memory that is run later", nil, nil, func(*world) error {
			b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				return err
			}
			return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
		}},
		{"map a file", nil, nil, func(w *world) error {
			_, err := unix.Mmap(int(w.mark.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
			return err
		}},
		{"a file in memory", nil, nil, func(*world) error { _, err := unix.MemfdCreate("x", 0); return err }},
	}
}

// socket is an act that opens one.
func socket(family, kind, protocol int) func(*world) error {
	return func(*world) error {
		fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
		if err == nil {
			unix.Close(fd)
		}
		return err
	}
}

// connecting is an act that connects to a port of this host, where nobody needs
// to listen.
func connecting(kind, port int) func(*world) error {
	return func(*world) error {
		fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
		if err == unix.ECONNREFUSED || err == unix.ENETUNREACH {
			return nil
		}
		return err
	}
}

func socketActs() []act {
	all := []act{
		{"a UDP socket", asking, nil, socket(unix.AF_INET, unix.SOCK_DGRAM, 0)},
		{"a UDP socket for IPv6", asking, nil, socket(unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDP)},
		{"a TCP socket", slicesOf(asking, toServers), nil, socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, unix.IPPROTO_TCP)},
		{"a raw socket", nil, nil, socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)},
		{"an ICMP socket", nil, nil, socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)},
		{"a multipath TCP socket", nil, nil, socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)},
		{"a packet socket", slicesOf(opening, finding), nil, socket(unix.AF_PACKET, unix.SOCK_RAW, 0)},
		{"a packet socket that hears at once", nil, nil, socket(unix.AF_PACKET, unix.SOCK_RAW, int(htons(unix.ETH_P_ALL)))},
		{"a local socket", nil, nil, socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)},
		{"take a connection", accepting, nil, taking(func(w *world) int { return w.local }, unix.SOCK_CLOEXEC)},
		{"take a connection of another socket", nil, nil, taking(func(w *world) int { return w.otherLocal }, unix.SOCK_CLOEXEC)},
		{"take a connection otherwise", nil, nil, func(w *world) error { return call(unix.SYS_ACCEPT, uintptr(w.local))(w) }},
		{"listen again", nil, nil, func(w *world) error { return unix.Listen(w.local, 5) }},
		{"bind a local socket", nil, nil, func(w *world) error {
			if err := unix.Bind(w.local, &unix.SockaddrUnix{Name: w.path("out/socket")}); err != unix.EINVAL { // it is bound
				return err
			}
			return nil
		}},
		{"a pair of sockets", nil, nil, func(*world) error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
		{"netlink for interfaces", slicesOf(naming, finding), nil, socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)},
		{"UDP to a name server", asking, nil, connecting(unix.SOCK_DGRAM, 53)},
	}
	for name, protocol := range map[string]int{
		"netfilter": unix.NETLINK_NETFILTER, "generic": unix.NETLINK_GENERIC, "events": unix.NETLINK_KOBJECT_UEVENT,
		"diagnosis": unix.NETLINK_SOCK_DIAG, "audit": unix.NETLINK_AUDIT, "IPsec": unix.NETLINK_XFRM,
	} {
		var by []string
		if protocol == unix.NETLINK_GENERIC {
			by = finding
		}
		if protocol == unix.NETLINK_SOCK_DIAG {
			by = handingOn
		}
		all = append(all, act{"netlink for " + name, by, nil, socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol)})
	}
	nameServer := act{name: "TCP to a name server", by: asking, try: connecting(unix.SOCK_STREAM, 53)}
	server := act{name: "TCP to a server", by: toServers, try: connecting(unix.SOCK_STREAM, serverPort)}
	elsewhere := act{name: "TCP to another port", try: connecting(unix.SOCK_STREAM, 9)}
	if landlockVersion() < 4 { // which alone sees ports
		for _, a := range []*act{&nameServer, &server, &elsewhere} {
			a.by = slicesOf(asking, toServers)
		}
	}
	return append(append(all, nameServer, server, elsewhere), servingActs()...)
}

// serverPort is the one that may be connected to.
const serverPort = 57012

// servingActs are about the socket that listens, and its connection.
func servingActs() []act {
	on := func(fd func(*world) int, try func(fd int) error) func(*world) error {
		return func(w *world) error {
			if fd(w) < 0 {
				return errNothing
			}
			return try(fd(w))
		}
	}
	listener, conn := func(w *world) int { return w.listener }, func(w *world) int { return w.accepted }
	option := func(level, name int) func(fd int) error {
		return func(fd int) error { return unix.SetsockoptInt(fd, level, name, 1) }
	}
	return []act{
		{"accept a connection", accepting, nil, on(listener, func(fd int) error {
			if _, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC); err != unix.EAGAIN { // there is none
				return err
			}
			return nil
		})},
		{"write to a connection", always, nil, on(conn, func(fd int) error { _, err := unix.Write(fd, []byte("x")); return err })},
		{"keep a connection alive", slicesOf(serving, asking, toServers), nil, on(conn, option(unix.SOL_SOCKET, unix.SO_KEEPALIVE))},
		{"mark a connection", nil, nil, on(conn, option(unix.SOL_SOCKET, unix.SO_MARK))},
		{"send a connection elsewhere", nil, nil, on(conn, func(fd int) error { return unix.Sendto(fd, []byte("x"), 0, &unix.SockaddrInet4{Port: 9}) })},
		{"end what is sent to a connection", serving, nil, on(conn, func(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) })},
		{"end what comes from it", nil, nil, on(conn, func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RD) })},
		{"listen on another port", nil, nil, func(w *world) error { return unix.Listen(max(w.listener, 0), 5) }},
		{"bind another port", nil, nil, on(listener, func(fd int) error {
			if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != unix.EINVAL { // it is bound
				return err
			}
			return nil
		})},
	}
}

// taking is an act that takes a connection, if there is one.
func taking(from func(*world) int, flags int) func(*world) error {
	return func(w *world) error {
		if from(w) < 0 {
			return errNothing
		}
		fd, _, err := unix.Accept4(from(w), flags)
		switch err {
		case nil:
			return unix.Close(fd)
		case unix.EAGAIN: // it was taken
			return nil
		}
		return err
	}
}

// onPackets is an act on the packet socket.
func onPackets(try func(fd int) error) func(*world) error {
	return func(w *world) error {
		if w.packets < 0 {
			return errNothing
		}
		return try(w.packets)
	}
}

func packetActs() []act {
	frame := append(bytes.Repeat([]byte{2}, 12), make([]byte, 48)...)
	flags := func(request uint) func(fd int) error {
		return func(fd int) error {
			ifr, _ := unix.NewIfreq("lo")
			ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
			return unix.IoctlIfreq(fd, request, ifr)
		}
	}
	option := func(level, name int) func(fd int) error {
		return func(fd int) error { return unix.SetsockoptInt(fd, level, name, 0) }
	}
	return []act{
		{"send a packet", nil, nil, onPackets(func(fd int) error { return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: 1}) })},
		{"send a packet as a message", nil, nil, onPackets(func(fd int) error { return unix.Sendmsg(fd, frame, nil, &unix.SockaddrLinklayer{Ifindex: 1}, 0) })},
		{"write a packet", nil, nil, onPackets(func(fd int) error { _, err := unix.Write(fd, frame); return err })},
		{"write a packet in pieces", nil, nil, onPackets(func(fd int) error { _, err := unix.Writev(fd, [][]byte{frame}); return err })},
		{"copy the socket's descriptor", nil, nil, onPackets(func(fd int) error { _, err := unix.Dup(fd); return err })},
		{"copy it to a number", nil, nil, onPackets(func(fd int) error { return unix.Dup3(fd, 100, 0) })},
		{"copy it otherwise", nil, nil, onPackets(func(fd int) error { _, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); return err })},
		{"let no packet in", slicesOf(capturing, goPcap, newOnes), nil, onPackets(func(fd int) error {
			reject := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
			return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &reject})
		})},
		{"why waiting ended", slicesOf(capturing, goPcap), nil, onPackets(func(fd int) error {
			_, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
			return err
		})},
		{"wait for a packet", always, nil, onPackets(func(fd int) error {
			err := error(unix.EINTR) // the runtime's signals
			for err == unix.EINTR {
				_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			}
			return err
		})},
		{"the counts", capturing, nil, onPackets(func(fd int) error {
			_, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
			return err
		})},
		{"the state of an interface", capturing, nil, onPackets(flags(unix.SIOCGIFFLAGS))},
		{"change an interface", nil, nil, onPackets(flags(unix.SIOCSIFFLAGS))},
		{"take the filter away", nil, nil, onPackets(func(fd int) error {
			if err := option(unix.SOL_SOCKET, unix.SO_DETACH_FILTER)(fd); err != unix.ENOENT { // there is none
				return err
			}
			return nil
		})},
		{"the name of an interface", capturing, nil, onPackets(func(fd int) error {
			ifr, _ := unix.NewIfreq("")
			ifr.SetUint32(1)
			return unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr)
		})},
		{"the number of an interface", slicesOf(opening, finding), nil, onPackets(func(fd int) error {
			ifr, _ := unix.NewIfreq("lo")
			return unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr)
		})},
		{"make an interface promiscuous", newOnes, nil, onPackets(func(fd int) error {
			return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &unix.PacketMreq{Ifindex: 1, Type: unix.PACKET_MR_PROMISC})
		})},
		{"bind it elsewhere", nil, nil, onPackets(func(fd int) error { return unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: 1}) })},
	}
}

// firstSocket is the descriptor that new packet sockets are moved to.
const firstSocket = 512

// onNewSocket is an act on a packet socket that is opened only then: moved to
// where no files are, and bound to the loopback, if it is to be.
func onNewSocket(move, bind bool, try func(fd int) error) func(*world) error {
	return func(*world) error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if move {
			moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstSocket)
			unix.Close(fd)
			if err != nil {
				return err
			}
			fd = moved
		}
		defer unix.Close(fd)
		if bind {
			if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: 1}); err != nil {
				return err
			}
		}
		return try(fd)
	}
}

func htons(n uint16) uint16 { return n<<8 | n>>8 }

func newPacketActs() []act {
	frame := append(bytes.Repeat([]byte{2}, 12), make([]byte, 48)...)
	lo := &unix.SockaddrLinklayer{Ifindex: 1, Halen: 6}
	ring := &unix.TpacketReq3{Block_size: 4096, Block_nr: 1, Frame_size: 4096, Frame_nr: 1, Retire_blk_tov: 1}
	prepare := func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3)
	}
	return []act{
		{"capture from a new interface", opening, nil, onNewSocket(true, true, func(fd int) error {
			if err := prepare(fd); err != nil {
				return err
			}
			if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, ring); err != nil {
				return err
			}
			mem, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			if err != nil {
				return err
			}
			return unix.Munmap(mem)
		})},
		{"bind a new socket among files", nil, nil, onNewSocket(false, true, func(int) error { return nil })},
		{"send through it without binding it", nil, nil, onNewSocket(false, false, func(fd int) error { return unix.Sendto(fd, frame, 0, lo) })},
		{"the same where nothing is written", nil, nil, onNewSocket(true, false, func(fd int) error { return unix.Sendto(fd, frame, 0, lo) })},
		{"send through a new socket", nil, nil, onNewSocket(true, true, func(fd int) error { return unix.Sendto(fd, frame, 0, nil) })},
		{"send a message through a new socket", nil, nil, onNewSocket(true, true, func(fd int) error { return unix.Sendmsg(fd, frame, nil, lo, 0) })},
		{"write to a new socket", nil, nil, onNewSocket(true, true, func(fd int) error { _, err := unix.Write(fd, frame); return err })},
		{"write to it in pieces", nil, nil, onNewSocket(true, true, func(fd int) error { _, err := unix.Writev(fd, [][]byte{frame}); return err })},
		{"move a new socket among files", nil, nil, onNewSocket(true, true, func(fd int) error {
			_, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
			return err
		})},
		{"a ring to send from", nil, nil, onNewSocket(true, true, func(fd int) error {
			if err := prepare(fd); err != nil {
				return err
			}
			return unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_TX_RING, &unix.TpacketReq3{Block_size: 4096, Block_nr: 1, Frame_size: 4096, Frame_nr: 1})
		})},
		{"ask how interfaces are called", slicesOf(naming, finding), nil, func(*world) error { _, err := net.InterfaceByIndex(1); return err }},
	}
}

// inThread is an act that changes the thread it is tried in, which ends with it.
func inThread(try func(w *world) error) func(*world) error {
	return func(w *world) (err error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread()
			err = try(w)
		}()
		<-done
		return err
	}
}

// placeActs are those of the process that finds places, and of the one that it hands
// sockets to.
func placeActs() []act {
	receive := func(fd int) error {
		var b [8]byte
		oob := make([]byte, unix.CmsgSpace(4))
		_, _, _, _, err := unix.Recvmsg(fd, b[:], oob, unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC)
		return err
	}
	send := func(fd int, w *world) error {
		return unix.Sendmsg(fd, []byte{1}, unix.UnixRights(int(w.mark.Fd())), nil, unix.MSG_DONTWAIT)
	}
	return []act{
		{"take a descriptor", slicesOf(receiving, finding), nil, func(w *world) error { return receive(w.handed) }},
		{"take a socket that asks", askers, nil, func(w *world) error { return receive(w.networks) }},
		{"hand on a socket that asks", handingOn, nil, func(w *world) error { return send(w.networks, w) }},
		{"take a descriptor from another", nil, nil, func(w *world) error { return receive(w.other) }},
		{"hand on a descriptor", finding, nil, func(w *world) error { return send(w.handed, w) }},
		{"hand on a descriptor to another", nil, nil, func(w *world) error { return send(w.other, w) }},
		{"enter a network namespace", finding, nil, inThread(func(w *world) error { return unix.Setns(w.network, unix.CLONE_NEWNET) })},
		{"enter a namespace of another kind", nil, nil, inThread(func(w *world) error { return unix.Setns(w.names, unix.CLONE_NEWUTS) })},
		{"enter a namespace, whatever it is", nil, nil, inThread(func(w *world) error { return unix.Setns(w.names, 0) })},
		{"other mounts for a thread", finding, nil, inThread(func(*world) error { return unix.Unshare(unix.CLONE_NEWNS) })},
		{"another network for a thread", nil, nil, inThread(func(*world) error { return unix.Unshare(unix.CLONE_NEWNET) })},
		{"watch a folder", finding, nil, func(w *world) error {
			fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			_, err = unix.InotifyAddWatch(fd, w.path("out"), unix.IN_DELETE)
			return err
		}},
		{"whose a namespace is", finding, nil, func(w *world) error {
			_, err := unix.IoctlRetInt(w.network, unix.NS_GET_NSTYPE)
			return err
		}},
	}
}

// lastActs leave less behind for others to try.
func lastActs() []act {
	return []act{
		{"end another process", nil, nil, func(w *world) error { return unix.Kill(w.victim, unix.SIGTERM) }},
		{"signal a process that is open", nil, nil, func(w *world) error { return unix.PidfdSendSignal(w.pidfd, unix.SIGTERM, nil, 0) }},
		{"mount", finding, nil, func(w *world) error { return unix.Mount("none", w.path("else"), "tmpfs", 0, "") }},
		{"set capabilities", nil, nil, func(*world) error {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var set [2]unix.CapUserData
			return unix.Capset(&header, &set[0])
		}},
	}
}

// work has the runtime make threads, timers and garbage.
func work() {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
			_ = bytes.Repeat([]byte{1}, 1<<20)
			runtime.GC()
		})
	}
	wg.Wait()
}

// try tries an act, and says what came of it.
func (a *act) outcome(w *world) string {
	err := a.try(w)
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, errNothing):
		return "nothing"
	case denied(err):
		return "denied"
	}
	return fmt.Sprintf("failed: %v", err)
}
