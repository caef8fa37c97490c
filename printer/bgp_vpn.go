package printer

// Types of multicast VPN routes (RFC 6514 section 4).
const (
	bgpIntraASPMSI    = 1
	bgpInterASPMSI    = 2
	bgpSelectivePMSI  = 3
	bgpSourceActive   = 5
	bgpSharedTreeJoin = 6
	bgpSourceTreeJoin = 7
)

// bgpCircuitStatus is a TLV of layer 2 VPN routes (RFC 6624 section 3.1).
const bgpCircuitStatus = 1

// Lengths in bytes.
const (
	bgpRDLen           = 8  // route distinguisher
	bgpMDTLen          = 16 // route distinguisher and two addresses
	bgpLayer2Discovery = 12 // route distinguisher and next hop
	bgpLayer2Between   = 17 // longer routes have a label block
	bgpLayer2Head      = 15 // route distinguisher, identifier, block and label
	bgpLayer2TLVHead   = 3
	bgpVPNAddressMax   = 39 // an address's text
)

// Lengths in bits.
const (
	bgpASBits     = 32 // AS number
	bgpTargetBits = 64 // route target
	bgpVPNBits    = 88 // label and route distinguisher
)

var bgpMulticastRoutes = []tok{
	{bgpIntraASPMSI, "Intra-AS I-PMSI"},
	{bgpInterASPMSI, "Inter-AS I-PMSI"},
	{bgpSelectivePMSI, "S-PMSI"},
	{4, "Intra-AS Segment-Leaf"},
	{bgpSourceActive, "Source-Active"},
	{bgpSharedTreeJoin, "Shared Tree Join"},
	{bgpSourceTreeJoin, "Source Tree Join"},
}

// bgpAS prints the number of an autonomous system (RFC 5396).
func (p *Printer) bgpAS(as uint32) {
	if p.bflag && as > 0xffff {
		p.printf("%d.%d", as>>16, as&0xffff)
		return
	}
	p.uint(uint64(as))
}

// bgpDistinguisher prints the route distinguisher at the start of b (RFC 4364
// section 4.2).
func (p *Printer) bgpDistinguisher(b []byte) {
	switch u16(b, 0) {
	case 0:
		p.printf("%d:%d (= ", u16(b, 2), u32(b, 4))
		p.out = appendIPv4(p.out, ip4At(b, 4))
		p.char(')')
	case 1:
		p.out = appendIPv4(p.out, ip4At(b, 2))
		p.printf(":%d", u16(b, 6))
	case 2:
		p.bgpAS(u32(b, 2))
		number := u16(b, 6)
		p.printf(":%d (", number)
		p.out = appendIPv4(p.out, ip4At(b, 2))
		p.printf(":%d)", number)
	default:
		p.str("unknown RD format")
	}
}

// bgpVPNPrefix prints a prefix with a label and a route distinguisher, whose
// bits count in the prefix length (RFC 4364 section 4.3.4).
func (p *Printer) bgpVPNPrefix(kind bgpKind, indent string, b []byte) int {
	var prefix [bgpNSAPMax]byte
	most := 8 * bgpNSAPMax
	switch kind {
	case bgpKindVPN4:
		most = 32
	case bgpKindVPN6:
		most = 128
	}
	bits := int(u8(b, 0)) - bgpVPNBits
	if bits < 0 || bits > most {
		return prefixIllegal
	}
	prefixBits(prefix[:], b, bgpVPNHead, bits)
	size := (bits + 7) / 8
	p.str(indent)
	p.str("RD: ")
	p.bgpDistinguisher(b[4:])
	p.str(", ")
	switch kind {
	case bgpKindVPN4:
		p.printf("%s", ip4At(prefix[:], 0))
	case bgpKindVPN6:
		p.printf("%s", ip6At(prefix[:], 0))
	default:
		p.nsap(prefix[:], 0, size)
	}
	p.printf("/%d", bits)
	p.bgpLabel(b)
	return bgpVPNHead + size
}

