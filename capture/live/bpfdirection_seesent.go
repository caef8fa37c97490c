//go:build darwin || dragonfly

package live

import (
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// directionRequest is what limits packets to one direction. Those that are sent
// can be left out; those that are received cannot.
func directionRequest(want capture.Direction) (request uint, value uint32, ok bool) {
	return unix.BIOCSSEESENT, 0, want == capture.DirIn
}
