package printer

import "github.com/tapdump/tapdump/versions"

// Path attributes (IANA bgp-parameters, path attributes).
const (
	bgpOrigin            = 1
	bgpASPath            = 2
	bgpNextHop           = 3
	bgpMED               = 4
	bgpLocalPref         = 5
	bgpAtomicAggregate   = 6
	bgpAggregator        = 7
	bgpCommunities       = 8
	bgpOriginatorID      = 9
	bgpClusterList       = 10
	bgpMPReach           = 14
	bgpMPUnreach         = 15
	bgpExtCommunities    = 16
	bgpAS4Path           = 17
	bgpAS4Aggregator     = 18
	bgpPMSITunnel        = 22
	bgpAIGP              = 26
	bgpLargeCommunities  = 32
	bgpSecPath           = 33
	bgpOnlyToCustomer    = 35
	bgpAttributeSet      = 128
	bgpExtendedLength    = 0x10 // a flag: the length takes two bytes
	bgpAttributeSetDepth = 10   // how deep sets in sets are followed
)

// bgpSegmentMax is the greatest type of an AS path's segment (RFC 5065 section
// 3).
const bgpSegmentMax = 4

// Provider multicast service interface tunnels (RFC 6514 section 5).
const (
	bgpTunnelRSVP      = 1
	bgpTunnelLDPP2MP   = 2
	bgpTunnelPIMSSM    = 3
	bgpTunnelPIMSM     = 4
	bgpTunnelPIMBidir  = 5
	bgpTunnelIngress   = 6
	bgpTunnelLDPMP2MP  = 7
	bgpAccumulatedIGP  = 1 // a TLV (RFC 7311 section 3)
	bgpPMSILen         = 5
	bgpAIGPHead        = 3
	bgpLargeCommunity  = 12 // bytes
	bgpExtCommunityLen = 8
)

var (
	bgpAttributes = []tok{
		{bgpOrigin, "Origin"},
		{bgpASPath, "AS Path"},
		{bgpAS4Path, "AS4 Path"},
		{bgpNextHop, "Next Hop"},
		{bgpMED, "Multi Exit Discriminator"},
		{bgpLocalPref, "Local Preference"},
		{bgpAtomicAggregate, "Atomic Aggregate"},
		{bgpAggregator, "Aggregator"},
		{bgpAS4Aggregator, "Aggregator4"},
		{bgpCommunities, "Community"},
		{bgpOriginatorID, "Originator ID"},
		{bgpClusterList, "Cluster List"},
		{11, "DPA"},
		{12, "Advertisers"},
		{13, "RCID Path / Cluster ID"},
		{bgpMPReach, "Multi-Protocol Reach NLRI"},
		{bgpMPUnreach, "Multi-Protocol Unreach NLRI"},
		{bgpExtCommunities, "Extended Community"},
		{bgpPMSITunnel, "PMSI Tunnel"},
		{23, "Tunnel Encapsulation"},
		{24, "Traffic Engineering"},
		{25, "IPv6 Extended Community"},
		{bgpAIGP, "Accumulated IGP Metric"},
		{27, "PE Distinguisher Label"},
		{28, "Entropy Label"},
		{bgpLargeCommunities, "Large Community"},
		{bgpAttributeSet, "Attribute Set"},
		{255, "Reserved for development"},
	}
	bgpAttributesSec = amended(bgpAttributes,
		tok{11, ""},
		tok{12, ""},
		tok{13, ""},
		tok{bgpSecPath, "BGPsec Path"},
		tok{bgpOnlyToCustomer, "Only to Customer (OTC)"})
	bgpOrigins = []tok{
		{0, "IGP"},
		{1, "EGP"},
		{2, "Incomplete"},
	}
	// segments of an AS path: set, sequence, and those of a confederation
	bgpSegmentsOpen = []tok{
		{2, ""},
		{1, "{ "},
		{3, "( "},
		{4, "({ "},
	}
	bgpSegmentsClose = []tok{
		{2, ""},
		{1, "}"},
		{3, ")"},
		{4, "})"},
	}
	bgpTunnels = []tok{
		{bgpTunnelRSVP, "RSVP-TE P2MP LSP"},
		{bgpTunnelLDPP2MP, "LDP P2MP LSP"},
		{bgpTunnelPIMSSM, "PIM-SSM Tree"},
		{bgpTunnelPIMSM, "PIM-SM Tree"},
		{bgpTunnelPIMBidir, "PIM-Bidir Tree"},
		{bgpTunnelIngress, "Ingress Replication"},
		{bgpTunnelLDPMP2MP, "LDP MP2MP LSP"},
	}
	bgpTunnelFlags = []tok{
		{0x01, "Leaf Information required"},
	}
	bgpAIGPs = []tok{
		{bgpAccumulatedIGP, "AIGP"},
	}
)

