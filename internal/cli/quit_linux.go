package cli

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// quitPlainly lets SIGQUIT end the program as it does others, without the
// listing that Go's runtime would print. own gives it back to the runtime, so that it can
// be handled.
func quitPlainly() (own func()) {
	var action [4]uint64 // struct sigaction of rt_sigaction(2)
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGQUIT), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
	if errno != 0 {
		return func() {}
	}
	defaultAction(unix.SIGQUIT)
	return func() {
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGQUIT), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	}
}

// defaultAction lets a signal do what it does to programs that know nothing of
// it. os/signal has no way to ask for that: it goes back to what was when the
// program started.
func defaultAction(sig syscall.Signal) {
	var action [4]uint64 // struct sigaction of rt_sigaction(2): SIG_DFL, no flags, no mask
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
