package live

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// cookedHeaderLen is the length of the header that we put before packets that
// come without one; 0 for other link types.
func cookedHeaderLen(link capture.LinkType) int {
	switch link {
	case capture.LinkLINUX_SLL, capture.LinkLINUX_IRDA, capture.LinkLINUX_LAPD, capture.LinkNETLINK, capture.LinkLINUX_SLL2:
		return link.HeaderLength()
	}
	return 0
}

// The fields of struct sockaddr_ll (linux/if_packet.h), which the kernel puts
// beside each packet.
const (
	sllProtocol = 2 // big-endian
	sllIfIndex  = 4
	sllHaType   = 8
	sllPktType  = 10
	sllHaLen    = 11
	sllAddr     = 12
	sllLen      = 20
)

// putCooked fills the header h, which is as long as its link type says, from the
// packet's sockaddr_ll
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and
// LINKTYPE_LINUX_SLL2.html). Behind an address shorter than its field the kernel
// leaves what was in its memory before.
func putCooked(h, ll []byte) {
	ne, be := binary.NativeEndian, binary.BigEndian
	haType := ne.Uint16(ll[sllHaType:])
	if len(h) == capture.LinkLINUX_SLL2.HeaderLength() {
		copy(h[0:2], ll[sllProtocol:sllProtocol+2])
		be.PutUint16(h[2:], 0)
		be.PutUint32(h[4:], ne.Uint32(ll[sllIfIndex:]))
		be.PutUint16(h[8:], haType)
		h[10] = ll[sllPktType]
		h[11] = ll[sllHaLen]
		putAddress(h[12:20], ll)
		return
	}
	be.PutUint16(h[0:], uint16(ll[sllPktType]))
	be.PutUint16(h[2:], haType)
	be.PutUint16(h[4:], uint16(ll[sllHaLen]))
	putAddress(h[6:14], ll)
	copy(h[14:16], ll[sllProtocol:sllProtocol+2])
}

// putAddress fills the address field of a cooked header, of 8 bytes. Of longer
// addresses there is room for the beginning.
func putAddress(field, ll []byte) {
	n := copy(field, ll[sllAddr:sllAddr+min(int(ll[sllHaLen]), len(field))])
	clear(field[n:])
}

// vlanTagLen is the length of an 802.1Q tag, IEEE 802.1Q clause 9.
const vlanTagLen = 4

// vlanOffset is where in a packet the kernel has cut out a VLAN tag, or -1 when
// the link type has no place for one.
func vlanOffset(link capture.LinkType) int {
	switch link {
	case capture.LinkEN10MB:
		return link.HeaderLength() - 2 // before the type
	case capture.LinkLINUX_SLL:
		return link.HeaderLength() - 2
	}
	return -1
}

// Protocols and flags of CAN frames, linux/if_ether.h and linux/can.h.
const (
	protoCAN   = 0x000c
	protoCANFD = 0x000d
	protoCANXL = 0x000e

	canfdBRS = 0x01
	canfdESI = 0x02
	canfdFDF = 0x04
	canxlXLF = 0x80
)

// fixCAN makes a frame as the kernel hands it over, in the host's byte order,
// into one as LINKTYPE_CAN_SOCKETCAN and LINKTYPE_CAN_SOCKETCAN's XL form have
// it: the identifier in network byte order, and the kind of frame told by flags.
// https://www.tcpdump.org/linktypes/LINKTYPE_CAN_SOCKETCAN.html
func fixCAN(b, ll []byte, like versions.Version) {
	if len(b) < 8 {
		return
	}
	switch binary.BigEndian.Uint16(ll[sllProtocol:]) {
	case protoCAN:
		b[4] &^= canxlXLF
		b[5] &^= canfdFDF
		if !canKept.In(like) {
			b[5], b[6], b[7] = 0, 0, 0
		}
	case protoCANFD:
		b[4] &^= canxlXLF
		b[5] |= canfdFDF
		if !canKept.In(like) {
			b[5] &= canfdFDF | canfdESI | canfdBRS
			b[6], b[7] = 0, 0
		}
	case protoCANXL:
		b[4] |= canxlXLF
	}
	binary.BigEndian.PutUint32(b, binary.NativeEndian.Uint32(b))
	if b[4]&canxlXLF != 0 && len(b) >= 12 {
		binary.LittleEndian.PutUint16(b[6:], binary.NativeEndian.Uint16(b[6:]))
		binary.LittleEndian.PutUint32(b[8:], binary.NativeEndian.Uint32(b[8:]))
	}
}

// isCAN tells whether a packet comes from a CAN device.
func isCAN(ll []byte) bool {
	return binary.NativeEndian.Uint16(ll[sllHaType:]) == unix.ARPHRD_CAN
}
