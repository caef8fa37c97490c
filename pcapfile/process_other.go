//go:build !unix

package pcapfile

import (
	"os"
	"os/exec"
)

func detach(*exec.Cmd) {}

func lowerPriority(int) {}

// removed: an open file keeps its name on this system.
func removed(os.FileInfo) bool { return false }
