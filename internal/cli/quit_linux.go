package cli

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// quitPlainly lets SIGQUIT end the program as it does others, without the
// listing that Go's runtime would print. os/signal has no way to ask for that.
func quitPlainly() {
	var defaultAction [4]uint64 // struct sigaction of rt_sigaction(2): SIG_DFL, no flags, no mask
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGQUIT), uintptr(unsafe.Pointer(&defaultAction)), 0, 8, 0, 0)
}
