package printer

import "github.com/tapdump/tapdump/versions"

// Subsequent address family identifiers (IANA safi-namespace).
const (
	bgpUnicast             = 1
	bgpMulticast           = 2
	bgpUnicastMulticast    = 3 // deprecated
	bgpLabeledUnicast      = 4
	bgpMulticastVPN        = 5
	bgpVPLS                = 65
	bgpMDT                 = 66
	bgpVPNUnicast          = 128
	bgpVPNMulticast        = 129
	bgpVPNUnicastMulticast = 130 // deprecated
	bgpRouteTarget         = 132
)

// bgpKind says how the routes of an address family and its part are written.
type bgpKind uint8

const (
	bgpKindNone        bgpKind = iota
	bgpKind4                   // IPv4 prefixes
	bgpKindLabeled4            // with a label (RFC 8277)
	bgpKindVPN4                // with a label and a route distinguisher (RFC 4364)
	bgpKindTarget              // RFC 4684
	bgpKindMulticast           // RFC 6514
	bgpKindMDT                 // RFC 6037
	bgpKind6                   // IPv6 prefixes
	bgpKindLabeled6            // RFC 4798
	bgpKindVPN6                // RFC 4659
	bgpKindLayer2              // RFC 4761
	bgpKindNSAP                // OSI prefixes
	bgpKindVPNNSAP             // with a label and a route distinguisher
	bgpKindCut         = -2    // an advance: the route is cut
	bgpKindShort       = -3    // an advance: the route is longer than the attribute
	bgpTextMax         = 163   // bytes of a route's text
	bgpLabelHead       = 4     // the prefix length and a label
	bgpVPNHead         = 12    // the prefix length, a label and a route distinguisher
	bgpNSAPMax         = 19    // bytes of an OSI prefix
	bgpRouteTargetHead = 5     // the prefix length and the AS number
)

var bgpPiecewise = versions.Since(versions.V5_0, "BGP", "a labelled or VPN route only whole, of its text at most 163 bytes", "what there is of it, without an end")

func bgpKindOf(afi uint16, safi uint8) bgpKind {
	switch afi {
	case afIPv4:
		switch safi {
		case bgpUnicast, bgpMulticast, bgpUnicastMulticast:
			return bgpKind4
		case bgpLabeledUnicast:
			return bgpKindLabeled4
		case bgpVPNUnicast, bgpVPNMulticast, bgpVPNUnicastMulticast:
			return bgpKindVPN4
		case bgpRouteTarget:
			return bgpKindTarget
		case bgpMulticastVPN:
			return bgpKindMulticast
		case bgpMDT:
			return bgpKindMDT
		}
	case afIPv6:
		switch safi {
		case bgpUnicast, bgpMulticast, bgpUnicastMulticast:
			return bgpKind6
		case bgpLabeledUnicast:
			return bgpKindLabeled6
		case bgpVPNUnicast, bgpVPNMulticast, bgpVPNUnicastMulticast:
			return bgpKindVPN6
		}
	case afNSAP:
		switch safi {
		case bgpUnicast, bgpMulticast, bgpUnicastMulticast:
			return bgpKindNSAP
		case bgpVPNUnicast, bgpVPNMulticast, bgpVPNUnicastMulticast:
			return bgpKindVPNNSAP
		}
	case afL2VPN:
		switch safi {
		case bgpVPNUnicast, bgpVPNMulticast, bgpVPNUnicastMulticast:
			return bgpKindLayer2
		}
	case afVPLS:
		if safi == bgpVPLS {
			return bgpKindLayer2
		}
	}
	return bgpKindNone
}

// bgpMPFamily prints the address family of an attribute of n bytes, and dumps
// the attribute when there is no printer for it.
func (p *Printer) bgpMPFamily(b []byte, n int) bgpKind {
	afi, safi := u16(b, 0), u8(b, 2)
	vendor := ""
	if safi > 128 {
		vendor = "vendor specific "
	}
	p.printf("\n\t    AFI: %s (%d), %sSAFI: %s (%d)", tokStr(afNames, "Unknown AFI", afi), afi, vendor,
		tokStr(bgpSAFIs, "Unknown SAFI", safi), safi)
	kind := bgpKindOf(afi, safi)
	if kind != bgpKindNone {
		return kind
	}
	p.printf("\n\t    no AFI %d / SAFI %d decoder", afi, safi)
	if p.vflag <= 1 {
		p.unknownData(b, "\n\t    ", n)
	}
	return kind
}