// bgpTarget prints a route target membership (RFC 4684 section 4): none, an AS
// number, or that and as much of a route target as must match.
func (p *Printer) bgpTarget(b []byte) int {
	bits := int(u8(b, 0))
	if bits == 0 {
		p.str("\n\t      default route target")
		return 1
	}
	if bits < bgpASBits {
		p.str("\n\t      (illegal prefix length)")
		return prefixIllegal
	}
	as := u32(b, 1)
	if bits -= bgpASBits; bits > bgpTargetBits {
		p.str("\n\t      (illegal prefix length)")
		return prefixIllegal
	}
	var target [bgpTargetBits / 8]byte
	prefixBits(target[:], b, bgpRouteTargetHead, bits)
	p.str("\n\t      origin AS: ")
	p.bgpAS(as)
	p.str(", ")
	p.bgpTargetPrefix(target[:], bits)
	return bgpRouteTargetHead + (bits+7)/8
}

// bgpTargetPrefix prints the first bits of a route target: what it stands for,
// and all bytes of it.
func (p *Printer) bgpTargetPrefix(target []byte, bits int) {
	if bits == 0 {
		p.str("route-target: 0:0/0")
		return
	}
	known := true
	kind := u16(target, 0)
	switch {
	case bits < 16:
		p.str("route-target: partial-type: ")
		known = false
	case kind == bgpTargetAS2:
		p.printf("route-target: %d:%d", u16(target, 2), u32(target, 4))
	case kind == bgpTargetIP:
		p.str("route-target: ")
		p.out = appendIPv4(p.out, ip4At(target, 2))
		p.printf(":%d", u16(target, 6))
	case kind == bgpTargetAS4:
		p.str("route-target: ")
		p.bgpAS(u32(target, 2))
		p.printf(":%d", u16(target, 6))
	default:
		p.printf("route target: unknown-type(%04x) ", kind)
		known = false
	}
	if known {
		p.printf("/%d ", bits)
	}
	p.char('(')
	for i, c := range target[:(bits+7)/8] {
		if i > 0 && i%2 == 0 {
			p.char(' ')
		}
		p.hex(uint64(c), 2)
	}
	if !known {
		p.printf("/%d", bits)
	}
	p.char(')')
}

// bgpMDT prints the group of a multicast distribution tree (RFC 6037 section
// 7.1.2).
func (p *Printer) bgpMDT(indent string, b []byte) int {
	if u8(b, 0) != bgpMDTLen*8 {
		return prefixIllegal
	}
	if !has(b, 1, bgpRDLen) {
		return bgpKindCut
	}
	need(b, 1, bgpMDTLen)
	p.str(indent)
	p.str("RD: ")
	p.bgpDistinguisher(b[1:])
	p.printf(", VPN IP Address: %s, MC Group Address: %s", ip4At(b, 9), ip4At(b, 13))
	return 1 + bgpMDTLen
}

// bgpGroup prints a source and a group of a multicast VPN route (RFC 6514 section
// 4.3), each with its length in bits: 0 stands for any. It returns how many bytes
// were captured of them.
func (p *Printer) bgpGroup(b []byte) int {
	size := 0
	for _, label := range [...]string{", Source ", ", Group "} {
		bits := int(u8(b, size))
		if !has(b, size+1, bits>>3) {
			break
		}
		if bits != 0 {
			p.str(label)
			p.bgpVPNAddress(b[size+1:], bits)
		}
		size += 1 + bits>>3
	}
	return size
}

// bgpVPNAddress prints an address of the given length.
func (p *Printer) bgpVPNAddress(b []byte, bits int) {
	start := len(p.out)
	switch bits {
	case 32:
		p.printf("%s", ip4At(b, 0))
	case 128:
		p.printf("%s", ip6At(b, 0))
	default:
		p.printf("bogus address length %d", bits)
	}
	if len(p.out)-start > bgpVPNAddressMax { // a long name
		p.shorten(start + bgpVPNAddressMax)
	}
}

