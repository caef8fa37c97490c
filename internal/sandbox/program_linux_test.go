//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// program is the seccomp program for n, to be run here.
func program(t *testing.T, n *Needs) func(arch, call uint32, args ...uint32) uint32 {
	t.Helper()
	raw, err := seccompProgram(n)
	if err != nil {
		t.Fatal(err)
	}
	code, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the program has an instruction that is unknown")
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return func(arch, call uint32, args ...uint32) uint32 {
		// The machine reads big-endian numbers; the kernel's is given the host's.
		data := make([]byte, 64)
		binary.BigEndian.PutUint32(data[0:], call)
		binary.BigEndian.PutUint32(data[4:], arch)
		for i, arg := range args {
			binary.BigEndian.PutUint32(data[16+8*i:], arg)
		}
		verdict, err := vm.Run(data)
		if err != nil {
			t.Fatal(err)
		}
		return uint32(verdict)
	}
}

// The sockets of the needs that are tried: one among files, one where new ones
// are.
const (
	oldSocket = 7
	newSocket = firstSocket + 88
	usbDevice = 20
	hciSocket = 21
	busSocket = 22
	logSocket = 23
	through   = 1 // by which descriptors are handed on
	terminal  = 1 // that is seen, and tells keys

	throughNetworks = 8 // by which those go that ask about sockets
)

// decision is whether a system call is let through by a row of the table.
type decision struct {
	row     string
	call    uint32
	args    []uint32
	allowed bool
}

// decisions are those that are tried.
type decisions struct {
	row string // that is at hand
	all []decision
}

func (d *decisions) yes(call uint32, args ...uint32) {
	d.all = append(d.all, decision{d.row, call, args, true})
}

func (d *decisions) no(call uint32, args ...uint32) {
	d.all = append(d.all, decision{d.row, call, args, false})
}

func (d *decisions) running() {
	d.row = "run"
	pid := uint32(os.Getpid())
	d.yes(unix.SYS_CLONE, unix.CLONE_THREAD)
	d.yes(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_FILES|unix.CLONE_SIGHAND|unix.CLONE_THREAD)
	d.no(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_VFORK|uint32(unix.SIGCHLD))
	d.no(unix.SYS_CLONE, ^uint32(unix.CLONE_THREAD))
	d.yes(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint32(0))
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint32(0))
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_SHARED, 3)
	d.yes(unix.SYS_PREADV2, 3)
	d.no(unix.SYS_PWRITEV2, 3)
	d.yes(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE, 3)
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE, 3)
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE, 3)
	d.yes(unix.SYS_MPROTECT, 0, 4096, unix.PROT_READ|unix.PROT_WRITE)
	d.no(unix.SYS_MPROTECT, 0, 4096, unix.PROT_EXEC)
	for _, command := range []uint32{unix.F_GETFL, unix.F_SETFL, unix.F_GETFD, unix.F_SETFD} {
		d.yes(unix.SYS_FCNTL, 1, command)
	}
	for _, command := range []uint32{unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_SETOWN, unix.F_SETLK, unix.F_NOTIFY, unix.F_SETPIPE_SZ} {
		d.no(unix.SYS_FCNTL, unix.F_GETFL, command, newSocket)
	}
	d.yes(unix.SYS_TGKILL, pid, 1, 1)
	d.no(unix.SYS_TGKILL, pid+1, pid, 1)
	d.yes(unix.SYS_KILL, pid, 1)
	for _, other := range []uint32{pid + 1, 0, 1, ^uint32(0), -pid} {
		d.no(unix.SYS_KILL, other, pid)
	}
	for _, call := range []uint32{unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PWRITE64} {
		d.yes(call, oldSocket)
	}
	for _, call := range []uint32{unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_DUP, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_PRCTL, 0xffffffff} {
		d.no(call)
	}
}