// bgpMPReach prints routes of any family and their next hops (RFC 4760 section
// 3).
func (p *Printer) bgpMPReach(b []byte, n int) bool {
	if !has(b, 0, 3) || n < 3 {
		return false
	}
	kind := p.bgpMPFamily(b, n)
	if kind == bgpKindNone {
		return true
	}
	i := 3
	if !has(b, i, 1) || n < i+1 {
		return false
	}
	size := int(u8(b, i))
	i++
	if size > 0 {
		if n < i+size {
			return false
		}
		p.str("\n\t    nexthop: ")
		p.bgpNextHops(kind, at(b, i), size)
		i += size
	}
	p.printf(", nh-length: %d", size)
	if n < i+1 {
		return false
	}
	attached := int(u8(b, i))
	i++
	if attached == 0 {
		p.str(", no SNPA")
	} else {
		p.printf("\n\t    %d SNPA", attached)
		if i = p.bgpSNPAs(b, i, n, attached); i == 0 {
			return false
		}
	}
	return p.bgpRoutes(kind, b, i, n)
}

// bgpSNPAs prints the subnetwork points of attachment from b[i] on (RFC 2858
// section 2). It returns where they end, or 0 when they are cut.
func (p *Printer) bgpSNPAs(b []byte, i, n, count int) int {
	for ; count > 0; count-- {
		if n < i+1 {
			return 0
		}
		size := int(u8(b, i))
		p.printf("\n\t      %d bytes", size)
		if i++; n < i+size || !has(b, i, size) {
			return 0
		}
		i += size
	}
	return i
}

// bgpMPUnreach prints withdrawn routes of any family (RFC 4760 section 4).
func (p *Printer) bgpMPUnreach(b []byte, n int) bool {
	if !has(b, 0, 3) {
		return false
	}
	kind := p.bgpMPFamily(b, n)
	if kind == bgpKindNone {
		return true
	}
	if n == 3 {
		p.str("\n\t      End-of-Rib Marker (empty NLRI)")
	}
	return p.bgpRoutes(kind, b, 3, n)
}

// bgpNextHops prints the next hops in n bytes.
func (p *Printer) bgpNextHops(kind bgpKind, b []byte, n int) {
	least := bgpNextHopLen(kind)
	for i := 0; i < n; {
		if i > 0 {
			p.str(", ")
		}
		size := least
		if n-i < least {
			p.bgpInvalidLen()
			return
		}
		switch hop := at(b, i); kind {
		case bgpKind4, bgpKindLabeled4, bgpKindTarget, bgpKindMulticast, bgpKindMDT, bgpKindLayer2:
			p.printf("%s", ip4At(hop, 0))
		case bgpKind6, bgpKindLabeled6:
			p.printf("%s", ip6At(hop, 0))
		case bgpKindVPN4:
			p.bgpDistinguished(hop, 4)
			p.printf("%s", ip4At(hop, bgpRDLen))
		case bgpKindVPN6:
			p.bgpDistinguished(hop, 16)
			p.printf("%s", ip6At(hop, bgpRDLen))
		case bgpKindNSAP:
			size = n - i
			p.nsap(hop, 0, size)
		case bgpKindVPNNSAP:
			size = n - i
			p.bgpNSAPNextHop(hop, size)
		}
		i += size
	}
}

// bgpNextHopLen is the length of a next hop, or the least one of those that fill
// the field.
func bgpNextHopLen(kind bgpKind) int {
	switch kind {
	case bgpKindVPN4:
		return bgpRDLen + 4
	case bgpKind6, bgpKindLabeled6:
		return 16
	case bgpKindVPN6:
		return bgpRDLen + 16
	case bgpKindNSAP:
		return 1
	case bgpKindVPNNSAP:
		return bgpRDLen + 1
	}
	return 4
}

// bgpDistinguished prints the route distinguisher of an address of n bytes.
func (p *Printer) bgpDistinguished(b []byte, n int) {
	need(b, 0, bgpRDLen+n)
	p.str("RD: ")
	p.bgpDistinguisher(b)
	p.str(", ")
}

// bgpNSAPNextHop prints an OSI next hop, which may stand for an IP address (RFC
// 986, RFC 1888 section 5).
func (p *Printer) bgpNSAPNextHop(b []byte, n int) {
	p.bgpDistinguished(b, n-bgpRDLen)
	p.nsap(b, bgpRDLen, n-bgpRDLen)
	switch {
	case u32(b, bgpRDLen) == 0x47000601:
		p.printf(" = %s", ip4At(b, bgpRDLen+4))
	case u24(b, bgpRDLen) == 0x350000:
		p.printf(" = %s", ip6At(b, bgpRDLen+3))
	}
}

// bgpRoutes prints the routes from b[i] to the end of an attribute of n bytes.
func (p *Printer) bgpRoutes(kind bgpKind, b []byte, i, n int) bool {
	paths := kind == bgpKind4 && bgpHasPathIDs(at(b, i), n-i, 32) ||
		kind == bgpKind6 && bgpHasPathIDs(at(b, i), n-i, 128)
	for i < n {
		route := at(b, i)
		advance := 0
		if paths {
			id := u32(route, 0)
			if advance = p.bgpRoute(kind, route[4:], n); advance == bgpKindCut {
				return false
			}
			p.bgpPathID(id)
			advance += 4 // also behind an illegal prefix
		} else {
			advance = p.bgpRoute(kind, route, n)
		}
		switch {
		case advance == bgpKindCut:
			return false
		case advance < 0:
			return true
		}
		i += advance
	}
	return true
}

