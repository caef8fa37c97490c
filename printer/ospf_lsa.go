package printer

const ospfLSAHeaderLen = 20

// Types of link state advertisements (RFC 2328 section A.4.1, RFC 1584, RFC 3101,
// RFC 5250).
const (
	ospfRouterLSA       = 1
	ospfNetworkLSA      = 2
	ospfSummaryLSA      = 3
	ospfASBRLSA         = 4
	ospfExternalLSA     = 5
	ospfGroupLSA        = 6
	ospfNSSALSA         = 7
	ospfOpaqueLinkLSA   = 9
	ospfOpaqueAreaLSA   = 10
	ospfOpaqueDomainLSA = 11
)

var (
	ospfLSATypes = []tok{
		{ospfRouterLSA, "Router"},
		{ospfNetworkLSA, "Network"},
		{ospfSummaryLSA, "Summary"},
		{ospfASBRLSA, "ASBR Summary"},
		{ospfExternalLSA, "External"},
		{ospfGroupLSA, "Multicast Group"},
		{ospfNSSALSA, "NSSA"},
		{ospfOpaqueLinkLSA, "Link Local Opaque"},
		{ospfOpaqueAreaLSA, "Area Local Opaque"},
		{ospfOpaqueDomainLSA, "Domain Wide Opaque"},
	}
	ospfRouterFlags = []tok{
		{0x01, "ABR"},
		{0x02, "ASBR"},
		{0x04, "Virtual"},
		{0x08, "Wildcard"},
		{0x10, "Nt"},
		{0x80, "Host"},
	}
	// RFC 4915 section 3.7
	ospfTopologies = []tok{
		{0, "default"},
		{1, "multicast"},
		{2, "management"},
	}
)

// ospfIsOpaque reports whether advertisements of a type have an opaque type and
// identifier in place of the link state identifier (RFC 5250 section A.2).
func ospfIsOpaque(kind uint32) bool {
	return kind >= ospfOpaqueLinkLSA && kind <= ospfOpaqueDomainLSA
}

// ospfLSAHeader prints the header of an advertisement (RFC 2328 section A.4.1) and
// returns the length of it all: 0 when that is malformed.
func (p *Printer) ospfLSAHeader(b []byte) int {
	length := int(u16(b, 18))
	if length < ospfLSAHeaderLen {
		p.printf("\n\t    Bogus length %d < header (%d)", length, ospfLSAHeaderLen)
		return 0
	}
	p.printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d",
		ip4At(b, 8), u32(b, 12), u16(b, 0), length-ospfLSAHeaderLen)
	kind := u8(b, 3)
	if ospfIsOpaque(uint32(kind)) {
		p.printf("\n\t    %s LSA (%d), Opaque-Type %s LSA (%d), Opaque-ID %d", tokStr(ospfLSATypes, "unknown", kind), kind,
			tokStr(p.ospfOpaqueTypes(), "unknown", b[4]), b[4], u24(b, 5))
	} else {
		p.printf("\n\t    %s LSA (%d), LSA-ID: %s", tokStr(ospfLSATypes, "unknown", kind), kind, ip4At(b, 4))
	}
	p.printf("\n\t    Options: [%s]", bitStr(ospfOptions, "none", b[2]))
	return length
}

// ospfLSA prints an advertisement and returns how long it is; a malformed one ends
// the packet.
func (p *Printer) ospfLSA(b []byte) int {
	length := p.ospfLSAHeader(b)
	if length == 0 {
		trunc()
	}
	body, n := b[ospfLSAHeaderLen:], length-ospfLSAHeaderLen
	known := true
	switch kind := b[3]; kind {
	case ospfRouterLSA:
		known = p.ospfRouterLinks(body)
	case ospfNetworkLSA:
		p.ospfNetworkLinks(body, n)
	case ospfSummaryLSA:
		p.ospfMask(body)
		p.ospfSummary(body, n)
	case ospfASBRLSA:
		p.ospfSummary(body, n)
	case ospfExternalLSA, ospfNSSALSA:
		p.ospfMask(body)
		p.ospfExternal(body, n)
	case ospfGroupLSA:
		p.ospfGroup(body, n)
	case ospfOpaqueLinkLSA, ospfOpaqueAreaLSA, ospfOpaqueDomainLSA:
		known = p.ospfOpaque(b[4], body, n)
	}
	if known && p.vflag > 1 {
		p.unknownData(body, "\n\t    ", n)
	}
	return length
}

// ospfNeed ends the packet, which newer versions mark twice then, unless n bytes at
// b[i] were captured.
func (p *Printer) ospfNeed(b []byte, i, n int) {
	if has(b, i, n) {
		return
	}
	if p.follows(ospfChecks) {
		p.truncMark()
	}
	trunc()
}

