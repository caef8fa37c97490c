package printer

// bgpUpdate prints an UPDATE message (RFC 4271 section 4.3): withdrawn routes,
// path attributes and the routes they are for.
func (p *Printer) bgpUpdate(b []byte, n int) bool {
	i := bgpHeaderLen
	if n < i+2 {
		return false
	}
	withdrawn := int(u16(b, i))
	i += 2
	if n < i+withdrawn {
		return false
	}
	if withdrawn > 1 {
		used, ok := p.bgpWithdrawn(b[i:], withdrawn)
		if !ok {
			return false
		}
		// behind an illegal prefix, the rest is read as what follows
		i, withdrawn = i+used, withdrawn-used
	} else {
		i += withdrawn
	}
	if n < i+2 {
		return false
	}
	attributes := int(u16(b, i))
	i += 2
	if withdrawn == 0 && attributes == 0 && n == i {
		p.str("\n\t  End-of-Rib Marker (empty NLRI)")
		return true
	}
	if n < i+attributes {
		return false
	}
	for end := i + attributes; i < end; {
		used, ok := p.bgpPathAttribute(b[i:], end-i, n-i)
		if !ok {
			return false
		}
		i += used
	}
	if i == n {
		return true
	}
	return p.bgpAdvertised(at(b, i), n-i)
}

// bgpPathAttribute prints an attribute of UPDATE and returns how many bytes it
// took. left counts the bytes to the end of the attributes, rest those to the end
// of the message.
func (p *Printer) bgpPathAttribute(b []byte, left, rest int) (int, bool) {
	if rest < 2 {
		return 0, false
	}
	if left < 2 {
		p.str("\n\t  [path attrs too short]")
		return left, true
	}
	flags, kind, head := u8(b, 0), u8(b, 1), 3
	if flags&bgpExtendedLength != 0 {
		head = 4
	}
	if rest < head {
		return 0, false
	}
	if left < head {
		p.str("\n\t  [path attrs too short]")
		return left, true
	}
	n := bgpAttributeLen(b, head)
	p.printf("\n\t  %s (%d), length: %d", tokStr(p.tableSince(bgpMoreAttributes, bgpAttributesSec, bgpAttributes), "Unknown Attribute", kind), kind, n)
	if flags != 0 {
		p.bgpAttributeFlags(flags)
		p.str(": ")
	}
	if left < head+n {
		p.str(" [path attrs too short]")
		return left, true
	}
	return head + n, p.bgpAttribute(kind, b[head:], n, 0)
}

// bgpAttributeLen is the length in the last one or two bytes of a head.
func bgpAttributeLen(b []byte, head int) int {
	if head == 4 {
		return int(u16(b, 2))
	}
	return int(u8(b, 2))
}

func (p *Printer) bgpAttributeFlags(flags uint8) {
	p.str(", Flags [")
	for i, c := range [...]byte{'O', 'T', 'P', 'E'} {
		if flags<<i&0x80 != 0 {
			p.char(c)
		}
	}
	if flags&0xf != 0 {
		p.printf("+%x", flags&0xf)
	}
	p.char(']')
}

// bgpWithdrawn prints the withdrawn routes in n bytes and returns how many of
// them it took.
func (p *Printer) bgpWithdrawn(b []byte, n int) (int, bool) {
	p.str("\n\t  Withdrawn routes:")
	paths := bgpHasPathIDs(b, n, 32)
	for i := 0; i < n; {
		id := uint32(0)
		if paths {
			id = u32(b, i)
			i += 4
		}
		size := p.bgpPrefix4("\n\t    ", at(b, i), n-i)
		switch {
		case size == prefixIllegal:
			return i, true
		case size == prefixShort:
			return 0, false
		case paths:
			p.bgpPathID(id)
		}
		i += size
	}
	return n, true
}

// bgpAdvertised prints the routes in the last n bytes of UPDATE.
func (p *Printer) bgpAdvertised(b []byte, n int) bool {
	paths := bgpHasPathIDs(b, n, 32)
	p.str("\n\t  Updated routes:")
	for i := 0; i < n; {
		id := uint32(0)
		if paths {
			id = u32(b, i)
			i += 4
		}
		size := p.bgpPrefix4("\n\t    ", at(b, i), n-i)
		switch {
		case size == prefixIllegal:
			return true
		case size == prefixShort:
			return false
		case paths:
			p.bgpPathID(id)
		}
		i += size
	}
	return true
}

func (p *Printer) bgpPathID(id uint32) { p.printf("   Path Id: %d", id) }

// bgpHasPathIDs guesses whether the prefixes in n bytes have path identifiers
// (RFC 7911 section 3). Only the OPEN messages tell for sure; here they do when
// the bytes make sense with identifiers and none without. longest is
// the greatest length of a prefix in bits.
func bgpHasPathIDs(b []byte, n, longest int) bool {
	if n < 5 {
		return false
	}
	i := 0
	for i < n {
		i += 4
		if !has(b, i, 1) {
			break
		}
		bits := int(b[i])
		if bits > longest {
			return false
		}
		i += 1 + (bits+7)/8
	}
	if i > n {
		return false
	}
	for i = 0; i < n && has(b, i, 1); {
		bits := int(b[i])
		if bits < 1 || bits > longest {
			return true
		}
		i += 1 + (bits+7)/8
	}
	return i > n
}
