package compile

import (
	"encoding/binary"
	"net/netip"
	"runtime"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Bounds on expressions, which keep the memory for compiling within 1 GiB.
// 100,000 hosts, networks or ports fit, and half as many ranges of ports.
const (
	// MaxLength is the length in bytes of the longest expression, 16 MiB.
	MaxLength = syntax.MaxLength

	maxTests  = 1_400_000 // of which terms are made
	maxValues = 500_000   // that tests compare
)

// Mode says what the packets look like where the program runs, on which some
// terms depend.
type Mode uint8

const (
	// ModeDead is for the bytes of packets alone, wherever they are from: VLAN
	// tags are in their place, as in an eBPF program at XDP, and fields in the
	// order of the host are in that of a little-endian Linux. A socket of Linux
	// needs ModeLive: there a program of this mode sees no VLAN tag.
	ModeDead Mode = iota
	// ModeLive is for a socket of Linux, of which the kernel keeps VLAN tags apart
	// from the packet and tells the direction: the program loads ancillary data,
	// which other machines lack (see bpf.Rules.Ancillary).
	ModeLive
	// ModeSavefileLittle is for a savefile in little-endian byte order.
	ModeSavefileLittle
	// ModeSavefileBig is for a savefile in big-endian byte order.
	ModeSavefileBig
)

// CaptureMode is the mode for a filter that the kernel of this system runs on
// what a capture receives. Only Linux keeps VLAN tags apart from packets and tells
// more of a packet than what is in it; elsewhere a packet is what it would be in a
// savefile.
func CaptureMode() Mode {
	if runtime.GOOS == "linux" {
		return ModeLive
	}
	return SavefileMode(false)
}

// SavefileMode is the mode for packets of a savefile in this machine's byte order
// or, if swapped, in the other one (capture.Packet.Swapped).
func SavefileMode(swapped bool) Mode {
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if little != swapped {
		return ModeSavefileLittle
	}
	return ModeSavefileBig
}

func (m Mode) savefile() bool { return m == ModeSavefileLittle || m == ModeSavefileBig }

// Options say how an expression is compiled. The zero value is what nearly
// everybody wants.
type Options struct {
	// SnapLen is how many bytes an accepted packet keeps; 0 stands for
	// capture.MaxSnapLen.
	SnapLen int
	// Network is the IPv4 network of the capture, for `ip broadcast`, which is an
	// error without one: of the zero value, an IPv6 network and a single address.
	// libpcap's netmask 0 is 0.0.0.0/0.
	Network netip.Prefix
	// Names looks up names; nil: there are only numbers, and the names that the
	// language itself has.
	Names *Names
	// NoOptimize asks for the program as it stands in the expression, option -O.
	NoOptimize bool
	// Hints has Program.Hints be found, which takes time.
	Hints bool
	// Like is the version of tcpdump whose libpcap decides what an expression means,
	// which are wrong, and in which words, where versions differ.
	Like versions.Version
	// Demand has Program.Demand be found.
	Demand bool
}

// options are Options with what has to be said.
type options struct {
	Options
	link       capture.LinkType
	mode       Mode
	directions bool // in savefiles, too, ancillary data tells the direction
}

// netmask is that of Network; ok is false where it is not known.
func (o *options) netmask() (mask uint32, ok bool) {
	if !o.Network.IsValid() || !o.Network.Addr().Is4() || o.Network.Bits() == 32 {
		return 0, false
	}
	return ^uint32(0) << (32 - o.Network.Bits()), true
}
