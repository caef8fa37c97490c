package sandbox

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// keeping calls f, by which root becomes a user. With sockets the process keeps,
// of root's capabilities, the one to open packet sockets, if it has it.
func keeping(sockets bool, f func() error) error {
	if !sockets {
		return f()
	}
	has, err := threadCapabilities()
	if err != nil {
		return fmt.Errorf("can't find out about capabilities: %w", err)
	}
	if err := setKeepCapabilities(1); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	if os.Geteuid() != 0 { // else it became nobody else
		if err := dropCapabilities(has[0].Permitted & (1 << unix.CAP_NET_RAW)); err != nil {
			return fmt.Errorf("can't keep the right to open packet sockets: %w", err)
		}
	}
	return setKeepCapabilities(0)
}

func setKeepCapabilities(on uintptr) error {
	if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, on, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("can't keep capabilities: %w", errno)
	}
	return nil
}

// threadCapabilities are those of the thread that it runs in.
func threadCapabilities() (has [2]unix.CapUserData, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	err = unix.Capget(&header, &has[0])
	return has, err
}
