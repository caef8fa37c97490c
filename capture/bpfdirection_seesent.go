//go:build darwin || dragonfly

package capture

import "golang.org/x/sys/unix"

// directionRequest is what limits packets to one direction. Those that are sent
// can be left out; those that are received cannot.
func directionRequest(want Direction) (request uint, value uint32, ok bool) {
	return unix.BIOCSSEESENT, 0, want == DirIn
}
