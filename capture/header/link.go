package header

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/capture"
)

// EtherTypes (IEEE 802 numbers) that lead to IP.
const (
	EtherTypeIPv4     = 0x0800
	EtherTypeIPv6     = 0x86dd
	EtherTypeVLAN     = 0x8100 // 802.1Q
	EtherTypeQinQ     = 0x88a8 // 802.1ad
	EtherTypeQinQ9100 = 0x9100 // older double tags
	EtherTypeQinQ9200 = 0x9200
	EtherTypePPPoE    = 0x8864 // session
	EtherTypeMPLS     = 0x8847
	EtherTypeMPLSUp   = 0x8848 // upstream-assigned labels
)

// firstEtherType is where a length field ends and types begin (IEEE 802.3).
const firstEtherType = 0x600

// CanDecode reports whether Decode looks for IP in frames of a link type.
func CanDecode(link capture.LinkType) bool { return decoder(link) != nil }

// network returns what a link-layer header carries when that may be IP, from
// the IP header on; nil when it is not.
func network(link capture.LinkType, b []byte) []byte {
	if decode := decoder(link); decode != nil {
		return decode(link, b)
	}
	return nil
}

// decoder returns what network does for a link type; nil where nothing is known.
func decoder(link capture.LinkType) func(link capture.LinkType, b []byte) []byte {
	switch link {
	case capture.LinkEN10MB:
		return ethernet
	case capture.LinkRAW:
		return raw
	case capture.LinkIPV4, capture.LinkIPV6:
		return rawVersion
	case capture.LinkLINUX_SLL:
		return sll
	case capture.LinkLINUX_SLL2:
		return sll2
	case capture.LinkNULL, capture.LinkLOOP, capture.LinkPPP_BSDOS, capture.LinkSLIP_BSDOS, capture.LinkSLIP, capture.LinkENC:
		return behindHeader
	case capture.LinkPPP, capture.LinkPPP_SERIAL:
		return pppFramed
	case capture.LinkPPP_ETHER:
		return pppoe
	case capture.LinkFRELAY:
		return frameRelay
	case capture.LinkPFLOG:
		return pflog
	case capture.LinkMPLS:
		return mplsFrame
	case capture.LinkFDDI, capture.LinkIP_OVER_FC:
		return llcBehindHeader
	case capture.LinkATM_RFC1483:
		return llcFrame
	case capture.LinkIEEE802:
		return tokenRing
	case capture.LinkIEEE802_11:
		return wlanFrame
	case capture.LinkIEEE802_11_RADIO:
		return radiotap
	case capture.LinkPRISM_HEADER:
		return prism
	case capture.LinkIEEE802_11_RADIO_AVS:
		return avs
	}
	if link.EndsWithEtherType() {
		return typeAtEnd
	}
	return nil
}

// Frames of link types that need no more than their header's length.

func raw(_ capture.LinkType, b []byte) []byte { return b }

func rawVersion(link capture.LinkType, b []byte) []byte {
	if link == capture.LinkIPV4 {
		return ofVersion(4, b)
	}
	return ofVersion(6, b)
}

func behindHeader(link capture.LinkType, b []byte) []byte { return tail(b, link.HeaderLength()) }

// typeAtEnd has an EtherType at the end of the header.
func typeAtEnd(link capture.LinkType, b []byte) []byte {
	n := link.HeaderLength()
	return byTypeAt(b, n-2, n)
}

func llcBehindHeader(link capture.LinkType, b []byte) []byte {
	return llc(tail(b, link.HeaderLength()))
}

func llcFrame(_ capture.LinkType, b []byte) []byte { return llc(b) }

func mplsFrame(_ capture.LinkType, b []byte) []byte { return mpls(b) }

func pppoe(_ capture.LinkType, b []byte) []byte { return ppp(tail(b, pppoeHeaderLen)) }

func wlanFrame(_ capture.LinkType, b []byte) []byte { return wlan(b) }

// Types of cooked frames stand at the end of the header, or at its beginning.

