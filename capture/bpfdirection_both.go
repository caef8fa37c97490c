//go:build freebsd || netbsd

package capture

import "golang.org/x/sys/unix"

// Values of BIOCSDIRECTION, which has the number of the older BIOCSSEESENT. 1
// stands for both directions.
const (
	bpfDirectionIn  = 0
	bpfDirectionOut = 2
)

// directionRequest is what limits packets to one direction.
func directionRequest(want Direction) (request uint, value uint32, ok bool) {
	if want == DirOut {
		return unix.BIOCSSEESENT, bpfDirectionOut, true
	}
	return unix.BIOCSSEESENT, bpfDirectionIn, true
}
