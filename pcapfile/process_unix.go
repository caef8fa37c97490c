//go:build unix

package pcapfile

import (
	"os"
	"os/exec"
	"syscall"
)

// detach keeps the signals of a terminal away from the command, so that an
// interrupt ends the capture and not the work on a file.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// lowerPriority makes the process, and those that it may have started by now, give
// way to the capture. It is no harm if that is not allowed.
func lowerPriority(pid int) { _ = syscall.Setpriority(syscall.PRIO_PGRP, pid, 19) }

// removed reports whether a regular file has no name any more: what is in it is
// lost when it is closed.
func removed(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && st.Nlink == 0
}
