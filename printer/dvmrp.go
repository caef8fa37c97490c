// dvmrp.go: Distance Vector Multicast Routing Protocol (RFC 1075, draft-ietf-idmr-dvmrp-v3), inside IGMP.

package printer

const dvmrpHeaderLen = 8

const (
	dvmrpProbe      = 1
	dvmrpReport     = 2
	dvmrpNeighbors  = 4
	dvmrpNeighbors2 = 6
	dvmrpPrune      = 7
	dvmrpGraft      = 8
	dvmrpGraftACK   = 9
)

var dvmrpTypes = []tok{
	{dvmrpProbe, "Probe"},
	{dvmrpReport, "Report"},
	{3, "Ask-neighbors(old)"},
	{dvmrpNeighbors, "Neighbors(old)"},
	{5, "Ask-neighbors2"},
	{dvmrpNeighbors2, "Neighbors2"},
	{dvmrpPrune, "Prune"},
	{dvmrpGraft, "Graft"},
	{dvmrpGraftACK, "Graft-ACK"},
}

var dvmrpNeighborFlags = []tok{
	{0x01, "/tunnel"},
	{0x02, "/srcrt"},
	{0x40, "/querier"},
	{0x20, "/disabled"},
	{0x10, "/down"},
}

// dvmrp prints a message; b begins with the IGMP header.
func (p *Printer) dvmrp(b []byte, length int) {
	p.proto = "dvmrp"
	if !p.dvmrpHas(" ", "length", length, dvmrpHeaderLen) {
		return
	}
	kind := u8(b, 1)
	p.printf(" %s", tokStr(dvmrpTypes, "[type %d]", kind))
	body, left := at(b, dvmrpHeaderLen), length-dvmrpHeaderLen
	switch kind {
	case dvmrpProbe:
		if p.vflag > 0 {
			p.dvmrpProbe(body, left)
		}
	case dvmrpReport:
		if p.vflag > 1 {
			p.dvmrpReport(body, left)
		}
	case dvmrpNeighbors:
		p.dvmrpNeighbors(body, left)
	case dvmrpNeighbors2:
		// the version stands where IGMP has the group address
		p.printf(" (v %d.%d):", u8(b, 7), u8(b, 6))
		p.dvmrpNeighbors2(body, left)
	case dvmrpPrune, dvmrpGraft, dvmrpGraftACK:
		p.printf(" src %s grp %s", ip4At(body, 0), ip4At(body, 4))
		if kind == dvmrpPrune {
			p.str(" timer ")
			p.duration(u32(body, 8))
		}
	}
}

// dvmrpHas reports whether want bytes belong to the message, and prints that
// they do not.
func (p *Printer) dvmrpHas(before, what string, have, want int) bool {
	if have >= want {
		return true
	}
	p.printf("%s[%s %d < %d]", before, what, have, want)
	p.invalid()
	return false
}

// dvmrpProbe prints the generation identifier and the neighbours heard.
func (p *Printer) dvmrpProbe(b []byte, left int) {
	if !p.dvmrpHas(" ", "full length", left, 4) {
		return
	}
	if p.vflag > 1 {
		p.str("\n\t")
	} else {
		p.char(' ')
	}
	p.printf("genid %d", u32(b, 0))
	if p.vflag < 2 {
		return
	}
	for i := 4; i < left; i += 4 {
		if !p.dvmrpHas("", "remaining length", left-i, 4) {
			return
		}
		p.printf("\n\tneighbor %s", ip4At(b, i))
	}
}

// dvmrpReport prints routes by netmask. The first byte of a mask is always 255
// and not sent; an address has as many bytes as its mask has that are not zero,
// and the last route of a mask has the top bit of its metric set.
func (p *Printer) dvmrpReport(b []byte, left int) {
	for i := 0; i < left; {
		if !p.dvmrpHas(" ", "length", left-i, 3) {
			return
		}
		mask := addr4{0xff, u8(b, i), u8(b, i+1), u8(b, i+2)}
		width := 4
		for width > 1 && mask[width-1] == 0 {
			width--
		}
		p.str("\n\tMask ")
		p.out = appendIPv4(p.out, mask)
		i += 3
		for last := false; !last; i += width + 1 {
			if left-i < width+1 {
				p.str("\n\t  [Truncated Report]")
				p.invalid()
				return
			}
			var origin addr4
			copy(origin[:], bytesAt(b, i, width))
			metric := u8(b, i+width)
			last = metric&0x80 != 0
			p.str("\n\t  ")
			p.out = appendIPv4(p.out, origin)
			p.printf(" metric %d", metric&0x7f)
		}
	}
}

// dvmrpNeighbors prints the older form of a list of interfaces with their
// neighbours.
func (p *Printer) dvmrpNeighbors(b []byte, left int) {
	for i := 0; i < left; {
		if !p.dvmrpHas(" ", "length", left-i, 7) {
			return
		}
		local, metric, threshold, count := at(b, i), u8(b, i+4), u8(b, i+5), u8(b, i+6)
		i += 7
		for ; count > 0; count-- {
			if !p.dvmrpHas(" ", "length", left-i, 4) {
				return
			}
			p.printf(" [%s ->", ip4At(local, 0))
			p.printf(" %s, (%d/%d)]", ip4At(b, i), metric, threshold)
			i += 4
		}
	}
}

// dvmrpNeighbors2 prints the newer form, which has flags.
func (p *Printer) dvmrpNeighbors2(b []byte, left int) {
	for i := 0; i < left; {
		if !p.dvmrpHas(" ", "length", left-i, 8) {
			return
		}
		local, metric, threshold, bits, count := at(b, i), u8(b, i+4), u8(b, i+5), u8(b, i+6), int(u8(b, i+7))
		i += 8
		for ; count > 0 && i < left; count-- {
			if !p.dvmrpHas(" ", "length", left-i, 4) {
				return
			}
			p.printf(" [%s -> ", ip4At(local, 0))
			p.printf("%s (%d/%d", ip4At(b, i), metric, threshold)
			for _, f := range dvmrpNeighborFlags {
				if uint32(bits)&f.v != 0 {
					p.str(f.s)
				}
			}
			p.str(")]")
			i += 4
		}
		if count > 0 {
			p.printf(" [ncount %d]", count-1)
			p.invalid()
			return
		}
	}
}
