//go:build linux && (amd64 || arm64)

package sandbox

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// grant is a row of the table: what the process may still do, and the system
// calls that it takes.
type grant struct {
	name   string
	needed bool
	calls  []rule
}

// rule allows a system call whose arguments all pass.
type rule struct {
	call uint32
	args []argument
}

// argument passes if the lower half of the argument with that number, masked, is
// one of some values, or without any is the mask at least. All arguments that rules look at are 32 bits wide for the
// kernel, or have the bits in question there.
type argument struct {
	number int
	mask   uint32
	values []uint32
}

// whatever allows calls with any arguments.
func whatever(calls ...uint32) []rule {
	rules := make([]rule, len(calls))
	for i, call := range calls {
		rules[i].call = call
	}
	return rules
}

// is passes an argument that is one of some values.
func is(number int, values ...uint32) argument { return argument{number, ^uint32(0), values} }

// least passes an argument that is at least a value.
func least(number int, value uint32) argument { return argument{number, value, nil} }

// has passes an argument in which bits are set, lacks one in which none is.
func has(number int, bits uint32) argument   { return argument{number, bits, []uint32{bits}} }
func lacks(number int, bits uint32) argument { return argument{number, bits, []uint32{0}} }

// The open flags that make or change something.
const changing = unix.O_ACCMODE | unix.O_CREAT | unix.O_TRUNC | unix.O_TMPFILE&^unix.O_DIRECTORY

