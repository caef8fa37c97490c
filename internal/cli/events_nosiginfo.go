//go:build unix && !(darwin || dragonfly || freebsd || netbsd || openbsd)

package cli

import (
	"os"
	"syscall"
)

// infoSignals ask for the counts.
func infoSignals() []os.Signal { return []os.Signal{syscall.SIGUSR1} }
