//go:build unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// detach keeps a terminal's signals away from a process: an interrupt ends the
// capture, not the work on its files.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// keepFromChildren closes files in processes that are started from now on.
func keepFromChildren(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