// grants is the table. Calls that it has no row for fail with EPERM.
func grants(n *Needs) []grant {
	pid := uint32(os.Getpid())
	return []grant{
		{"run", true, append(runtimeCalls, []rule{
			// Threads, but no processes; memory, but none that is written and run.
			{unix.SYS_CLONE, []argument{has(0, unix.CLONE_THREAD)}},
			{unix.SYS_MMAP, []argument{lacks(2, unix.PROT_EXEC), has(3, unix.MAP_ANONYMOUS)}},
			{unix.SYS_MPROTECT, []argument{lacks(2, unix.PROT_EXEC)}},
			{unix.SYS_MMAP, []argument{is(2, unix.PROT_READ), is(3, unix.MAP_PRIVATE)}}, // what is open, as read gives it
			{unix.SYS_FCNTL, []argument{is(1, unix.F_GETFL, unix.F_SETFL, unix.F_GETFD, unix.F_SETFD)}},
			// Signals to itself: the runtime's own, and the one that ends a run.
			{unix.SYS_TGKILL, []argument{is(0, pid)}},
			{unix.SYS_KILL, []argument{is(0, pid)}},
		}...)},
		{"capture", len(n.Sockets) > 0 && !n.GoPcap, []rule{
			{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ERROR)}},
			{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_PACKET), is(2, unix.PACKET_STATISTICS)}},
			{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ATTACH_FILTER)}}, // to let nothing more in
			{unix.SYS_IOCTL, []argument{is(1, unix.SIOCGIFFLAGS)}},                                  // whether it is up
			{unix.SYS_IOCTL, []argument{is(1, unix.SIOCGIFNAME)}},                                   // of which "any" has packets
			{unix.SYS_GETSOCKNAME, nil}, // whether it is gone
			{unix.SYS_RECVFROM, nil},    // what is too large for the ring
		}},
		{"capture with go-pcap", len(n.Sockets) > 0 && n.GoPcap, []rule{
			{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ERROR)}},         // why waiting ended
			{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ATTACH_FILTER)}}, // to let packets in, and nothing more
		}},
		{"give verdicts", n.Verdicts, nil}, // written to the socket that is open: the right to is what it takes
		{"capture from USB", len(n.Sources.USB) > 0, []rule{
			{unix.SYS_IOCTL, []argument{is(0, those(n.Sources.USB)...), is(1, usbFetch, usbCopy, usbCounts)}},
		}},
		{"capture from Bluetooth", len(n.Sources.Bluetooth) > 0, []rule{
			{unix.SYS_RECVMSG, []argument{is(0, those(n.Sources.Bluetooth)...)}},
			{unix.SYS_IOCTL, []argument{is(0, those(n.Sources.Bluetooth)...), is(1, hciGetDevInfo)}}, // its counts
			{unix.SYS_GETSOCKOPT, []argument{is(0, those(n.Sources.Bluetooth)...), is(1, unix.SOL_SOCKET), is(2, unix.SO_MEMINFO)}},
		}},
		{"open packet sockets", n.NewSockets > 0 && n.Handed == 0 && n.Places == 0, append(newSockets(uint32(n.NewSockets)), openSockets...)},
		{"take packet sockets", n.NewSockets > 0 && n.Handed > 0, append(newSockets(uint32(n.NewSockets)),
			rule{unix.SYS_RECVMSG, []argument{is(0, uint32(n.Handed))}},
		)},
		{"find places", n.Places > 0, findPlaces(uint32(n.Places), uint32(n.NewSockets))},
		{"read files", len(n.ReadFiles) > 0, append(namedFiles,
			rule{unix.SYS_OPENAT, []argument{lacks(2, changing)}},
		)},
		{"make files", len(n.Folders) > 0, append(namedFiles,
			// None that gives its user rights by being run.
			rule{unix.SYS_OPENAT, []argument{{2, unix.O_ACCMODE, []uint32{unix.O_WRONLY}}, lacks(3, 0o7000)}},
		)},
		{"rename files", n.renames(), whatever(unix.SYS_RENAMEAT)},
		{"make folders", slices.ContainsFunc(n.Folders, Folder.makesFolders), []rule{{unix.SYS_MKDIRAT, []argument{lacks(2, 0o7000)}}}},
		{"remove files", n.removes(), []rule{{unix.SYS_UNLINKAT, []argument{lacks(2, unix.AT_REMOVEDIR)}}}},
		{"ask name servers", n.Resolve, append(append(namedFiles, []rule{ // whether files have changed
			{unix.SYS_SOCKET, []argument{
				is(0, unix.AF_INET, unix.AF_INET6),
				{1, ^uint32(unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC), []uint32{unix.SOCK_DGRAM, unix.SOCK_STREAM}},
				is(2, 0, unix.IPPROTO_UDP, unix.IPPROTO_TCP),
			}},
		}...), connectCalls...)},
		// To any address: seccomp sees none. The port is Landlock's.
		{"connect to servers", len(n.Connect) > 0, append([]rule{
			{unix.SYS_SOCKET, []argument{
				is(0, unix.AF_INET, unix.AF_INET6),
				{1, ^uint32(unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC), []uint32{unix.SOCK_STREAM}},
				is(2, 0, unix.IPPROTO_TCP),
			}},
		}, connectCalls...)},
		{"serve readers", n.Serve, append([]rule{
			{unix.SYS_SHUTDOWN, []argument{is(1, unix.SHUT_WR)}},
			{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_KEEPALIVE, unix.SO_LINGER)}},
		}, tcpOptions)},
		{"name interfaces", n.InterfaceNames, []rule{
			{unix.SYS_SOCKET, []argument{is(0, unix.AF_NETLINK), is(2, unix.NETLINK_ROUTE)}},
			// With addresses of that family alone, by their size.
			{unix.SYS_BIND, []argument{is(2, unix.SizeofSockaddrNetlink)}}, {unix.SYS_SENDTO, []argument{is(5, unix.SizeofSockaddrNetlink)}},
			{unix.SYS_RECVFROM, nil}, {unix.SYS_GETSOCKNAME, nil},
		}},
		// Not what types for others (TIOCSTI), nor what makes one somebody's.
		{"see the terminal", len(n.Terminals) > 0, []rule{
			{unix.SYS_IOCTL, []argument{is(0, those(n.Terminals)...), is(1, unix.TIOCGWINSZ, unix.TIOCGPGRP)}},
		}},
		{"take keys", len(n.Keys) > 0, []rule{
			{unix.SYS_IOCTL, []argument{is(0, those(n.Keys)...), is(1, unix.TCSETS)}},
		}},
		{"wait for commands", n.Runner || n.Children, whatever(unix.SYS_WAIT4, unix.SYS_WAITID)},
		{"take connections", len(n.Listeners) > 0, n.connections()},
		// Landlock would hide them, as it hides all processes outside; and so do files
		// not lie in its hands.
		{"look at processes", n.Processes, append(namedFiles,
			rule{unix.SYS_OPENAT, []argument{lacks(2, changing)}},
			rule{unix.SYS_READLINKAT, nil}, rule{unix.SYS_GETDENTS64, nil},
			rule{unix.SYS_RECVFROM, nil}, // what the kernel says of sockets, and that it does
		)},
		{"take sockets that ask", n.Processes && n.Networks > 0, []rule{{unix.SYS_RECVMSG, []argument{is(0, uint32(n.Networks))}}}},
		{"hand on sockets that ask", n.Places > 0 && n.Networks > 0, []rule{
			{unix.SYS_SOCKET, []argument{is(0, unix.AF_NETLINK), is(2, unix.NETLINK_SOCK_DIAG)}},
			{unix.SYS_SENDMSG, []argument{is(0, uint32(n.Networks))}},
		}},
	}
}

