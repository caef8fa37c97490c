//go:build freebsd || netbsd

package live

import (
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// Values of BIOCSDIRECTION, which has the number of the older BIOCSSEESENT. 1
// stands for both directions.
const (
	bpfDirectionIn  = 0
	bpfDirectionOut = 2
)

// directionRequest is what limits packets to one direction.
func directionRequest(want capture.Direction) (request uint, value uint32, ok bool) {
	if want == capture.DirOut {
		return unix.BIOCSSEESENT, bpfDirectionOut, true
	}
	return unix.BIOCSSEESENT, bpfDirectionIn, true
}