func (d *decisions) capturing() {
	d.row = "capture"
	d.yes(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_ERROR)
	d.no(unix.SYS_GETSOCKOPT, unix.SOL_SOCKET, unix.SO_ERROR, unix.SO_PEERCRED)
	d.no(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_PEERCRED)
	d.yes(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	d.no(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_PACKET, unix.SO_ERROR)
	d.yes(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER)
	d.no(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_DETACH_FILTER)
	d.no(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_PACKET, unix.SO_ATTACH_FILTER)
	d.no(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP)
	d.yes(unix.SYS_IOCTL, oldSocket, unix.SIOCGIFFLAGS)
	d.yes(unix.SYS_IOCTL, oldSocket, unix.SIOCGIFNAME)
	d.no(unix.SYS_IOCTL, unix.SIOCGIFNAME, unix.SIOCSIFFLAGS)
	d.no(unix.SYS_IOCTL, oldSocket, unix.TIOCSTI)
	d.yes(unix.SYS_GETSOCKNAME, oldSocket)
	d.yes(unix.SYS_RECVFROM, oldSocket)
	d.no(unix.SYS_SENDTO, oldSocket, 0, 0, 0, 0, unix.SizeofSockaddrNetlink)
	for _, call := range []uint32{unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PWRITE64} {
		d.no(call, oldSocket, 1, 1)
		d.yes(call, oldSocket-1, oldSocket, oldSocket)
		d.yes(call, oldSocket+1)
		d.no(call, newSocket)
	}
}

func (d *decisions) goPcap() {
	d.row = "capture with go-pcap"
	d.yes(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_ERROR)
	d.no(unix.SYS_GETSOCKOPT, oldSocket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	d.yes(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER)
	d.no(unix.SYS_SETSOCKOPT, oldSocket, unix.SOL_SOCKET, unix.SO_DETACH_FILTER)
	d.no(unix.SYS_IOCTL, oldSocket, unix.SIOCGIFFLAGS)
	d.no(unix.SYS_GETSOCKNAME, oldSocket)
	d.no(unix.SYS_RECVFROM, oldSocket)
	d.no(unix.SYS_WRITE, oldSocket, 1, 1)
}

func (d *decisions) opening() {
	d.row = "open packet sockets"
	for _, kind := range []uint32{unix.SOCK_RAW, unix.SOCK_DGRAM} {
		d.yes(unix.SYS_SOCKET, unix.AF_PACKET, kind, 0)
		d.yes(unix.SYS_SOCKET, unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0)
		d.no(unix.SYS_SOCKET, unix.AF_PACKET, kind|unix.SOCK_NONBLOCK, 0)
		d.no(unix.SYS_SOCKET, unix.AF_PACKET, kind, unix.ETH_P_ALL)
		d.no(unix.SYS_SOCKET, unix.AF_INET, kind, 0)
	}
	d.no(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_STREAM, 0)
	for _, request := range []uint32{unix.SIOCGIFINDEX, unix.SIOCGIFHWADDR, unix.SIOCGIFMTU} {
		d.yes(unix.SYS_IOCTL, newSocket, request)
	}
	for _, request := range []uint32{unix.SIOCSIFMTU, unix.SIOCSIFHWADDR, unix.SIOCSIFFLAGS} {
		d.no(unix.SYS_IOCTL, newSocket, request)
	}
	d.usingNew()
}

func (d *decisions) taking() {
	d.row = "take packet sockets"
	d.yes(unix.SYS_RECVMSG, through)
	d.no(unix.SYS_RECVMSG, through+1, through)
	d.no(unix.SYS_SENDMSG, through)
	d.no(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, 0)
	d.no(unix.SYS_IOCTL, newSocket, unix.SIOCGIFINDEX)
	d.usingNew()
}

// usingNew is what may be done with a new socket, wherever it comes from.
func (d *decisions) usingNew() {
	d.yes(unix.SYS_FCNTL, 9, unix.F_DUPFD_CLOEXEC, firstSocket)
	d.yes(unix.SYS_FCNTL, 9, unix.F_DUPFD_CLOEXEC, newSocket)
	d.no(unix.SYS_FCNTL, newSocket, unix.F_DUPFD_CLOEXEC, firstSocket-1)
	d.no(unix.SYS_FCNTL, 9, unix.F_DUPFD, firstSocket)
	d.yes(unix.SYS_BIND, firstSocket)
	d.yes(unix.SYS_BIND, newSocket) // the number may be used again
	d.no(unix.SYS_BIND, firstSocket-1, newSocket, newSocket)
	d.no(unix.SYS_BIND, oldSocket)
	d.yes(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, firstSocket)
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_SHARED, firstSocket)
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE, firstSocket)
	d.no(unix.SYS_MMAP, 0, newSocket, unix.PROT_READ, unix.MAP_SHARED, firstSocket-1, newSocket)
	for _, option := range []uint32{unix.PACKET_VERSION, unix.PACKET_RESERVE, unix.PACKET_RX_RING, unix.PACKET_COPY_THRESH, unix.PACKET_ADD_MEMBERSHIP, unix.PACKET_FANOUT} {
		d.yes(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_PACKET, option)
	}
	for _, option := range []uint32{unix.SO_ATTACH_FILTER, unix.SO_RCVBUF, unix.SO_RCVBUFFORCE, unix.SO_TIMESTAMPNS_NEW, unix.SO_TIMESTAMPNS} {
		d.yes(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_SOCKET, option)
	}
	for _, option := range []uint32{unix.PACKET_TX_RING, unix.PACKET_QDISC_BYPASS, unix.SO_ATTACH_FILTER} {
		d.no(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_PACKET, option)
	}
	for _, option := range []uint32{unix.SO_DETACH_FILTER, unix.SO_SNDBUF, unix.SO_BINDTODEVICE, unix.SO_MARK, unix.SO_BROADCAST, unix.PACKET_VERSION} {
		d.no(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_SOCKET, option)
	}
	d.yes(unix.SYS_GETSOCKOPT, newSocket, unix.SOL_PACKET, unix.PACKET_FANOUT)
	d.no(unix.SYS_GETSOCKOPT, newSocket, unix.SOL_SOCKET, unix.PACKET_FANOUT)
	for _, call := range []uint32{unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PWRITE64} {
		d.no(call, oldSocket)
		d.no(call, firstSocket)
		d.no(call, newSocket)
		d.yes(call, firstSocket-1, newSocket, newSocket)
		d.yes(call, oldSocket+1)
	}
}