// The requests of usbmon that give events: those in the ring, one copied, and the
// counts (MON_IOCX_MFETCH, MON_IOCX_GET, MON_IOCG_STATS of drivers/usb/mon/mon_bin.c).
const (
	usbFetch  = 0xc0109207
	usbCopy   = 0x40189206
	usbCounts = 0x80089203
)

// hciGetDevInfo asks for the counts of a Bluetooth adapter (HCIGETDEVINFO of
// include/net/bluetooth/hci_sock.h).
const hciGetDevInfo = 0x800448d3

// tcpOptions are set for each connection by Go.
var tcpOptions = rule{unix.SYS_SETSOCKOPT, []argument{
	is(1, unix.IPPROTO_TCP), is(2, unix.TCP_NODELAY, unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT),
}}

// connectCalls are those that Go makes to connect a socket.
var connectCalls = []rule{
	{unix.SYS_CONNECT, nil}, {unix.SYS_GETSOCKNAME, nil}, {unix.SYS_GETPEERNAME, nil},
	{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ERROR)}},
	{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_BROADCAST, unix.SO_KEEPALIVE)}},
	tcpOptions,
	{unix.SYS_SETSOCKOPT, []argument{is(1, unix.IPPROTO_IPV6), is(2, unix.IPV6_V6ONLY)}},
}

// those are descriptors as arguments.
func those(all []int) []uint32 {
	values := make([]uint32, len(all))
	for i, fd := range all {
		values[i] = uint32(fd)
	}
	return values
}

// connections are the calls that take connections from what listens for them.
func (n *Needs) connections() (rules []rule) {
	for _, fd := range n.Listeners {
		rules = append(rules, rule{unix.SYS_ACCEPT4, []argument{is(0, uint32(fd))}})
	}
	return rules
}

// newSockets are the calls that have packets come into the ring of a new packet
// socket. It hears nothing, and can send nothing, before it is bound; that can only
// be one that was moved to a descriptor where nothing is written. Whoever keeps the one
// that it was moved from can write there: seccomp sees descriptors, not sockets, and
// the kernel has no packet socket that cannot send.
func newSockets(first uint32) []rule {
	option := func(level uint32, names ...uint32) rule {
		return rule{unix.SYS_SETSOCKOPT, []argument{is(1, level), is(2, names...)}}
	}
	return []rule{
		{unix.SYS_FCNTL, []argument{is(1, unix.F_DUPFD_CLOEXEC), least(2, first)}},
		{unix.SYS_BIND, []argument{least(0, first)}},
		{unix.SYS_MMAP, []argument{lacks(2, unix.PROT_EXEC), is(3, unix.MAP_SHARED), least(4, first)}},
		option(unix.SOL_PACKET, unix.PACKET_VERSION, unix.PACKET_RESERVE, unix.PACKET_RX_RING, unix.PACKET_COPY_THRESH,
			unix.PACKET_ADD_MEMBERSHIP, unix.PACKET_FANOUT),
		option(unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, unix.SO_RCVBUF, unix.SO_RCVBUFFORCE, unix.SO_TIMESTAMPNS_NEW, unix.SO_TIMESTAMPNS),
		{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_PACKET), is(2, unix.PACKET_FANOUT)}},
	}
}

