package printer

// Types of link state advertisements with their flooding scope (RFC 5340 section
// A.4.2.1).
const (
	ospf6LinkScope   = 0x0000
	ospf6AreaScope   = 0x2000
	ospf6DomainScope = 0x4000
	ospf6ScopeMask   = 0x6000
	ospf6Transitive  = 0x8000
	ospf6TypeMask    = 0x1fff

	ospf6RouterLSA          = ospf6AreaScope | 1
	ospf6NetworkLSA         = ospf6AreaScope | 2
	ospf6InterAreaPrefixLSA = ospf6AreaScope | 3
	ospf6ExternalLSA        = ospf6DomainScope | 5
	ospf6LinkLSA            = ospf6LinkScope | 8
	ospf6IntraAreaPrefixLSA = ospf6AreaScope | 9
	ospf6TELSA              = ospf6LinkScope | 10
	ospf6GraceLSA           = ospf6LinkScope | 11
)

// What an external route has behind its prefix (RFC 5340 section A.4.7).
const (
	ospf6ExternalForward = 0x02000000
	ospf6ExternalTag     = 0x01000000
)

var (
	ospf6LSATypes = []tok{
		{1, "Router"},
		{2, "Network"},
		{3, "Inter-Area Prefix"},
		{4, "Inter-Area Router"},
		{5, "External"},
		{6, "Deprecated"},
		{7, "NSSA"},
		{8, "Link"},
		{9, "Intra-Area Prefix"},
		{10, "Intra-Area TE"},
		{11, "Grace"},
		{12, "Router Information"},
		{13, "Inter-AS-TE"},
		{14, "Layer 1 VPN"},
	}
	ospf6Scopes = []tok{
		{ospf6LinkScope, "Link Local"},
		{ospf6AreaScope, "Area Local"},
		{ospf6DomainScope, "Domain Wide"},
	}
	ospf6RouterFlags = []tok{
		{0x01, "ABR"},
		{0x02, "External"},
		{0x04, "Virtual-Link Endpoint"},
		{0x08, "Deprecated"},
		{0x10, "NSSA Translator"},
	}
	ospf6ExternalFlags = []tok{
		{0x80000000, "External Type 2"},
		{ospf6ExternalForward, "Forwarding"},
		{ospf6ExternalTag, "Tag"},
	}
	ospf6PrefixOptions = []tok{
		{0x01, "No Unicast"},
		{0x02, "Local address"},
		{0x04, "Deprecated"},
		{0x08, "Propagate"},
		{0x10, "Down"},
		{0x20, "N-bit"},
	}
)

// ospf6LSAHeaders prints headers of advertisements from b[i] to end and reports
// whether all are well-formed.
func (p *Printer) ospf6LSAHeaders(b []byte, i, end int) bool {
	for ; i < end; i += ospfLSAHeaderLen {
		if !p.ospf6LSAHeader(at(b, i), end-i) {
			return false
		}
	}
	return true
}

// ospf6LSAHeader prints the header of an advertisement that has n bytes of the
// packet left (RFC 5340 section A.4.2) and reports whether it is well-formed.
func (p *Printer) ospf6LSAHeader(b []byte, n int) bool {
	if n < ospfLSAHeaderLen {
		return false
	}
	length := int(u16(b, 18))
	if length < ospfLSAHeaderLen {
		p.printf("\n\t\t  Bogus length %d < header (%d)", length, ospfLSAHeaderLen)
		return false
	}
	p.printf("\n\t  Advertising Router %s, seq 0x%08x, age %ds, length %d",
		ip4At(b, 8), u32(b, 12), u16(b, 0), length-ospfLSAHeaderLen)
	p.ospf6LSAType(u16(b, 2), b, 4)
	return true
}

// ospf6LSAType prints the type of an advertisement and its identifier at b[id:].
func (p *Printer) ospf6LSAType(v uint16, b []byte, id int) {
	transitive := ""
	if v&ospf6Transitive != 0 {
		transitive = ", transitive"
	}
	p.printf("\n\t    %s LSA (%d), %s Scope%s, LSA-ID %s", tokStr(ospf6LSATypes, "Unknown", v&ospf6TypeMask), v&ospf6TypeMask,
		tokStr(ospf6Scopes, "Unknown", v&ospf6ScopeMask), transitive, ip4At(b, id))
}

// ospf6LSA prints an advertisement that has n bytes of the packet left and
// reports whether it is whole and well-formed.
func (p *Printer) ospf6LSA(b []byte, n int) bool {
	if !p.ospf6LSAHeader(b, n) {
		return false
	}
	length := int(u16(b, 18))
	if length > n {
		return false
	}
	body := b[ospfLSAHeaderLen:]
	length -= ospfLSAHeaderLen
	switch u16(b, 2) {
	case ospf6RouterLSA:
		return p.ospf6RouterLinks(body, length)
	case ospf6NetworkLSA:
		return p.ospf6NetworkLinks(body, length)
	case ospf6InterAreaPrefixLSA:
		return p.ospf6InterAreaPrefix(body, length)
	case ospf6ExternalLSA:
		return p.ospf6External(body, length)
	case ospf6LinkLSA:
		return p.ospf6Link(body, length)
	case ospf6IntraAreaPrefixLSA:
		return p.ospf6IntraAreaPrefix(body, length)
	case ospf6GraceLSA:
		return p.ospfGrace(body, length)
	case ospf6TELSA:
		return p.ospfTE(body, length)
	}
	p.unknownData(body, "\n\t      ", length)
	return true
}

