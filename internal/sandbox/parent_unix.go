//go:build unix && !linux

package sandbox

import "syscall"

// endWithParent cannot be asked for on this system.
func endWithParent(*syscall.SysProcAttr) {}