// openSockets are the calls that open a packet socket, and ask about its interface.
var openSockets = []rule{
	{unix.SYS_SOCKET, []argument{
		is(0, unix.AF_PACKET), {1, ^uint32(unix.SOCK_CLOEXEC), []uint32{unix.SOCK_RAW, unix.SOCK_DGRAM}}, is(2, 0),
	}},
	{unix.SYS_IOCTL, []argument{is(1, unix.SIOCGIFINDEX, unix.SIOCGIFHWADDR, unix.SIOCGIFMTU)}},
}

// findPlaces are the calls of the process that finds network namespaces, enters them
// in a thread, opens packet sockets there, and hands them on. It has capabilities
// that no other has, and does not look at packets. Landlock would not let it mount.
func findPlaces(through, first uint32) []rule {
	return append(slices.Clone(namedFiles), slices.Concat(openSockets, []rule{
		{unix.SYS_OPENAT, []argument{lacks(2, changing)}},
		{unix.SYS_GETDENTS64, nil},
		{unix.SYS_PIDFD_OPEN, nil},
		{unix.SYS_SETNS, []argument{is(1, unix.CLONE_NEWNET)}},
		// For the files of /sys that show the devices of a namespace.
		{unix.SYS_UNSHARE, []argument{is(0, unix.CLONE_NEWNS)}},
		{unix.SYS_MOUNT, nil}, {unix.SYS_CHROOT, nil},
		{unix.SYS_IOCTL, []argument{is(1, unix.NS_GET_NSTYPE, unix.NS_GET_OWNER_UID, unix.SIOCGIFFLAGS, unix.SIOCETHTOOL, unix.SIOCSHWTSTAMP)}},
		// What tells of interfaces and of files that come and go.
		{unix.SYS_SOCKET, []argument{is(0, unix.AF_NETLINK), is(2, unix.NETLINK_ROUTE, unix.NETLINK_GENERIC)}},
		{unix.SYS_SOCKET, []argument{is(0, unix.AF_UNIX), {1, ^uint32(unix.SOCK_CLOEXEC), []uint32{unix.SOCK_DGRAM}}}}, // to ask about time stamps
		{unix.SYS_BIND, []argument{is(2, unix.SizeofSockaddrNetlink)}},
		{unix.SYS_BIND, []argument{least(0, first)}},
		{unix.SYS_SENDTO, []argument{is(5, unix.SizeofSockaddrNetlink)}},
		{unix.SYS_RECVFROM, nil}, {unix.SYS_GETSOCKNAME, nil},
		{unix.SYS_GETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_ERROR)}},
		{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_SOCKET), is(2, unix.SO_TIMESTAMPNS_NEW, unix.SO_TIMESTAMPNS)}},
		{unix.SYS_SETSOCKOPT, []argument{is(1, unix.SOL_PACKET), is(2, unix.PACKET_TIMESTAMP)}},
		{unix.SYS_FCNTL, []argument{is(1, unix.F_DUPFD_CLOEXEC), least(2, first)}},
		{unix.SYS_INOTIFY_INIT1, nil}, {unix.SYS_INOTIFY_ADD_WATCH, nil}, {unix.SYS_INOTIFY_RM_WATCH, nil},
		{unix.SYS_CAPGET, nil}, // what is missing
		{unix.SYS_SENDMSG, []argument{is(0, through)}},
		{unix.SYS_RECVMSG, []argument{is(0, through)}}, // that the other has gone
	})...)
}

// runtimeCalls are those that Go's runtime makes, and that files need which are
// open already.
var runtimeCalls = whatever(
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_FUTEX, unix.SYS_EPOLL_PWAIT, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_GETTIME,
	unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PREADV2, unix.SYS_PWRITE64, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_LSEEK,
	unix.SYS_FTRUNCATE,
	unix.SYS_EPOLL_PWAIT2, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EVENTFD2, unix.SYS_PPOLL, unix.SYS_PSELECT6,
	unix.SYS_CLOCK_NANOSLEEP, unix.SYS_GETTIMEOFDAY, unix.SYS_RESTART_SYSCALL,
	unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_SCHED_YIELD,
	unix.SYS_SCHED_GETAFFINITY, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_GETRANDOM,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_GETPID, unix.SYS_GETTID,
)

// namedFiles are those that ask about a file by its name.
var namedFiles = whatever(statCall, unix.SYS_STATX)
