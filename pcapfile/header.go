package pcapfile

import (
	"math"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Header is what a savefile says about all its packets.
type Header struct {
	LinkType capture.LinkType
	// LinkTypeExt holds the upper 16 bits of a pcap file's link-type word: in
	// bit 26 whether the length of the frame check sequence is known, in bits
	// 28 to 31 that length.
	LinkTypeExt uint32
	// SnapLen is the snapshot length in bytes. A Reader gives the link type's
	// maximum where the file says 0 or more than an int32 holds.
	SnapLen int
	// Nano reports whether time stamps have nanoseconds; microseconds otherwise.
	Nano bool
}

// Format is how a file is written that says the same of its packets, but for the
// link type: in pcap, uncompressed.
func (h Header) Format() Format {
	return Format{SnapLen: h.SnapLen, Nano: h.Nano, LinkTypeExt: h.LinkTypeExt}
}

// Magic numbers of pcap files, in the byte order of the machine that wrote them.
const (
	magicMicro     = 0xa1b2c3d4
	magicNano      = 0xa1b23c4d
	magicKuznetzov = 0xa1b2cd34 // longer record headers
)

// Version of the pcap format that is written.
const (
	versionMajor = 2
	versionMinor = 4
)

const (
	fileHeaderLen   = 24
	recordHeaderLen = 16
	// Kuznetzov's patch adds the interface's index, the protocol and the type
	// of packet, and the compiler a byte of padding.
	kuznetzovHeaderLen = 24
)

// maxSnapLen is the largest captured length that is taken for sane in a packet
// of link type l.
func maxSnapLen(l capture.LinkType) uint32 {
	switch l {
	case capture.LinkDBUS:
		return 128 << 20
	case capture.LinkEBHSCR:
		return 8 << 20
	case capture.LinkUSBPCAP:
		return 1 << 20
	}
	return capture.MaxSnapLen
}

// adjustSnapLen replaces a snapshot length that cannot be meant.
func adjustSnapLen(l capture.LinkType, snaplen uint32) uint32 {
	if snaplen == 0 || snaplen > math.MaxInt32 {
		return maxSnapLen(l)
	}
	return snaplen
}

var dectTapWritten = versions.Since(versions.V5_0, "savefiles", "`link-layer type 304 isn't supported in savefiles`", "DECT_NR_TAP can be written")

// savefileType is the number that stands for l in a file, and whether there is
// one: numbers between the groups below are given to no link type.
func savefileType(l capture.LinkType, like versions.Version) (uint32, bool) {
	n := l.Savefile()
	switch {
	case n <= 10, n >= 99 && n <= uint32(capture.MaxLinkType):
		return n, true
	case l == capture.LinkDECT_NR_TAP:
		return n, dectTapWritten.In(like)
	case l == capture.LinkREDBACK_SMARTEDGE, l == capture.LinkPPP_SERIAL, l == capture.LinkPPP_ETHER:
		return n, true
	}
	return 0, false
}
