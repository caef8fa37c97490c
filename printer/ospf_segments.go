package printer

import "github.com/tapdump/tapdump/versions"

// Extended prefixes (RFC 7684) and segment routing (RFC 8665).

var ospfSegments = versions.Since(versions.V5_0, "OSPF", "opaque types 7 and 8 are `unknown`, of Router Information only capabilities are decoded",
	"`Extended Prefix` and `Extended Link`; extended prefixes with their segment identifiers (RFC 7684, RFC 8665), host names (RFC 5642) and the TLVs of segment routing are decoded")

// TLVs of Router Information (RFC 5642 section 3, RFC 8665 section 3), the sub-TLV
// of two of them, TLVs of extended prefixes (RFC 7684 section 2.1, RFC 8665 section
// 4), and their sub-TLV (RFC 8665 section 5).
const (
	ospfRouterName       = 7
	ospfRouterAlgorithms = 8
	ospfRouterRange      = 9
	ospfRouterLocalBlock = 14
	ospfRouterPreference = 15

	ospfRangeFirst = 1

	ospfPrefixOne   = 1
	ospfPrefixRange = 2

	ospfPrefixSegment = 2
)

var (
	ospfLaterRouterInfoTLVs = amended(ospfRouterInfoTLVs,
		tok{ospfRouterAlgorithms, "SR-Algorithm"},
		tok{ospfRouterName, "Hostname"},
		tok{ospfRouterRange, "SID/Label Range"},
		tok{ospfRouterLocalBlock, "SR Local Block"},
		tok{ospfRouterPreference, "SRMS Preference"})
	ospfAlgorithms = []tok{
		{0, "Shortest Path First"},
		{1, "Strict Shortest Path First"},
	}
	ospfRangeSubTLVs = []tok{{ospfRangeFirst, "SID/Label"}}
	ospfPrefixTLVs   = []tok{
		{ospfPrefixOne, "Extended Prefix"},
		{ospfPrefixRange, "Extended Prefix Range"},
	}
	ospfPrefixSubTLVs = []tok{{ospfPrefixSegment, "Prefix-SID"}}
	ospfPrefixFlags   = []tok{{0x80, "Inter-Area"}}
	ospfRouteTypes    = []tok{
		{0, "Unspecified"},
		{1, "Intra-Area"},
		{3, "Inter-Area"},
		{5, "AS External"},
		{7, "NSSA External"},
	}
	ospfSegmentFlags = []tok{
		{0x40, "No-PHP"},
		{0x20, "Mapping-Server"},
		{0x10, "Explicit-NULL"},
		{0x08, "Value"},
		{0x04, "Local"},
	}
)

// ospfSegmentTLV prints the value of a TLV of Router Information that is not its
// capabilities, and reports whether it is well-formed. All of it was captured.
func (p *Printer) ospfSegmentTLV(kind uint16, b []byte, size uint32) bool {
	switch kind {
	case ospfRouterName:
		p.str("\n\t      Hostname: ")
		p.safePadded(b, int(size))
	case ospfRouterAlgorithms:
		for _, algorithm := range b[:size] {
			p.printf("\n\t      %s (%d)", tokStr(ospfAlgorithms, "Unknown", algorithm), algorithm)
		}
	case ospfRouterRange, ospfRouterLocalBlock:
		p.ospfNeed(b, 0, 4)
		p.printf("\n\t      Range size: %d", u24(b, 0))
		return p.ospfSubTLVs(b[4:], size-4, "\n\t      %s subTLV (%d), length: %d, value: ", ospfRangeSubTLVs, (*Printer).ospfRangeSubTLV)
	case ospfRouterPreference:
		if size != 4 {
			p.printf("\n\t    Bogus SRMS Preference TLV length %d != 4", size)
			return false
		}
		p.printf("\n\t      SRMS Preference: %d", b[0])
	default:
		p.ospfUndecoded(b, "\n\t      ", int(size))
	}
	return true
}

// ospfSubTLVs prints sub-TLVs in left bytes, each by format with its name, its type
// and its length, and reports whether they are well-formed. Like in tcpdump, left
// may have wrapped around.
func (p *Printer) ospfSubTLVs(b []byte, left uint32, format string, names []tok, value func(*Printer, uint16, []byte, int)) bool {
	for left >= 4 {
		kind, size := u16(b, 0), uint32(u16(b, 2))
		b = b[4:]
		left -= 4
		if kind == 0 || size == 0 {
			p.invalid()
			return false
		}
		p.printf(format, tokStr(names, "unknown", kind), kind, size)
		padded := ospfPadded(size)
		if left >= size {
			value(p, kind, b, int(size))
			size = padded
		}
		if left < size {
			p.printf("\n\t    Remaining TLV length %d < %d", left, size)
			return false
		}
		b = at(b, int(padded))
		left -= padded
	}
	return true
}

