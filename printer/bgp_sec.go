package printer

const (
	bgpSecSegmentLen = 6  // of a hop: how often it counts, flags, its AS number
	bgpSecKeyLen     = 20 // subject key identifier
)

// bgpSecFlags are those of a hop, of which only the first has a meaning.
var bgpSecFlags = []tok{
	{0x01, "MBZ-0"},
	{0x02, "MBZ-1"},
	{0x04, "MBZ-2"},
	{0x08, "MBZ-3"},
	{0x10, "MBZ-4"},
	{0x20, "MBZ-5"},
	{0x40, "MBZ-6"},
	{0x80, "C"},
}

// bgpSecPath prints a signed path (RFC 8205 section 3): the hops, and the first
// block of signatures. It reports whether the lengths make sense.
func (p *Printer) bgpSecPath(b []byte) bool {
	size := int(u16(b, 0))
	if size < 2+bgpSecSegmentLen {
		p.wrong("secure path length", size, "<", 2+bgpSecSegmentLen)
		return false
	}
	p.printf("\n\t    Secure Path Length: %d", size)
	if size -= 2; size%bgpSecSegmentLen != 0 {
		p.printf(" [total segments length %d != N x %d]", size, bgpSecSegmentLen)
		return false
	}
	i := 2
	for ; i < 2+size; i += bgpSecSegmentLen {
		flags := u8(b, i+1)
		p.printf("\n\t      Secure Path Segment: pCount: %d, Flags: [%s] (0x%02x), AS: %d",
			u8(b, i), bitStr(bgpSecFlags, "none", flags), flags, u32(b, i+2))
	}
	return p.bgpSecSignatures(at(b, i))
}

// bgpSecSignatures prints a block of signatures (RFC 8205 section 3.2).
func (p *Printer) bgpSecSignatures(b []byte) bool {
	left := int(u16(b, 0))
	p.printf("\n\t    Signature Block: Length: %d, Algo ID: %d", left, u8(b, 2))
	if left < 3 {
		p.wrong("length", left, "<", 3)
		return false
	}
	for b, left = b[3:], left-3; left > 0; {
		p.str("\n\t      Signature Segment:\n\t        SKI: ")
		if !p.bgpSecFits(left, bgpSecKeyLen) {
			return false
		}
		p.hexDump("\n\t          ", b, bgpSecKeyLen)
		b, left = b[bgpSecKeyLen:], left-bgpSecKeyLen
		if !p.bgpSecFits(left, 2) {
			return false
		}
		size := int(u16(b, 0))
		b, left = b[2:], left-2
		p.printf("\n\t        Length: %d", size)
		if !p.bgpSecFits(left, size) {
			return false
		}
		p.str("\n\t        Signature:")
		p.hexDump("\n\t          ", b, size)
		b, left = b[size:], left-size
	}
	return true
}

// bgpSecFits reports whether there are as many bytes left as there have to be; if
// not, it says so.
func (p *Printer) bgpSecFits(left, least int) bool {
	if left < least {
		p.wrong("remaining length", left, "<", least)
	}
	return left >= least
}