var bgpMoreAttributes = versions.Since(versions.V5_0, "BGP", "bytes of the attributes BGPsec Path and Only to Customer; names of the withdrawn DPA, Advertisers and RCID Path",
	"decoded; `Unknown Attribute`")

// bgpAttribute prints an attribute's value, n bytes at the start of b, depth
// sets deep, and with -vv dumps it. It reports whether the value is whole.
func (p *Printer) bgpAttribute(kind uint8, b []byte, n, depth int) bool {
	dumped := n
	switch {
	case kind == bgpAttributeSet:
		left, ok := p.bgpAttributeSet(b, n, depth)
		if !ok {
			return false
		}
		dumped = left
	case kind == bgpLargeCommunities && n != 0 && n%bgpLargeCommunity == 0:
		p.bgpLargeCommunities(b, n)
		dumped = 0
	case kind == bgpSecPath && p.follows(bgpMoreAttributes):
		if !p.bgpSecPath(b) {
			p.invalid()
			return true
		}
	case kind >= bgpMPReach:
		if !p.bgpExtension(kind, b, n) {
			return false
		}
	default:
		if !p.bgpBasic(kind, b, n) {
			return false
		}
	}
	if p.vflag > 1 && dumped > 0 {
		p.unknownData(b, "\n\t    ", dumped)
	}
	return true
}

func (p *Printer) bgpInvalidLen() { p.str("invalid len") }

// bgpBasic prints the attributes of RFC 4271, 1997 and 4456.
func (p *Printer) bgpBasic(kind uint8, b []byte, n int) bool {
	if size := bgpFixedLen(kind); size >= 0 && n != size {
		p.bgpInvalidLen()
		return true
	}
	switch kind {
	case bgpOrigin:
		p.tok(bgpOrigins, "Unknown Origin Typecode", uint32(u8(b, 0)))
	case bgpASPath:
		return p.bgpASPath(kind, b, n)
	case bgpNextHop, bgpOriginatorID:
		p.printf("%s", ip4At(b, 0))
	case bgpMED, bgpLocalPref:
		p.uint(uint64(u32(b, 0)))
	case bgpAtomicAggregate:
	case bgpAggregator:
		p.bgpAggregator(b, n)
	case bgpCommunities:
		p.bgpCommunities(b, n)
	case bgpClusterList:
		p.bgpClusterList(b, n)
	default:
		p.bgpUnknown(kind, b, n)
	}
	return true
}

// bgpFixedLen is the length that an attribute must have, or -1 when it varies.
func bgpFixedLen(kind uint8) int {
	switch kind {
	case bgpAtomicAggregate:
		return 0
	case bgpOrigin:
		return 1
	case bgpNextHop, bgpMED, bgpLocalPref, bgpOriginatorID:
		return 4
	}
	return -1
}