// bgpRoute prints a route and returns how many bytes it took, or prefixIllegal,
// bgpKindCut or bgpKindShort. n is the length of the attribute, which is all
// that prefixes are held against.
func (p *Printer) bgpRoute(kind bgpKind, b []byte, n int) int {
	const indent = "\n\t      "
	switch kind {
	case bgpKind4:
		return p.bgpPrefix4(indent, b, n)
	case bgpKind6:
		return p.bgpPrefix6(indent, b, n)
	case bgpKindTarget:
		return p.bgpTarget(b)
	}
	start := len(p.out)
	whole := p.follows(bgpPiecewise)
	defer func() {
		if !whole {
			p.shorten(start)
		}
	}()
	advance := p.bgpText(kind, indent, b, n)
	if advance == prefixIllegal {
		p.bgpIllegal()
	}
	if most := start + len(indent) + bgpTextMax; advance > 0 && len(p.out) > most && !whole {
		p.shorten(most)
	}
	whole = whole || advance != bgpKindCut
	return advance
}

// bgpText prints a route of a family that has a text of its own.
func (p *Printer) bgpText(kind bgpKind, indent string, b []byte, n int) int {
	switch kind {
	case bgpKindLabeled4, bgpKindLabeled6:
		return p.bgpLabeled(kind, indent, b, n)
	case bgpKindMulticast:
		return p.bgpMulticastVPN(indent, b)
	case bgpKindMDT:
		return p.bgpMDT(indent, b)
	case bgpKindLayer2:
		return p.bgpLayer2(indent, b)
	case bgpKindNSAP:
		return p.bgpNSAP(indent, b)
	}
	return p.bgpVPNPrefix(kind, indent, b)
}

func (p *Printer) bgpIllegal() { p.str("\n\t    (illegal prefix length)") }

// bgpPrefix4 prints the IPv4 prefix at the start of b, which has a field of n
// bytes, and returns how many it took. It prints an illegal one as such, but
// nothing when it does not fit.
func (p *Printer) bgpPrefix4(indent string, b []byte, n int) int {
	prefix, bits, size := prefix4At(b, 0, n)
	switch {
	case size == prefixIllegal:
		p.bgpIllegal()
	case size > 0:
		p.str(indent)
		p.printf("%s/%d", prefix, bits)
	}
	return size
}

// bgpPrefix6 is bgpPrefix4 for IPv6.
func (p *Printer) bgpPrefix6(indent string, b []byte, n int) int {
	prefix, bits, size := prefix6At(b, 0, n)
	switch {
	case size == prefixIllegal:
		p.bgpIllegal()
	case size > 0:
		p.str(indent)
		p.printf("%s/%d", prefix, bits)
	}
	return size
}

// bgpLabeled prints a prefix with a label, whose bits count in the prefix length
// (RFC 8277 section 2.2). Of a stack of labels, only one is known.
func (p *Printer) bgpLabeled(kind bgpKind, indent string, b []byte, n int) int {
	if !has(b, 0, bgpLabelHead) {
		return bgpKindCut
	}
	bits := int(u8(b, 0)) - 24
	size := (bits + 7) / 8
	if kind == bgpKindLabeled6 {
		if bits < 0 || bits > 128 {
			return prefixIllegal
		}
		var prefix addr6
		prefixBits(prefix[:], b, bgpLabelHead, bits)
		p.str(indent)
		p.printf("%s/%d", prefix, bits)
	} else {
		if bits < 0 || bits > 32 {
			return prefixIllegal
		}
		if n-bgpLabelHead < size {
			return bgpKindShort
		}
		var prefix addr4
		prefixBits(prefix[:], b, bgpLabelHead, bits)
		p.str(indent)
		p.printf("%s/%d", prefix, bits)
	}
	p.bgpLabel(b)
	return bgpLabelHead + size
}

// bgpLabel prints the label behind the length of a prefix.
func (p *Printer) bgpLabel(b []byte) {
	bottom := "(bottom)"
	if u8(b, 3)&1 == 0 {
		bottom = "(BOGUS: Bottom of Stack NOT set!)"
	}
	p.printf(", label:%d %s", u24(b, 1)>>4, bottom)
}

// bgpNSAP prints an OSI prefix. As in the reference, it is read behind three
// bytes that are no part of the route.
func (p *Printer) bgpNSAP(indent string, b []byte) int {
	bits := int(u8(b, 0))
	if bits > 8*bgpNSAPMax {
		return prefixIllegal
	}
	var prefix [bgpNSAPMax]byte
	size := (bits + 7) / 8
	prefixBits(prefix[:], b, 4, bits)
	p.str(indent)
	p.nsap(prefix[:], 0, size)
	p.printf("/%d", bits)
	return 1 + size
}