func sll(link capture.LinkType, b []byte) []byte {
	return cooked(b, link.HeaderLength()-2, link.HeaderLength())
}

func sll2(link capture.LinkType, b []byte) []byte { return cooked(b, 0, link.HeaderLength()) }

// tail is b from n on, nil when b is shorter.
func tail(b []byte, n int) []byte {
	if n > len(b) {
		return nil
	}
	return b[n:]
}

// ofVersion is b if it is of that version of IP, else nil.
func ofVersion(version uint8, b []byte) []byte {
	if len(b) == 0 || b[0]>>4 != version {
		return nil
	}
	return b
}

// byTypeAt follows an EtherType at offset at, with the payload at n.
func byTypeAt(b []byte, at, n int) []byte {
	if len(b) < n || len(b) < at+2 {
		return nil
	}
	return byEtherType(binary.BigEndian.Uint16(b[at:]), b[n:])
}

// cooked follows the EtherType of a cooked header, at offset at, with the payload
// at n.
func cooked(b []byte, at, n int) []byte {
	if len(b) < n {
		return nil
	}
	t, b := binary.BigEndian.Uint16(b[at:]), b[n:]
	for isTag(t) && len(b) >= tagLen {
		t, b = binary.BigEndian.Uint16(b[2:]), b[tagLen:]
	}
	if t == EtherTypeIPv4 || t == EtherTypeIPv6 {
		b = behindHiddenTags(t, b)
	}
	return byEtherType(t, b)
}

// behindHiddenTags is what carries type t behind tags that a cooked header does
// not tell of. Linux takes off the outermost tag and leaves the others where they
// are, without the type before the first; since 6.11, and in stable releases from
// before, the header has the type behind the last (vlan_get_protocol_dgram of
// net/packet/af_packet.c).
func behindHiddenTags(t uint16, b []byte) []byte {
	for rest := b; len(rest) > tagLen; {
		inner := binary.BigEndian.Uint16(rest[2:])
		rest = rest[tagLen:]
		if inner == t && ofVersion(versionOf(t), rest) != nil && !isWhole(t, b) {
			return rest
		}
		if !isTag(inner) {
			break
		}
	}
	return b
}

// isWhole reports whether b is a packet of type t rather than a tag that begins
// like one: priority and identifier may look like a version and a length, and the
// type behind them like a packet's length or label.
func isWhole(t uint16, b []byte) bool {
	switch {
	case t == EtherTypeIPv4:
		return len(b) >= 20 && ofVersion(4, b) != nil && IPv4(b).sumsUp()
	case len(b) >= 40 && ofVersion(6, b) != nil:
		return 40+IPv6(b).PayloadLength() <= len(b)
	}
	return false
}

func versionOf(t uint16) uint8 {
	if t == EtherTypeIPv4 {
		return 4
	}
	return 6
}

// tagLen is the length of an 802.1Q tag; isTag reports whether a type leads to one.
const tagLen = 4

func isTag(t uint16) bool {
	return t == EtherTypeVLAN || t == EtherTypeQinQ || t == EtherTypeQinQ9100 || t == EtherTypeQinQ9200
}

func ethernet(link capture.LinkType, b []byte) []byte {
	n := link.HeaderLength()
	if len(b) < n {
		return nil
	}
	t := binary.BigEndian.Uint16(b[n-2:])
	if t < firstEtherType {
		return llc(b[n:])
	}
	return byEtherType(t, b[n:])
}

// byEtherType follows tags and labels down to IP.
func byEtherType(t uint16, b []byte) []byte {
	for {
		switch t {
		case EtherTypeIPv4:
			return ofVersion(4, b)
		case EtherTypeIPv6:
			return ofVersion(6, b)
		case EtherTypeVLAN, EtherTypeQinQ, EtherTypeQinQ9100, EtherTypeQinQ9200:
			if len(b) < tagLen {
				return nil
			}
			t, b = binary.BigEndian.Uint16(b[2:]), b[tagLen:]
		case EtherTypePPPoE:
			return ppp(tail(b, pppoeHeaderLen))
		case EtherTypeMPLS, EtherTypeMPLSUp:
			return mpls(b)
		default:
			return nil
		}
	}
}