// bgpExtension prints the attributes that came later.
func (p *Printer) bgpExtension(kind uint8, b []byte, n int) bool {
	switch kind {
	case bgpMPReach:
		return p.bgpMPReach(b, n)
	case bgpMPUnreach:
		return p.bgpMPUnreach(b, n)
	case bgpAS4Path:
		return p.bgpASPath(kind, b, n)
	case bgpPMSITunnel:
		return p.bgpPMSITunnel(b, n)
	case bgpAIGP:
		return p.bgpAIGP(b, n)
	case bgpLargeCommunities:
		p.bgpInvalidLen()
	case bgpAS4Aggregator:
		if n != 8 {
			p.bgpInvalidLen()
		} else {
			p.bgpAggregator(b, n)
		}
	case bgpExtCommunities:
		p.bgpExtCommunities(b, n)
	case bgpOnlyToCustomer:
		p.bgpOnlyToCustomer(b, n)
	default:
		p.bgpUnknown(kind, b, n)
	}
	return true
}

// bgpOnlyToCustomer prints who said that a route goes to customers only (RFC 9234
// section 5).
func (p *Printer) bgpOnlyToCustomer(b []byte, n int) {
	switch {
	case !p.follows(bgpMoreAttributes):
		p.bgpUnknown(bgpOnlyToCustomer, b, n)
	case n < 4:
		p.bgpInvalidLen()
	default:
		p.printf("\n\t    OTC %d", u32(b, 0))
	}
}

func (p *Printer) bgpUnknown(kind uint8, b []byte, n int) {
	p.printf("\n\t    no Attribute %d decoder", kind)
	if p.vflag <= 1 {
		p.unknownData(b, "\n\t    ", n)
	}
}

// bgpASPath prints the segments of an AS path (RFC 4271 section 4.3, RFC 6793
// section 3).
func (p *Printer) bgpASPath(kind uint8, b []byte, n int) bool {
	if n%2 != 0 {
		p.bgpInvalidLen()
		return true
	}
	if n == 0 {
		p.str("empty")
		return true
	}
	size := 4
	if kind == bgpASPath && bgpPathIsAS2(b, n) {
		size = 2
	}
	for i := 0; i < n; {
		segment := uint32(u8(b, i))
		p.tok(bgpSegmentsOpen, "?", segment)
		count := int(u8(b, i+1))
		i += 2
		for ; count > 0; count-- {
			if !has(b, i, size) {
				return false
			}
			p.bgpAS(uint32(beUint(b, i, size)))
			p.char(' ')
			i += size
		}
		p.tok(bgpSegmentsClose, "?", segment)
	}
	return true
}

// bgpPathIsAS2 guesses whether the AS numbers of a path take two bytes: the
// attribute's type is the same when both speakers know four (RFC 6793 section
// 3). They do when segments of that size fill the attribute.
func bgpPathIsAS2(b []byte, n int) bool {
	i := 0
	for i < n {
		if segment := u8(b, i); segment < 1 || segment > bgpSegmentMax {
			return false
		}
		i += 2 + 2*int(u8(b, i+1))
	}
	return i == n
}

// bgpAggregator prints who aggregated a route, with an AS number of two or four
// bytes.
func (p *Printer) bgpAggregator(b []byte, n int) {
	if n != 6 && n != 8 {
		p.bgpInvalidLen()
		return
	}
	p.str(" AS #")
	p.bgpAS(uint32(beUint(b, 0, n-4)))
	p.printf(", origin %s", ip4At(b, n-4))
}

func (p *Printer) bgpClusterList(b []byte, n int) {
	if n%4 != 0 {
		p.bgpInvalidLen()
		return
	}
	for i := 0; i < n; i += 4 {
		p.printf("%s", ip4At(b, i))
		if i+4 < n {
			p.str(", ")
		}
	}
}