// ospf6RouterLinks prints the links of a router (RFC 5340 section A.4.3).
func (p *Printer) ospf6RouterLinks(b []byte, n int) bool {
	const pointToPoint, transit, virtual, size = 1, 2, 4, 16
	if n < 4 {
		return false
	}
	p.printf("\n\t      Options [%s]", bitStr(ospf6Options, "none", u32(b, 0)))
	p.printf(", RLA-Flags [%s]", bitStr(ospf6RouterFlags, "none", u8(b, 0)))
	for i := 4; i < n; i += size {
		if n-i < size || !has(b, i, size) {
			return false
		}
		neighbor := "Neighbor Router-ID"
		switch kind := b[i]; kind {
		case pointToPoint:
		case virtual:
			neighbor = "Virtual Link: Neighbor Router-ID"
		case transit:
			neighbor = "Neighbor Network-ID"
		default:
			p.printf("\n\t      Unknown Router Links Type 0x%02x", kind)
			return true
		}
		p.printf("\n\t      %s %s\n\t      Neighbor Interface-ID %s, Interface %s", neighbor, ip4At(b, i+12), ip4At(b, i+8), ip4At(b, i+4))
		p.printf(", metric %d", u16(b, i+2))
	}
	return true
}

// ospf6NetworkLinks prints the routers of a network (RFC 5340 section A.4.4).
func (p *Printer) ospf6NetworkLinks(b []byte, n int) bool {
	if n < 4 {
		return false
	}
	p.printf("\n\t      Options [%s]", bitStr(ospf6Options, "none", u32(b, 0)))
	p.str("\n\t      Connected Routers:")
	for i := 4; i < n; i += 4 {
		if n-i < 4 {
			return false
		}
		p.printf("\n\t\t%s", ip4At(b, i))
	}
	return true
}

// ospf6InterAreaPrefix prints prefixes of other areas (RFC 5340 section A.4.5).
func (p *Printer) ospf6InterAreaPrefix(b []byte, n int) bool {
	if n < 4 {
		return false
	}
	p.printf(", metric %d", u32(b, 0)&0xffffff)
	for i := 4; i < n; {
		size := p.ospf6Prefix(b, i, n-i)
		if size == 0 {
			return false
		}
		i += size
	}
	return true
}

// ospf6External prints a prefix outside the domain (RFC 5340 section A.4.7).
func (p *Printer) ospf6External(b []byte, n int) bool {
	if n < 4 {
		return false
	}
	v := u32(b, 0)
	p.printf("\n\t     Flags [%s]", bitStr(ospf6ExternalFlags, "none", v))
	p.printf(" metric %d", v&0xffffff)
	size := p.ospf6Prefix(b, 4, n-4)
	if size == 0 {
		return false
	}
	i := 4 + size
	if v&ospf6ExternalForward != 0 {
		if n-i < 16 {
			return false
		}
		p.printf(" forward %s", ip6At(b, i))
		i += 16
	}
	if v&ospf6ExternalTag != 0 {
		if n-i < 4 {
			return false
		}
		p.printf(" tag %s", ip4At(b, i))
		i += 4
	}
	// like tcpdump, looks at one half of the referenced type only
	if referenced := u8(b, 4+2); referenced != 0 {
		if n-i < 4 {
			return false
		}
		p.printf(" RefLSID: %s", ip4At(b, i))
	}
	return true
}

// ospf6Link prints what a router has on a link (RFC 5340 section A.4.9).
func (p *Printer) ospf6Link(b []byte, n int) bool {
	const local, count, prefixes = 4, 20, 24
	if n < local || !has(b, 0, local) {
		return false
	}
	p.printf("\n\t      Options [%s]", bitStr(ospf6Options, "none", u32(b, 0)))
	if n < prefixes {
		return false
	}
	p.printf("\n\t      Priority %d, Link-local address %s, Prefixes %d:", u8(b, 0), ip6At(b, local), u32(b, count))
	return p.ospf6Prefixes(b, prefixes, n-prefixes, u32(b, count))
}

// ospf6IntraAreaPrefix prints the prefixes of a router or network (RFC 5340 section
// A.4.10).
func (p *Printer) ospf6IntraAreaPrefix(b []byte, n int) bool {
	const kind, id, router, prefixes = 2, 4, 8, 12
	if n < 4 || !has(b, router, 4) {
		return false
	}
	p.ospf6LSAType(u16(b, kind), b, id)
	if n < 4+2 {
		return false
	}
	count := u16(b, 0)
	p.printf("\n\t      Prefixes %d:", count)
	// of the fixed part, tcpdump counts only what it has checked
	return p.ospf6Prefixes(b, prefixes, n-4-2, uint32(count))
}

// ospf6Prefixes prints count prefixes in the n bytes at b[i:] and reports
// whether there are as many.
func (p *Printer) ospf6Prefixes(b []byte, i, n int, count uint32) bool {
	for ; count > 0; count-- {
		size := p.ospf6Prefix(b, i, n)
		if size == 0 {
			return false
		}
		i += size
		n -= size
	}
	return true
}

// ospf6Prefix prints the prefix at b[i:], which takes at most n bytes, and returns how
// many it takes: 0 when it is malformed (RFC 5340 section A.4.1).
func (p *Printer) ospf6Prefix(b []byte, i, n int) int {
	const fixed = 4
	if n < fixed || !has(b, i, fixed) {
		return 0
	}
	bits, options := b[i], b[i+1]
	size := (int(bits) + 31) / 32 * 4
	var prefix addr6
	if size > len(prefix) {
		p.printf(" bogus prefixlen /%d", bits)
		return 0
	}
	if n < fixed+size {
		return 0
	}
	copy(prefix[:], bytesAt(b, i+fixed, size))
	p.printf("\n\t\t%s/%d", prefix, bits)
	if options != 0 {
		p.printf(", Options [%s]", bitStr(ospf6PrefixOptions, "none", options))
	}
	p.printf(", metric %d", u16(b, i+2))
	return fixed + size
}