// bgpMulticastVPN prints a multicast VPN route (RFC 6514 section 4).
func (p *Printer) bgpMulticastVPN(indent string, b []byte) int {
	kind, n := u8(b, 0), int(u8(b, 1))
	route := at(b, 2)
	p.str(indent)
	p.printf("Route-Type: %s (%d), length: %d", tokStr(bgpMulticastRoutes, "Unknown", kind), kind, n)
	least := 0
	switch kind {
	case bgpInterASPMSI, bgpSharedTreeJoin, bgpSourceTreeJoin:
		least = bgpRDLen + 4
	case bgpIntraASPMSI, bgpSelectivePMSI, bgpSourceActive:
		least = bgpRDLen
	default:
		return n + 2
	}
	if !has(route, 0, least) {
		return bgpKindCut
	}
	rest := route[least:]
	originator := n - bgpRDLen
	if kind == bgpIntraASPMSI {
		if originator < 0 {
			return bgpKindCut
		}
		if originator == 4 || originator == 16 {
			need(rest, 0, originator)
		}
	}
	p.str(", RD: ")
	p.bgpDistinguisher(route)
	if least > bgpRDLen {
		p.str(", Source-AS ")
		p.bgpAS(u32(route, bgpRDLen))
	}
	switch kind {
	case bgpSourceActive, bgpSharedTreeJoin, bgpSourceTreeJoin:
		p.bgpGroup(rest)
	case bgpSelectivePMSI:
		// as in the reference, the originator is read where the source begins
		if originator = n - p.bgpGroup(rest); !has(rest, 0, originator) {
			return bgpKindCut
		}
	}
	if kind == bgpIntraASPMSI || kind == bgpSelectivePMSI {
		p.str(", Originator ")
		p.bgpVPNAddress(rest, originator*8)
	}
	return n + 2
}

// bgpLayer2 prints a route of a layer 2 VPN. Two formats share a family: one of
// 12 bytes is of auto-discovery (RFC 6074 section 3.2.2.1), one of more than 17
// has a label block and TLVs (RFC 6624 section 3.1).
func (p *Printer) bgpLayer2(indent string, b []byte) int {
	n := int(u16(b, 0))
	route := at(b, 2)
	switch {
	case n == bgpLayer2Discovery:
		if !has(route, 0, n) {
			return bgpKindCut
		}
		p.str(indent)
		p.bgpDistinguished(route, 4)
		p.printf("BGPNH: %s", ip4At(route, bgpRDLen))
	case n > bgpLayer2Between:
		if !has(route, 0, bgpLayer2Head) {
			return bgpKindCut
		}
		p.str(indent)
		start := len(p.out)
		p.bgpDistinguished(route, bgpLayer2Head-bgpRDLen)
		p.printf("CE-ID: %d, Label-Block Offset: %d, Label Base %d", u16(route, 8), u16(route, 10), u24(route, 12)>>4)
		if !p.bgpLayer2TLVs(route[bgpLayer2Head:], n-bgpLayer2Head, start) {
			return bgpKindCut
		}
	default:
		return bgpKindCut
	}
	return n + 2
}

// bgpLayer2TLVs prints the TLVs of a layer 2 VPN route, whose lengths are in
// bits. As in the reference, their heads do not count against left, values that
// are not printed are not stepped over, and nothing is printed that starts
// behind the longest text, which began at start. It reports whether all values
// were captured.
func (p *Printer) bgpLayer2TLVs(b []byte, left, start int) bool {
	for i := 0; left != 0; {
		if left < bgpLayer2TLVHead {
			p.bgpLayer2Text(start, "\n\t\tran past the end")
			return true
		}
		kind, bits := u8(b, i), int(u16(b, i+1))
		size := (bits + 7) / 8
		i += bgpLayer2TLVHead
		if kind != bgpCircuitStatus {
			if p.bgpLayer2Text(start, "\n\t\tunknown TLV #") {
				p.printf("%d, length: %d", kind, bits)
			}
			if left < size {
				p.bgpLayer2Text(start, " (ran past the end)")
				return true
			}
			left -= size
			continue
		}
		if p.bgpLayer2Text(start, "\n\t\tcircuit status vector ") {
			p.printf("(%d) length: %d: 0x", kind, bits)
		}
		for ; size > 0; size-- {
			if left < 1 {
				p.bgpLayer2Text(start, " (ran past the end)")
				return true
			}
			if !has(b, i, 1) {
				return false
			}
			if p.bgpLayer2Text(start, "") {
				p.hex(uint64(u8(b, i)), 2)
				i++
			}
			left--
		}
	}
	return true
}

// bgpLayer2Text prints text if there is room for more, and reports whether there
// was.
func (p *Printer) bgpLayer2Text(start int, text string) bool {
	room := p.follows(bgpPiecewise) || len(p.out)-start <= bgpTextMax
	if room {
		p.str(text)
	}
	return room
}