// mpls skips labels (RFC 3032). What is below them does not say what it is: the
// version of IP does.
func mpls(b []byte) []byte {
	for len(b) >= 4 {
		bottom := b[2]&1 != 0
		b = b[4:]
		if bottom {
			return b
		}
	}
	return nil
}

// llc follows an 802.2 header: SNAP with an EtherType, or IP's own SAP.
func llc(b []byte) []byte {
	if len(b) < 3 {
		return nil
	}
	switch {
	case b[0] == 0xaa && b[1] == 0xaa && b[2] == 3:
		return byTypeAt(b, 6, 8)
	case b[0] == 6 && b[1] == 6 && b[2] == 3:
		return b[3:]
	}
	return nil
}

// pppoeHeaderLen is the length of the header of PPPoE (RFC 2516).
const pppoeHeaderLen = 6

// PPP protocol numbers (RFC 1661).
const (
	pppIPv4 = 0x21
	pppIPv6 = 0x57
)

// pppFramed is PPP with or without HDLC framing (RFC 1662).
func pppFramed(_ capture.LinkType, b []byte) []byte {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b = b[2:]
	}
	return ppp(b)
}

// ppp follows a protocol number of one or two bytes.
func ppp(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	protocol, n := uint16(b[0]), 1
	if b[0]&1 == 0 {
		protocol, n = binary.BigEndian.Uint16(b), 2
	}
	if protocol == pppIPv4 || protocol == pppIPv6 {
		return b[n:]
	}
	return nil
}

// frameRelay is RFC 2427: an address of two to four bytes, control, NLPID.
func frameRelay(_ capture.LinkType, b []byte) []byte {
	n := 0
	for n < len(b) && b[n]&1 == 0 {
		n++
	}
	b = tail(b, n+1)
	if len(b) < 4 || b[0] != 3 {
		return nil
	}
	b = b[1:]
	if b[0] == 0 {
		b = b[1:] // padding
	}
	switch b[0] {
	case 0xcc, 0x8e:
		return b[1:]
	case 0x80:
		return byTypeAt(b, 4, 6)
	}
	return nil
}

// pflog begins with its length, which leaves out padding to four bytes.
func pflog(_ capture.LinkType, b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return tail(b, (int(b[0])+3)&^3)
}

// tokenRing may have source routing behind its addresses (IEEE 802.5).
func tokenRing(_ capture.LinkType, b []byte) []byte {
	if len(b) < 16 {
		return nil
	}
	n := 14
	if b[8]&0x80 != 0 {
		n += int(b[14] & 0x1f)
	}
	return llc(tail(b, n))
}

// radiotap begins with its length, as do AVS and Prism, though Prism's length is
// always the same (https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_RADIOTAP.html).
func radiotap(_ capture.LinkType, b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	return wlan(tail(b, int(binary.LittleEndian.Uint16(b[2:]))))
}

func avs(_ capture.LinkType, b []byte) []byte {
	if len(b) < 8 {
		return nil
	}
	return wlan(tail(b, int(binary.BigEndian.Uint32(b[4:])&0xffff)))
}

func prism(link capture.LinkType, b []byte) []byte { return wlan(tail(b, link.HeaderLength())) }

// wlan follows a data frame that is not encrypted (IEEE 802.11, clause 9.3.2).
func wlan(b []byte) []byte {
	if len(b) < 24 || b[0]&0x0f != 0x08 || b[1]&0x40 != 0 || b[0]&0x40 != 0 {
		return nil
	}
	n := 24
	if b[1]&3 == 3 {
		n += 6 // a fourth address
	}
	if b[0]&0x80 != 0 {
		n += 2 // QoS control
		if b[1]&0x80 != 0 {
			n += 4 // HT control
		}
	}
	return llc(tail(b, n))
}
