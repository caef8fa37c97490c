//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import (
	"os"
	"syscall"
)

// infoSignals ask for the counts: the terminal's Ctrl-T, and what asks on other systems.
func infoSignals() []os.Signal { return []os.Signal{syscall.SIGINFO, syscall.SIGUSR1} }
