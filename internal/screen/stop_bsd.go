//go:build darwin || freebsd || openbsd || netbsd || dragonfly

package screen

import (
	"os"
	"syscall"
)

// stopProcess stops the process until somebody has it go on.
func stopProcess() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) // of one's own process it cannot fail
}
