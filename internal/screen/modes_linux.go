package screen

import "golang.org/x/sys/unix"

// How modes are asked for, and set without waiting for what was written to be shown.
const (
	getModes = unix.TCGETS
	setModes = unix.TCSETS
)
