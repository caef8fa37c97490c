//go:build linux && (amd64 || arm64)

package sandbox

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// allowedCalls is what Go's runtime and the rest of the program need once it
// runs. Other calls fail with EPERM.
var allowedCalls = []uint32{
	// files
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PWRITE64,
	unix.SYS_OPENAT, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_STATX, unix.SYS_LSEEK, unix.SYS_FCNTL,
	unix.SYS_FTRUNCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FALLOCATE, unix.SYS_UNLINKAT,
	unix.SYS_RENAMEAT2, unix.SYS_READLINKAT, unix.SYS_GETDENTS64, unix.SYS_GETCWD, unix.SYS_FACCESSAT,
	unix.SYS_FACCESSAT2, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_PIPE2, unix.SYS_SPLICE, unix.SYS_SENDFILE,
	unix.SYS_COPY_FILE_RANGE, unix.SYS_IOCTL, unix.SYS_RENAMEAT, unix.SYS_STATFS, unix.SYS_FSTATFS,
	// waiting
	unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_EPOLL_PWAIT2, unix.SYS_EVENTFD2, unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY, unix.SYS_RESTART_SYSCALL,
	unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_DELETE, unix.SYS_SETITIMER,
	// memory and threads
	unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK, unix.SYS_EXIT,
	unix.SYS_EXIT_GROUP, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_SET_ROBUST_LIST,
	unix.SYS_RSEQ, unix.SYS_MEMBARRIER, unix.SYS_GETRANDOM, unix.SYS_UNAME, unix.SYS_SYSINFO,
	unix.SYS_PRLIMIT64, unix.SYS_GETRUSAGE,
	// signals, and commands that were started before
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_TGKILL, unix.SYS_KILL, unix.SYS_GETPID, unix.SYS_GETPPID, unix.SYS_GETTID, unix.SYS_GETUID,
	unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID, unix.SYS_WAIT4, unix.SYS_WAITID,
	unix.SYS_PIDFD_SEND_SIGNAL,
	// sockets that are open, and those of needs
	unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_RECVFROM, unix.SYS_RECVMSG,
	unix.SYS_GETSOCKOPT, unix.SYS_SETSOCKOPT, unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME, unix.SYS_SHUTDOWN,
}

// Offsets in struct seccomp_data (linux/seccomp.h); those of arguments are of
// their low half in little-endian order, as all systems here have it.
const (
	dataCall = 0
	dataArch = 4
	dataArg0 = 16
	dataArg2 = 32
)

var (
	allow = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}
	deny  = bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
)

// seccompProgram is the program that decides on system calls.
func seccompProgram(needs Needs) ([]bpf.RawInstruction, error) {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: dataArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS},
		bpf.LoadAbsolute{Off: dataCall, Size: 4},
	}
	for _, calls := range [][]uint32{allowedCalls, archCalls} {
		for _, call := range calls {
			p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: call, SkipTrue: 1}, allow)
		}
	}
	// No memory that can be written becomes code.
	for _, call := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		p = append(p, onCall(call,
			bpf.LoadAbsolute{Off: dataArg2, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: unix.PROT_EXEC, SkipFalse: 1},
			allow, deny)...)
	}
	// Threads, but no processes.
	p = append(p, onCall(unix.SYS_CLONE,
		bpf.LoadAbsolute{Off: dataArg0, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: unix.CLONE_THREAD, SkipFalse: 1},
		allow, deny)...)
	// Its flags lie in memory; callers know how to do without.
	p = append(p, onCall(unix.SYS_CLONE3, bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})...)
	families := []uint32{unix.AF_NETLINK} // names of interfaces
	if needs.Resolve {
		families = append(families, unix.AF_INET, unix.AF_INET6)
	}
	body := []bpf.Instruction{bpf.LoadAbsolute{Off: dataArg0, Size: 4}}
	for _, family := range families {
		body = append(body, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: family, SkipTrue: 1}, allow)
	}
	p = append(p, onCall(unix.SYS_SOCKET, append(body, deny)...)...)
	return bpf.Assemble(append(p, deny))
}

// onCall is body for one system call; it has to end in a return.
func onCall(call uint32, body ...bpf.Instruction) []bpf.Instruction {
	return append([]bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: call, SkipTrue: uint8(len(body))},
	}, body...)
}