func (d *decisions) finding() {
	d.row = "find places"
	d.yes(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_WRONLY, 0)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY|unix.O_CREAT, 0)
	d.yes(unix.SYS_SETNS, newSocket, unix.CLONE_NEWNET)
	for _, kind := range []uint32{0, unix.CLONE_NEWNS, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET | unix.CLONE_NEWNS} {
		d.no(unix.SYS_SETNS, newSocket, kind)
	}
	d.yes(unix.SYS_UNSHARE, unix.CLONE_NEWNS)
	d.no(unix.SYS_UNSHARE, unix.CLONE_NEWNS|unix.CLONE_NEWUSER)
	d.no(unix.SYS_UNSHARE, unix.CLONE_NEWNET)
	for _, call := range []uint32{unix.SYS_GETDENTS64, unix.SYS_PIDFD_OPEN, unix.SYS_MOUNT, unix.SYS_CHROOT, unix.SYS_CAPGET,
		unix.SYS_INOTIFY_INIT1, unix.SYS_INOTIFY_ADD_WATCH, unix.SYS_INOTIFY_RM_WATCH, unix.SYS_RECVFROM, unix.SYS_GETSOCKNAME} {
		d.yes(call)
	}
	for _, request := range []uint32{unix.NS_GET_NSTYPE, unix.NS_GET_OWNER_UID, unix.SIOCGIFFLAGS, unix.SIOCETHTOOL, unix.SIOCSHWTSTAMP, unix.SIOCGIFINDEX, unix.SIOCGIFHWADDR, unix.SIOCGIFMTU} {
		d.yes(unix.SYS_IOCTL, newSocket, request)
	}
	for _, request := range []uint32{unix.NS_GET_USERNS, unix.SIOCSIFFLAGS, unix.TIOCSTI} {
		d.no(unix.SYS_IOCTL, newSocket, request)
	}
	d.yes(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, 0)
	d.no(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, unix.ETH_P_ALL)
	for _, protocol := range []uint32{unix.NETLINK_ROUTE, unix.NETLINK_GENERIC} {
		d.yes(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, protocol)
	}
	d.no(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER)
	d.yes(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	d.no(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	d.no(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM, 0)
	d.yes(unix.SYS_BIND, 3, 0, unix.SizeofSockaddrNetlink)
	d.yes(unix.SYS_BIND, newSocket, 0, unix.SizeofSockaddrLinklayer)
	d.no(unix.SYS_BIND, 3, 0, unix.SizeofSockaddrLinklayer)
	d.yes(unix.SYS_SENDTO, 3, 0, 0, 0, 0, unix.SizeofSockaddrNetlink)
	d.no(unix.SYS_SENDTO, newSocket, 0, 0, 0, 0, unix.SizeofSockaddrNetlink)
	d.no(unix.SYS_SENDTO, 3, 0, 0, 0, 0, unix.SizeofSockaddrLinklayer)
	d.yes(unix.SYS_GETSOCKOPT, newSocket, unix.SOL_SOCKET, unix.SO_ERROR)
	d.no(unix.SYS_GETSOCKOPT, newSocket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	d.yes(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS)
	d.yes(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW)
	d.yes(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_PACKET, unix.PACKET_TIMESTAMP)
	d.no(unix.SYS_SETSOCKOPT, newSocket, unix.SOL_PACKET, unix.PACKET_RX_RING)
	d.no(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, firstSocket)
	d.yes(unix.SYS_FCNTL, 9, unix.F_DUPFD_CLOEXEC, firstSocket)
	d.no(unix.SYS_FCNTL, 9, unix.F_DUPFD_CLOEXEC, firstSocket-1)
	for _, call := range []uint32{unix.SYS_SENDMSG, unix.SYS_RECVMSG} {
		d.yes(call, through)
		d.no(call, through+1, through)
	}
	d.no(unix.SYS_WRITE, newSocket)
	for _, call := range []uint32{unix.SYS_EXECVE, unix.SYS_PTRACE, unix.SYS_PIDFD_GETFD, unix.SYS_PROCESS_VM_READV, unix.SYS_UMOUNT2, unix.SYS_BPF} {
		d.no(call)
	}
}

func (d *decisions) files() {
	d.row = "read files"
	d.yes(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for _, flags := range []uint32{unix.O_WRONLY, unix.O_RDWR, unix.O_CREAT, unix.O_TRUNC, unix.O_TMPFILE &^ unix.O_DIRECTORY} {
		d.no(unix.SYS_OPENAT, 0, 0, flags|unix.O_CLOEXEC, 0)
	}

	d.row = "make files"
	const create = unix.O_WRONLY | unix.O_CREAT | unix.O_CLOEXEC
	d.yes(unix.SYS_OPENAT, 0, 0, create|unix.O_TRUNC, 0o666)
	d.yes(unix.SYS_OPENAT, 0, 0, create|unix.O_EXCL, 0o600)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY, 0)
	d.no(unix.SYS_OPENAT, 0, unix.O_WRONLY, unix.O_RDWR|unix.O_CREAT, 0)
	for _, mode := range []uint32{0o4755, 0o2755, 0o1755} {
		d.no(unix.SYS_OPENAT, 0, 0, create, mode)
	}

	d.row = "remove files"
	d.yes(unix.SYS_UNLINKAT, 0, 0, 0)
	d.no(unix.SYS_UNLINKAT, 0, 0, unix.AT_REMOVEDIR)

	d.row = "rename files"
	d.yes(unix.SYS_RENAMEAT, 0, 0, 0, 0)
	d.no(unix.SYS_RENAMEAT2, 0, 0, 0, 0, 0)
	d.no(unix.SYS_LINKAT, 0, 0, 0, 0, 0)
	d.no(unix.SYS_UNLINKAT, 0, 0, 0)
	d.no(unix.SYS_MKDIRAT, 0, 0, 0o777)

	d.row = "make folders"
	d.yes(unix.SYS_MKDIRAT, 0, 0, 0o777)
	for _, bits := range []uint32{0o1000, 0o2000, 0o4000} {
		d.no(unix.SYS_MKDIRAT, 0, 0, bits|0o777)
	}
	d.no(unix.SYS_MKNODAT, 0, 0, 0o777, 0)
}

func (d *decisions) network() {
	d.row = "ask name servers"
	for _, family := range []uint32{unix.AF_INET, unix.AF_INET6} {
		for _, kind := range []uint32{unix.SOCK_DGRAM, unix.SOCK_STREAM, unix.SOCK_DGRAM | unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK} {
			for _, protocol := range []uint32{0, unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
				d.yes(unix.SYS_SOCKET, family, kind, protocol)
			}
			for _, protocol := range []uint32{unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6, unix.IPPROTO_MPTCP, unix.IPPROTO_RAW} {
				d.no(unix.SYS_SOCKET, family, kind, protocol)
			}
		}
		d.no(unix.SYS_SOCKET, family, unix.SOCK_RAW, unix.IPPROTO_UDP)
	}
	d.no(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	d.connecting()

	d.row = "name interfaces"
	d.yes(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	d.no(unix.SYS_SOCKET, unix.AF_NETLINK, unix.NETLINK_ROUTE, unix.NETLINK_NETFILTER)
	d.no(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	d.yes(unix.SYS_BIND, 3, 0, unix.SizeofSockaddrNetlink)
	d.no(unix.SYS_BIND, 3, unix.SizeofSockaddrNetlink, unix.SizeofSockaddrLinklayer)
	d.no(unix.SYS_BIND, 3, 0, unix.SizeofSockaddrInet4)
	d.yes(unix.SYS_SENDTO, 3, 0, 0, 0, 0, unix.SizeofSockaddrNetlink)
	d.no(unix.SYS_SENDTO, 3, 0, 0, 0, unix.SizeofSockaddrNetlink, 0)
	d.no(unix.SYS_SENDTO, 3, 0, 0, 0, 0, unix.SizeofSockaddrInet4)
	d.yes(unix.SYS_RECVFROM, 3)
	d.yes(unix.SYS_GETSOCKNAME, 3)
}

// connecting is what connecting a TCP socket takes, for any row.
func (d *decisions) connecting() {
	for _, call := range []uint32{unix.SYS_CONNECT, unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME} {
		d.yes(call, 3)
	}
	d.yes(unix.SYS_GETSOCKOPT, 3, unix.SOL_SOCKET, unix.SO_ERROR)
	d.no(unix.SYS_GETSOCKOPT, 3, unix.SOL_SOCKET, unix.SO_PEERCRED)
	d.no(unix.SYS_GETSOCKOPT, 3, unix.IPPROTO_TCP, unix.SO_ERROR)
	for level, options := range map[uint32][]uint32{
		unix.SOL_SOCKET:   {unix.SO_BROADCAST, unix.SO_KEEPALIVE},
		unix.IPPROTO_TCP:  {unix.TCP_NODELAY, unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT},
		unix.IPPROTO_IPV6: {unix.IPV6_V6ONLY},
	} {
		for _, option := range options {
			d.yes(unix.SYS_SETSOCKOPT, 3, level, option)
			d.no(unix.SYS_SETSOCKOPT, 3, unix.IPPROTO_UDP, option)
		}
		d.no(unix.SYS_SETSOCKOPT, 3, level, 0x7f)
	}
}

func (d *decisions) servers() {
	d.row = "serve readers"
	d.yes(unix.SYS_SHUTDOWN, 3, unix.SHUT_WR)
	d.no(unix.SYS_SHUTDOWN, unix.SHUT_WR, unix.SHUT_RDWR)
	d.no(unix.SYS_SHUTDOWN, 3, unix.SHUT_RD)
	for level, options := range map[uint32][]uint32{
		unix.SOL_SOCKET:  {unix.SO_KEEPALIVE, unix.SO_LINGER},
		unix.IPPROTO_TCP: {unix.TCP_NODELAY, unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT},
	} {
		for _, option := range options {
			d.yes(unix.SYS_SETSOCKOPT, 3, level, option)
			d.no(unix.SYS_SETSOCKOPT, 3, unix.IPPROTO_UDP, option)
		}
		d.no(unix.SYS_SETSOCKOPT, 3, level, 0x7f)
	}
	for _, call := range []uint32{unix.SYS_SOCKET, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_SENDTO, unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME} {
		d.no(call, unix.AF_INET, unix.SOCK_STREAM)
	}

	d.row = "connect to servers"
	for _, family := range []uint32{unix.AF_INET, unix.AF_INET6} {
		for _, protocol := range []uint32{0, unix.IPPROTO_TCP} {
			d.yes(unix.SYS_SOCKET, family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
			d.no(unix.SYS_SOCKET, family, unix.SOCK_DGRAM, protocol)
			d.no(unix.SYS_SOCKET, family, unix.SOCK_RAW, protocol)
		}
		d.no(unix.SYS_SOCKET, family, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	}
	d.no(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	d.connecting()
	for _, call := range []uint32{unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT4, unix.SYS_SENDTO, unix.SYS_SHUTDOWN} {
		d.no(call, 3, 1)
	}
}

func (d *decisions) terminals() {
	may := map[string][]uint32{"see the terminal": {unix.TIOCGWINSZ, unix.TIOCGPGRP}, "take keys": {unix.TCSETS}}
	requests := []uint32{
		unix.TIOCGWINSZ, unix.TIOCSWINSZ, unix.TIOCGPGRP, unix.TIOCSPGRP, unix.TCGETS, unix.TCSETS, unix.TCSETSW, unix.TCSETSF,
		unix.TCSETS2, unix.TCSETA, unix.TCFLSH, unix.TIOCSTI, unix.TIOCSCTTY, unix.TIOCNOTTY, unix.TIOCSETD, unix.TIOCCONS, unix.TIOCEXCL,
		unix.TIOCLINUX, unix.TIOCINQ, unix.SIOCGIFFLAGS,
	}
	for row, granted := range may {
		d.row = row
		for _, request := range requests {
			if slices.Contains(granted, request) {
				d.yes(unix.SYS_IOCTL, terminal, request)
			} else {
				d.no(unix.SYS_IOCTL, terminal, request)
			}
			for _, other := range []uint32{terminal - 1, terminal + 1, terminal | 1<<16, newSocket, ^uint32(0)} {
				d.no(unix.SYS_IOCTL, other, request, terminal)
			}
			d.no(unix.SYS_IOCTL, request, terminal)
		}
		d.no(unix.SYS_IOCTL, terminal, granted[0]|1<<16)
	}
}

// everyDecision is one on each side of every condition that the table has.
func everyDecision() []decision {
	d := &decisions{}
	d.running()
	d.capturing()
	d.goPcap()
	d.opening()
	d.taking()
	d.finding()
	d.files()
	d.network()
	d.servers()
	d.terminals()
	d.row = "wait for commands"
	d.yes(unix.SYS_WAIT4)
	d.yes(unix.SYS_WAITID)
	d.row = "take connections"
	d.yes(unix.SYS_ACCEPT4, 1)
	d.no(unix.SYS_ACCEPT4, 2)
	d.no(unix.SYS_ACCEPT4, 1|1<<16)
	d.no(unix.SYS_ACCEPT, 1)
	d.row = "look at processes"
	d.yes(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY|unix.O_DIRECTORY)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_WRONLY)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY|unix.O_CREAT)
	d.yes(unix.SYS_READLINKAT)
	d.yes(unix.SYS_GETDENTS64)
	d.yes(unix.SYS_RECVFROM)
	d.no(unix.SYS_RECVMSG, throughNetworks)
	d.no(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG)
	d.row = "take sockets that ask"
	d.yes(unix.SYS_RECVMSG, throughNetworks)
	d.no(unix.SYS_RECVMSG, throughNetworks+1, throughNetworks)
	d.no(unix.SYS_SENDMSG, throughNetworks)
	d.row = "capture from Bluetooth"
	d.yes(unix.SYS_RECVMSG, hciSocket)
	d.no(unix.SYS_RECVMSG, hciSocket+1)
	d.yes(unix.SYS_IOCTL, hciSocket, hciGetDevInfo)
	d.no(unix.SYS_IOCTL, hciSocket+1, hciGetDevInfo)
	d.no(unix.SYS_IOCTL, hciSocket, hciGetDevInfo+1)
	d.yes(unix.SYS_GETSOCKOPT, hciSocket, unix.SOL_SOCKET, unix.SO_MEMINFO)
	d.no(unix.SYS_GETSOCKOPT, hciSocket+1, unix.SOL_SOCKET, unix.SO_MEMINFO)
	d.no(unix.SYS_GETSOCKOPT, hciSocket, 0, unix.SO_MEMINFO)
	d.no(unix.SYS_GETSOCKOPT, hciSocket, unix.SOL_SOCKET, unix.SO_PEERCRED)
	for _, call := range receiveOnly {
		d.no(call, hciSocket, 0, unix.SizeofSockaddrNetlink, 0, 0, unix.SizeofSockaddrNetlink)
	}
	d.yes(unix.SYS_WRITE, hciSocket+1)
	d.row = "hand on sockets that ask"
	d.yes(unix.SYS_SENDMSG, throughNetworks)
	d.no(unix.SYS_SENDMSG, throughNetworks+1, throughNetworks)
	d.no(unix.SYS_RECVMSG, throughNetworks)
	d.yes(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG)
	d.no(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER)
	d.row = "give verdicts"
	d.yes(unix.SYS_WRITE, oldSocket)
	d.no(unix.SYS_SENDTO, oldSocket, 0, 0, 0, 0, unix.SizeofSockaddrNetlink)
	d.no(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER)
	d.no(unix.SYS_OPENAT, 0, 0, unix.O_RDONLY)
	d.row = "netfilter"
	for _, call := range receiveOnly {
		d.no(call, logSocket, 0, unix.SizeofSockaddrNetlink, 0, 0, unix.SizeofSockaddrNetlink)
	}
	d.yes(unix.SYS_WRITE, logSocket+1)
	d.yes(unix.SYS_READ, logSocket)
	d.no(unix.SYS_RECVMSG, logSocket)
	d.row = "capture from USB"
	for _, request := range []uint32{usbFetch, usbCopy, usbCounts} {
		d.yes(unix.SYS_IOCTL, usbDevice, request)
		d.no(unix.SYS_IOCTL, usbDevice+1, request)
		d.no(unix.SYS_IOCTL, usbDevice, request+1)
	}
	d.row = "bus"
	for _, call := range receiveOnly {
		d.no(call, busSocket, 0, unix.SizeofSockaddrNetlink, 0, 0, unix.SizeofSockaddrNetlink)
	}
	d.yes(unix.SYS_READ, busSocket)
	return d.all
}

// TestProgram runs the seccomp program: each row of the table lets through what
// it says, by every argument of a call, and nothing beside it; without the row
// nothing of that is let through.
func TestProgram(t *testing.T) {
	programs := make(map[string]func(arch, call uint32, args ...uint32) uint32)
	for row, needs := range everyNeed() {
		if needs.Sockets != nil {
			needs.Sockets = []int{oldSocket, newSocket}
		}
		s := &needs.Sources
		for kind, fd := range map[*[]int]int{&s.Bluetooth: hciSocket, &s.USB: usbDevice, &s.Netfilter: logSocket, &s.DBus: busSocket} {
			if *kind != nil {
				*kind = []int{fd}
			}
		}
		programs[row] = program(t, needs)
	}
	const allowed, denied = uint32(unix.SECCOMP_RET_ALLOW), unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	verdict := func(ok bool) uint32 {
		if ok {
			return allowed
		}
		return denied
	}
	rows := make(map[string]bool)
	for _, d := range everyDecision() {
		rows[d.row] = true
		if got := programs[d.row](auditArch, d.call, d.args...); got != verdict(d.allowed) {
			t.Errorf("%s: call %d %#x: %#x, want %#x", d.row, d.call, d.args, got, verdict(d.allowed))
		}
		writes := slices.Contains(receiveOnly, d.call) && d.call != unix.SYS_SENDTO && d.call != unix.SYS_BIND && d.call != unix.SYS_CONNECT
		if d.row == "run" || d.row == "netfilter" || d.row == "bus" || writes || !d.allowed {
			continue
		}
		if got := programs["run"](auditArch, d.call, d.args...); got != denied {
			t.Errorf("without %s: call %d %#x: %#x, want %#x", d.row, d.call, d.args, got, denied)
		}
	}
	for row, run := range programs {
		if !rows[row] && row != "all" {
			t.Errorf("no system call of the row %q is tried", row)
		}
		if got, want := run(auditArch, unix.SYS_CLONE3), unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS); got != want {
			t.Errorf("%s: clone3: %#x, want %#x", row, got, want)
		}
		// Calls have other numbers there.
		if got := run(auditArch^1, unix.SYS_READ); got != unix.SECCOMP_RET_KILL_PROCESS {
			t.Errorf("%s: of another architecture: %#x", row, got)
		}
	}
	// Nothing is sent through the sockets, whatever else may be sent.
	for _, call := range receiveOnly {
		for _, fd := range []uint32{oldSocket, usbDevice, hciSocket, busSocket, logSocket, firstSocket, newSocket} {
			want := verdict(call == unix.SYS_BIND && fd >= firstSocket)
			if got := programs["all"](auditArch, call, fd, 0, unix.SizeofSockaddrNetlink, 0, 0, unix.SizeofSockaddrNetlink); got != want {
				t.Errorf("all: call %d on %d: %#x, want %#x", call, fd, got, want)
			}
		}
	}
}