// ospfRangeSubTLV prints the first label or identifier of a range (RFC 8665 section
// 2.1).
func (p *Printer) ospfRangeSubTLV(kind uint16, b []byte, size int) {
	switch {
	case kind != ospfRangeFirst:
		p.ospfUndecoded(b, "\n\t\t", size)
	case size == 3:
		p.printf("\n\t\tLabel: %d", u24(b, 0))
	case size == 4:
		p.printf("\n\t\tSID: %d", u32(b, 0))
	default:
		p.printf("\n\t\tBogus subTLV length %d", size)
	}
}

// ospfPrefixSubTLV prints the segment identifier of a prefix (RFC 8665 section 5).
func (p *Printer) ospfPrefixSubTLV(kind uint16, b []byte, size int) {
	if kind != ospfPrefixSegment {
		p.ospfUndecoded(b, "\n\t\t", size)
		return
	}
	flags, topology, algorithm := u8(b, 0), u8(b, 2), u8(b, 3)
	switch size {
	case 7:
		p.printf("\n\t\t  Label: %d", u24(b, 4))
	case 8:
		p.printf("\n\t\t  Index: %d", u32(b, 4))
	default:
		p.printf("\n\t\tBogus subTLV length %d", size)
		return
	}
	p.printf(", MT-ID: %d, Algorithm: %s (%d), Flags [%s]", topology,
		tokStr(ospfAlgorithms, "Unknown", algorithm), algorithm, bitStr(ospfSegmentFlags, "none", flags))
}

// ospfExtendedPrefix prints prefixes with more about them (RFC 7684 section 2) and
// reports whether they are well-formed. Where they are cut, the packet ends.
func (p *Printer) ospfExtendedPrefix(b []byte, n int) bool {
	for left := uint32(n); left >= 4; {
		kind, size := u16(b, 0), uint32(u16(b, 2))
		b = b[4:]
		left -= 4
		if kind == 0 || size == 0 {
			p.invalid()
			return false
		}
		p.printf("\n\t    %s TLV (%d), length: %d, value: ", tokStr(ospfPrefixTLVs, "unknown", kind), kind, size)
		if size > left {
			p.printf("\n\t    Bogus length %d > %d", size, left)
			return false
		}
		switch kind {
		case ospfPrefixOne, ospfPrefixRange:
			if !p.ospfPrefixTLV(kind, b, size) {
				return false
			}
		default:
			p.ospfUndecoded(b, "\n\t\t", int(size))
		}
		if !p.ospfPaddingFits(size, left) {
			return false
		}
		b = at(b, int(ospfPadded(size)))
		left -= ospfPadded(size)
	}
	return true
}

// ospfPrefixTLV prints an extended prefix (RFC 7684 section 2.1) or a range of them
// (RFC 8665 section 4) and reports whether it is well-formed. Like in tcpdump, the
// length is looked at only to find sub-TLVs.
func (p *Printer) ospfPrefixTLV(kind uint16, b []byte, size uint32) bool {
	bitsAt, familyAt, flagsAt, prefixAt := 1, 2, 3, 4
	if kind == ospfPrefixRange {
		bitsAt, familyAt, flagsAt, prefixAt = 0, 1, 4, 8
	}
	need(b, 0, flagsAt+1)
	if family := b[familyAt]; family != 0 {
		p.printf("\n\t      Bogus AF %d", family)
		return false
	}
	if b[bitsAt] > 32 {
		p.printf("\n\t      IPv4 prefix: bad bit length %d", b[bitsAt])
		return false
	}
	p.printf("\n\t      IPv4 prefix: %15s/%d, ", ip4At(b, prefixAt), b[bitsAt])
	if kind == ospfPrefixRange {
		p.printf("Range size: %d", u16(b, 2))
	} else {
		p.printf("Route Type: %s", tokStr(ospfRouteTypes, "Unknown", b[0]))
	}
	p.printf(", Flags [%s]", bitStr(ospfPrefixFlags, "none", b[flagsAt]))
	if size <= 12 {
		return true
	}
	i := prefixAt + 4
	return p.ospfSubTLVs(at(b, i), size-uint32(i), "\n\t\t%s subTLV (%d), length: %d, value: ", ospfPrefixSubTLVs, (*Printer).ospfPrefixSubTLV)
}
