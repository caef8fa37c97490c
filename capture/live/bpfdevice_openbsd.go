package live

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

const bpfFlagsOffset = int(unsafe.Offsetof(unix.BpfHdr{}.Flags))

// directionRequest is what limits packets to one direction: it names those to
// leave out.
func directionRequest(want capture.Direction) (request uint, value uint32, ok bool) {
	if want == capture.DirOut {
		return unix.BIOCSDIRFILT, unix.BPF_DIRECTION_IN, true
	}
	return unix.BIOCSDIRFILT, unix.BPF_DIRECTION_OUT, true
}
