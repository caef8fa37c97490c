package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// NetmaskUnknown says that the network mask of the capture is not known, so
// that `ip broadcast` cannot be told.
const NetmaskUnknown = 0xffffffff

// Bounds on expressions, which keep the memory for compiling within 1 GiB.
// 100,000 hosts, networks or ports fit, and half as many ranges of ports.
const (
	// MaxLength is the length in bytes of the longest expression, 16 MiB.
	MaxLength = syntax.MaxLength

	maxTests  = 1_400_000 // of which terms are made
	maxValues = 500_000   // that tests compare
)

// Mode says where the packets come from, on which some terms depend.
type Mode uint8

const (
	// ModeDead is for programs that are shown or kept: no capture is at hand.
	ModeDead Mode = iota
	// ModeLive is for a live capture on Linux, where the kernel keeps VLAN tags
	// apart from the packet.
	ModeLive
	// ModeSavefileLittle is for a savefile in little-endian byte order.
	ModeSavefileLittle
	// ModeSavefileBig is for a savefile in big-endian byte order.
	ModeSavefileBig
)

func (m Mode) savefile() bool { return m == ModeSavefileLittle || m == ModeSavefileBig }

// Options say for which packets an expression is compiled.
type Options struct {
	LinkType   capture.LinkType
	SnapLen    int    // bytes that an accepted packet keeps; 0 stands for capture.MaxSnapLen
	Netmask    uint32 // of the network of the capture, for `ip broadcast`; see NetmaskUnknown
	NoOptimize bool   // the program as it stands in the expression, option -O
	Mode       Mode
	Names      *Names // nil: no names but numbers
	Hints      bool   // Program.Hints is asked for
}
