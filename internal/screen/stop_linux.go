package screen

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stopProcess does what SIGTSTP does to programs that know nothing of it: nothing, where
// no shell could have the process go on. Go's runtime has no way to ask for that; its own
// action is put back behind it.
func stopProcess() {
	var plain, own [4]uint64 // struct sigaction of rt_sigaction(2): SIG_DFL, no flags, no mask
	const sig = uintptr(unix.SIGTSTP)
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&plain)), uintptr(unsafe.Pointer(&own)), 8, 0, 0)
	if errno != 0 {
		return
	}
	_ = unix.Kill(os.Getpid(), unix.SIGTSTP) // of one's own process it cannot fail
	time.Sleep(stopPatience)                 // it may reach another thread a little later
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&own)), 0, 8, 0, 0)
}

const stopPatience = 50 * time.Millisecond