// ospfMask prints the mask of the network that an advertisement is about.
func (p *Printer) ospfMask(b []byte) {
	p.ospfNeed(b, 0, 4)
	p.printf("\n\t    Mask %s", ip4At(b, 0))
}

// ospfRouterLinks prints the links of a router (RFC 2328 section A.4.2) and
// reports whether all are of a known type.
func (p *Printer) ospfRouterLinks(b []byte) bool {
	const pointToPoint, transit, stub, virtual = 1, 2, 3, 4
	p.printf("\n\t    Router LSA Options: [%s]", bitStr(ospfRouterFlags, "none", u8(b, 0)))
	links := u16(b, 2)
	p.ospfNeed(b, 4, 12) // even when there are none
	i := 4
	for ; links > 0; links-- {
		p.ospfNeed(b, i, 12)
		id, data := ip4At(b, i), ip4At(b, i+4)
		switch kind := b[i+8]; kind {
		case virtual:
			p.printf("\n\t      Virtual Link: Neighbor Router-ID: %s, Interface Address: %s", id, data)
		case pointToPoint:
			p.printf("\n\t      Neighbor Router-ID: %s, Interface Address: %s", id, data)
		case transit:
			p.printf("\n\t      Neighbor Network-ID: %s, Interface Address: %s", id, data)
		case stub:
			p.printf("\n\t      Stub Network: %s, Mask: %s", id, data)
		default:
			p.printf("\n\t      Unknown Router Link Type (%d)", kind)
			return false
		}
		i = p.ospfLinkMetrics(b, i+8)
	}
	return true
}

// ospfLinkMetrics prints the metrics of a link, one for each topology, and returns
// the index behind them. In the first one's place stand the type of the link and
// their number.
func (p *Printer) ospfLinkMetrics(b []byte, i int) int {
	for n, more := 0, int(b[i+1]); n <= more; n++ {
		topology := u8(b, i)
		if n == 0 {
			topology = 0
		}
		p.printf("\n\t\ttopology %s (%d), metric %d", tokStr(ospfTopologies, "Unknown", topology), topology, u16(b, i+2))
		i += 4
	}
	return i
}

// ospfNetworkLinks prints the routers of a network (RFC 2328 section A.4.3).
func (p *Printer) ospfNetworkLinks(b []byte, n int) {
	p.printf("\n\t    Mask %s\n\t    Connected Routers:", ip4At(b, 0))
	for i := 4; i < n; i += 4 {
		p.printf("\n\t      %s", ip4At(b, i))
	}
}

// ospfSummary prints the metrics of a destination outside the area (RFC 2328
// section A.4.4).
func (p *Printer) ospfSummary(b []byte, n int) {
	p.ospfNeed(b, 4, 4) // even when there are none
	for i := 4; i < n; i += 4 {
		v := u32(b, i)
		topology := v >> 24 & 0x7f
		p.printf("\n\t\ttopology %s (%d) metric %d", tokStr(ospfTopologies, "Unknown", topology), topology, v&0xffffff)
	}
}

// ospfExternal prints the metrics of a destination outside the domain (RFC 2328
// section A.4.5).
func (p *Printer) ospfExternal(b []byte, n int) {
	const infinite = 0xffffff
	p.ospfNeed(b, 4, 4) // even when there are none
	for i := 4; i < n; i += 12 {
		v := u32(b, i)
		topology, metric := v>>24&0x7f, v&0xffffff
		p.printf("\n\t\ttopology %s (%d), type %d, metric", tokStr(ospfTopologies, "Unknown", topology), topology, 1+v>>31)
		if metric == infinite {
			p.str(" infinite")
		} else {
			p.printf(" %d", metric)
		}
		if u32(b, i+4) != 0 {
			p.printf(", forward %s", ip4At(b, i+4))
		}
		if u32(b, i+8) != 0 {
			p.printf(", tag %s", ip4At(b, i+8))
		}
	}
}

// ospfGroup prints where the members of a group are (RFC 1584 section A.4).
func (p *Printer) ospfGroup(b []byte, n int) {
	const router, network = 1, 2
	for i := 0; i < n; i += 8 {
		switch vertex := u32(b, i); vertex {
		case router:
			p.printf("\n\t    Router Router-ID %s", ip4At(b, i+4))
		case network:
			p.printf("\n\t    Network Designated Router %s", ip4At(b, i+4))
		default:
			p.printf("\n\t    unknown VertexType (%d)", vertex)
		}
	}
}
