// slow.go: the slow protocols: link aggregation control and marker (IEEE Std
// 802.1AX, 6.4 and 6.5), operations, administration and maintenance (IEEE Std
// 802.3, clause 57) and those of organizations (annex 57B).

package printer

import "github.com/tapdump/tapdump/versions"

var slowOSSPName = versions.Since(versions.V5_0, "Slow protocols", "`unknown (10), length 52` and a dump", "`OSSP, length 52`, with -v the organization and the dump behind it")

const (
	slowLACP   = 1
	slowMarker = 2
	slowOAM    = 3
	slowOSSP   = 10
)

// slowVersion is the only version of LACP and of marker.
const slowVersion = 1

var slowSubtypes = []tok{
	{slowLACP, "LACP"},
	{slowMarker, "MARKER"},
	{slowOAM, "OAM"},
}

var slowSubtypesOSSP = amended(slowSubtypes, tok{slowOSSP, "OSSP"})

// TLVs: the protocol and the type.
const (
	slowTerminator  = 0
	slowLACPActor   = slowLACP<<8 | 1
	slowLACPPartner = slowLACP<<8 | 2
	slowLACPCollect = slowLACP<<8 | 3
	slowMarkerInfo  = slowMarker<<8 | 1
)

// Lengths of TLVs with their heads.
const (
	slowTLVHeadLen     = 2
	slowLACPActorLen   = 20
	slowLACPCollectLen = 16
	slowMarkerInfoLen  = 16
)

var (
	slowTLVs = []tok{
		{slowLACP<<8 | slowTerminator, "Terminator"},
		{slowLACPActor, "Actor Information"},
		{slowLACPPartner, "Partner Information"},
		{slowLACPCollect, "Collector Information"},
		{slowMarker<<8 | slowTerminator, "Terminator"},
		{slowMarkerInfo, "Marker Information"},
	}
	slowLACPState = []tok{
		{0x01, "Activity"},
		{0x02, "Timeout"},
		{0x04, "Aggregation"},
		{0x08, "Synchronization"},
		{0x10, "Collecting"},
		{0x20, "Distributing"},
		{0x40, "Default"},
		{0x80, "Expired"},
	}
)

func (p *Printer) slow(b []byte, length int) {
	p.proto = "slow"
	if length < 1 {
		p.slowTooShort()
		return
	}
	subtype := u8(b, 0)
	name := tokStr(p.tableSince(slowOSSPName, slowSubtypesOSSP, slowSubtypes), "unknown (%d)", subtype)
	switch {
	case subtype == slowLACP, subtype == slowMarker:
		if length < 2 {
			p.slowTooShort()
			return
		}
		version := u8(b, 1)
		if version != slowVersion {
			p.printf("%s version %d packet not supported", name, version)
			return
		}
		p.printf("%sv%d, length %d", name, version, uint32(length))
		if p.vflag > 0 {
			p.slowTLVs(b[2:], length-2, subtype)
		}
	case subtype == slowOAM:
		p.printf("%s, length %d", name, uint32(length))
		if p.vflag > 0 {
			p.slowOAM(b[1:], length-1)
		}
	case subtype == slowOSSP && p.follows(slowOSSPName):
		p.printf("%s, length %d", name, uint32(length))
		if p.vflag > 0 {
			p.slowOSSP(b[1:], length-1)
		}
	default:
		p.printf("%s, length %d", name, uint32(length))
		p.unknownData(b, "\n\t", length)
	}
}

// slowOSSP prints a packet of an organization's own slow protocol.
func (p *Printer) slowOSSP(b []byte, length int) {
	if p.lacks("length", length, 3) {
		return
	}
	oui := u24(b, 0)
	p.printf("\n\tOUI: %s (0x%06x)", tokStr(p.ouiTable(), "Unknown", oui), oui)
	p.unknownData(b[3:], "\n\t", length-3)
}

func (p *Printer) slowTooShort() {
	if p.vflag == 0 {
		p.str(" (packet is too short)")
	} else {
		p.str("\n\t\t packet is too short")
	}
}

// slowTLVs prints the TLVs of LACP or marker.
func (p *Printer) slowTLVs(b []byte, length int, protocol uint8) {
	for i := 0; i < length; {
		left := length - i
		if left < slowTLVHeadLen {
			p.slowTooShort()
			return
		}
		kind, n := u8(b, i), int(u8(b, i+1))
		tlv := uint16(protocol)<<8 | uint16(kind)
		p.printf("\n\t%s TLV (0x%02x), length %d", tokStr(slowTLVs, "Unknown", tlv), kind, n)
		if kind == slowTerminator {
			return
		}
		if n < slowTLVHeadLen {
			p.printf("\n\t    ERROR: illegal length - should be >= %d", slowTLVHeadLen)
			return
		}
		if n > left {
			p.slowTooShort()
			return
		}
		need(b, i, n)
		p.slowTLV(tlv, b[i:i+n])
		if p.vflag > 1 {
			p.unknownData(b[i+slowTLVHeadLen:], "\n\t  ", n-slowTLVHeadLen)
		}
		i += n
	}
}

func (p *Printer) slowTLV(kind uint16, tlv []byte) {
	switch kind {
	case slowLACPActor, slowLACPPartner:
		if !p.slowLength(tlv, slowLACPActorLen) {
			return
		}
		p.printf("\n\t  System %s, System Priority %d, Key %d, Port %d, Port Priority %d\n\t  State Flags [%s]",
			macAt(tlv, 4), u16(tlv, 2), u16(tlv, 10), u16(tlv, 14), u16(tlv, 12), bitStr(slowLACPState, "none", tlv[16]))
	case slowLACPCollect:
		if p.slowLength(tlv, slowLACPCollectLen) {
			p.printf("\n\t  Max Delay %d", u16(tlv, 2))
		}
	case slowMarkerInfo:
		if p.slowLength(tlv, slowMarkerInfoLen) {
			p.printf("\n\t  Request System %s, Request Port %d, Request Transaction ID 0x%08x",
				macAt(tlv, 4), u16(tlv, 2), u32(tlv, 10))
		}
	default:
		if p.vflag <= 1 {
			p.unknownData(tlv[slowTLVHeadLen:], "\n\t  ", len(tlv)-slowTLVHeadLen)
		}
	}
}

// slowLength reports whether a TLV has the length it must have.
func (p *Printer) slowLength(tlv []byte, n int) bool {
	if len(tlv) != n {
		p.printf("\n\t    ERROR: illegal length - should be %d", n)
		return false
	}
	return true
}