// bgpPMSITunnel prints the tunnel that carries multicast between providers'
// edges (RFC 6514 section 5).
func (p *Printer) bgpPMSITunnel(b []byte, n int) bool {
	if !has(b, 0, bgpPMSILen) || n < bgpPMSILen {
		return false
	}
	flags, kind := u8(b, 0), u8(b, 1)
	p.printf("\n\t    Tunnel-type %s (%d), Flags [%s], MPLS Label %d", tokStr(bgpTunnels, "Unknown", kind), kind,
		bitStr(bgpTunnelFlags, "none", flags), u24(b, 2)>>4)
	b, n = b[bgpPMSILen:], n-bgpPMSILen
	switch kind {
	case bgpTunnelPIMSM, bgpTunnelPIMBidir:
		p.printf("\n\t      Sender %s, P-Group %s", ip4At(b, 0), ip4At(b, 4))
	case bgpTunnelPIMSSM:
		p.printf("\n\t      Root-Node %s, P-Group %s", ip4At(b, 0), ip4At(b, 4))
	case bgpTunnelIngress:
		p.printf("\n\t      Tunnel-Endpoint %s", ip4At(b, 0))
	case bgpTunnelLDPP2MP, bgpTunnelLDPMP2MP:
		p.printf("\n\t      Root-Node %s, LSP-ID 0x%08x", ip4At(b, 0), u32(b, 4))
	case bgpTunnelRSVP:
		p.printf("\n\t      Extended-Tunnel-ID %s, P2MP-ID 0x%08x", ip4At(b, 0), u32(b, 4))
	default:
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t      ", n)
		}
	}
	return true
}

// bgpAIGP prints the accumulated IGP metric (RFC 7311 section 3).
func (p *Printer) bgpAIGP(b []byte, n int) bool {
	for n >= bgpAIGPHead {
		kind, size := u8(b, 0), int(u16(b, 1))
		p.printf("\n\t    %s TLV (%d), length %d", tokStr(bgpAIGPs, "Unknown", kind), kind, size)
		if size < bgpAIGPHead || n < size {
			return false
		}
		value := at(b, bgpAIGPHead)
		if kind == bgpAccumulatedIGP {
			if size < bgpAIGPHead+8 {
				return false
			}
			p.printf(", metric %d", u64(value, 0))
		} else if p.vflag <= 1 {
			p.unknownData(value, "\n\t      ", size-bgpAIGPHead)
		}
		b, n = at(b, size), n-size
	}
	return true
}

// bgpAttributeSet prints the attributes that a customer's route had (RFC 6368
// section 5). It returns how many bytes were left at one that does not fit.
func (p *Printer) bgpAttributeSet(b []byte, n, depth int) (left int, ok bool) {
	if !has(b, 0, 4) || n < 4 {
		return 0, false
	}
	p.str("\n\t    Origin AS: ")
	p.bgpAS(u32(b, 0))
	for b, n = b[4:], n-4; n > 0; {
		if !has(b, 0, 2) {
			return 0, false
		}
		if n < 2 {
			p.str(" [path attr too short]")
			return n, true
		}
		flags, kind, head := u8(b, 0), u8(b, 1), 3
		if flags&bgpExtendedLength != 0 {
			head = 4
		}
		if !has(b, 0, head) {
			return 0, false
		}
		if n < head {
			p.str(" [path attr too short]")
			return n - 2, true
		}
		size := bgpAttributeLen(b, head)
		p.printf("\n\t      %s (%d), length: %d", tokStr(p.tableSince(bgpMoreAttributes, bgpAttributesSec, bgpAttributes), "Unknown Attribute", kind), kind, size)
		if flags != 0 {
			p.bgpAttributeFlags(flags)
		}
		p.str(": ")
		b, n = b[head:], n-head
		if n < size {
			p.str(" [path attr too short]")
			return n, true
		}
		if depth == bgpAttributeSetDepth {
			p.str("(too many nested levels, not recursing)")
		} else if !p.bgpAttribute(kind, b, size, depth+1) {
			return 0, false
		}
		b, n = at(b, size), n-size
	}
	return 0, true
}
