package printer

import "github.com/tapdump/tapdump/versions"

// Well-known communities (RFC 1997).
const (
	bgpNoExport          = 0xffffff01
	bgpNoAdvertise       = 0xffffff02
	bgpNoExportSubconfed = 0xffffff03
)

// Types and subtypes of extended communities (RFC 4360, RFC 5668, IANA
// bgp-extended-communities). The first byte says how the value is divided.
const (
	bgpTargetAS2      = 0x0002
	bgpTargetIP       = 0x0102
	bgpTargetAS4      = 0x0202
	bgpOriginAS2      = 0x0003
	bgpOriginIP       = 0x0103
	bgpOriginAS4      = 0x0203
	bgpLinkBandwidth  = 0x4004
	bgpValidation     = 0x4300 // RFC 8097 section 2
	bgpDomainAS2      = 0x0005
	bgpDomainIP       = 0x0105
	bgpDomainAS4      = 0x0205
	bgpDomainOld      = 0x8005
	bgpOSPFRoute      = 0x0306 // RFC 4577 section 4.2.6
	bgpOSPFRouteOld   = 0x8000
	bgpEncapsulation  = 0x030c // RFC 9012 section 4.1
	bgpOSPFRouter     = 0x0107
	bgpOSPFRouterOld  = 0x8001
	bgpLayer2Info     = 0x800a // RFC 4761 section 3.2.4
	bgpSourceAS       = 0x0009 // RFC 6514 section 6
	bgpVRFRouteImport = 0x010b // RFC 6514 section 7
	bgpL2VPNAS2       = 0x000a
	bgpL2VPNIP        = 0xf10a
)

// Types of OSPF routes (RFC 4577 section 4.2.6).
const (
	bgpOSPFExternal = 5
	bgpOSPFNSSA     = 7
)

var (
	bgpExtFlags = []tok{
		{0x8000, "vendor-specific"},
		{0x4000, "non-transitive"},
	}
	bgpExtTypes = []tok{
		{bgpTargetAS2, "target"},
		{bgpTargetIP, "target"},
		{bgpTargetAS4, "target"},
		{bgpOriginAS2, "origin"},
		{bgpOriginIP, "origin"},
		{bgpOriginAS4, "origin"},
		{bgpLinkBandwidth, "link-BW"},
		{bgpDomainAS2, "ospf-domain"},
		{bgpDomainIP, "ospf-domain"},
		{bgpDomainAS4, "ospf-domain"},
		{bgpDomainOld, "ospf-domain"},
		{bgpOSPFRoute, "ospf-route-type"},
		{bgpOSPFRouteOld, "ospf-route-type"},
		{bgpEncapsulation, "encapsulation"},
		{bgpOSPFRouter, "ospf-router-id"},
		{bgpOSPFRouterOld, "ospf-router-id"},
		{bgpLayer2Info, "layer2-info"},
		{0x8800, "eigrp-general-route (flag, tag)"},
		{0x8801, "eigrp-route-metric (AS, delay)"},
		{0x8802, "eigrp-route-metric (reliability, nexthop, bandwidth)"},
		{0x8803, "eigrp-route-metric (load, MTU)"},
		{0x8804, "eigrp-external-route (remote-AS, remote-ID)"},
		{0x8805, "eigrp-external-route (remote-proto, remote-metric)"},
		{bgpSourceAS, "source-AS"},
		{bgpVRFRouteImport, "vrf-route-import"},
		{bgpL2VPNAS2, "l2vpn-id"},
		{bgpL2VPNIP, "l2vpn-id"},
	}
	bgpExtTypesValidation = amended(bgpExtTypes, tok{bgpValidation, "origin-validation-state"})
	bgpValidations        = []tok{
		{0, "valid"},
		{1, "not found"},
		{2, "invalid"},
	}
	bgpOSPFRouteTypes = []tok{
		{1, "Router"},
		{2, "Network"},
		{3, "Summary"},
		{bgpOSPFExternal, "External"},
		{bgpOSPFNSSA, "NSSA External"},
		{129, "MPLS-VPN Sham"},
	}
	// IANA bgp-tunnel-encapsulation
	bgpEncapsulations = []tok{
		{1, "L2TPv3 over IP"},
		{2, "GRE"},
		{3, "Transmit Tunnel"},
		{4, "IPsec"},
		{5, "IP in IP with IPsec"},
		{6, "MPLS in IP with IPsec"},
		{7, "IP in IP"},
		{8, "VXLAN"},
		{9, "NVGRE"},
		{10, "MPLS"},
		{11, "MPLS in GRE"},
		{12, "VXLAN GPE"},
		{13, "MPLS in UDP"},
		{14, "IPv6"},
		{15, "SR TE"},
		{16, "Bare"},
		{17, "SR"},
	}
)

var bgpHasValidation = versions.Since(versions.V5_0, "BGP", "bytes of the extended community for origin validation", "`ovs: not found`")

// bgpCommunities prints the communities of RFC 1997.
func (p *Printer) bgpCommunities(b []byte, n int) {
	if n%4 != 0 {
		p.bgpInvalidLen()
		return
	}
	for i := 0; i < n; i += 4 {
		switch community := u32(b, i); community {
		case bgpNoExport:
			p.str(" NO_EXPORT")
		case bgpNoAdvertise:
			p.str(" NO_ADVERTISE")
		case bgpNoExportSubconfed:
			p.str(" NO_EXPORT_SUBCONFED")
		default:
			p.printf("%d:%d", community>>16, community&0xffff)
			if i+4 < n {
				p.str(", ")
			}
		}
	}
}

// bgpLargeCommunities prints the communities of RFC 8092.
func (p *Printer) bgpLargeCommunities(b []byte, n int) {
	p.str("\n\t    ")
	for i := 0; i < n; i += bgpLargeCommunity {
		p.printf("%d:%d:%d", u32(b, i), u32(b, i+4), u32(b, i+8))
		if i+bgpLargeCommunity < n {
			p.str(", ")
		}
	}
}

// bgpExtCommunities prints the communities of RFC 4360.
func (p *Printer) bgpExtCommunities(b []byte, n int) {
	if n%bgpExtCommunityLen != 0 {
		p.bgpInvalidLen()
		return
	}
	types := p.tableSince(bgpHasValidation, bgpExtTypesValidation, bgpExtTypes)
	for i := 0; i < n; i += bgpExtCommunityLen {
		kind := u16(b, i)
		p.printf("\n\t    %s (0x%04x), Flags [%s]: ", tokStr(types, "unknown extd community typecode", kind), kind,
			bitStr(bgpExtFlags, "none", kind))
		p.bgpExtCommunity(kind, b[i:i+bgpExtCommunityLen])
	}
}

// bgpExtCommunity prints the value of an extended community.
func (p *Printer) bgpExtCommunity(kind uint16, b []byte) {
	switch kind {
	case bgpTargetAS2, bgpOriginAS2, bgpL2VPNAS2:
		p.printf("%d:%d (= %s)", u16(b, 2), u32(b, 4), ip4At(b, 4))
	case bgpTargetIP, bgpOriginIP, bgpL2VPNIP, bgpVRFRouteImport:
		p.printf("%s:%d", ip4At(b, 2), u16(b, 6))
	case bgpTargetAS4, bgpOriginAS4:
		p.bgpAS(u32(b, 2))
		p.printf(":%d", u16(b, 6))
	case bgpLinkBandwidth:
		p.printf("bandwidth: %.3f Mbps", mbpsAt(b, 4))
	case bgpDomainAS2, bgpDomainIP, bgpDomainAS4, bgpDomainOld, bgpOSPFRouter, bgpOSPFRouterOld:
		p.printf("%s", ip4At(b, 2))
	case bgpOSPFRoute, bgpOSPFRouteOld:
		p.bgpOSPFRoute(b)
	case bgpLayer2Info:
		p.printf("%s Control Flags [0x%02x]:MTU %d", tokStr(l2vpnEncapsulations, "unknown encaps", u8(b, 2)), u8(b, 3), u16(b, 4))
	case bgpSourceAS:
		p.printf("AS %d", u16(b, 2))
	case bgpEncapsulation:
		p.printf("Tunnel type: %s", tokStr(bgpEncapsulations, "unknown encaps", u16(b, 6)))
	default:
		if kind == bgpValidation && p.follows(bgpHasValidation) {
			p.bgpValidation(b)
			return
		}
		for _, c := range b[2:] {
			p.hex(uint64(c), 2)
		}
	}
}

// bgpValidation prints how the origin of a route was validated (RFC 8097 section
// 2).
func (p *Printer) bgpValidation(b []byte) {
	if reserved := beUint(b, 2, 5); reserved != 0 {
		p.printf("[the reserved field 0x%x MUST be 0] ", reserved)
	}
	p.printf("ovs: %s", tokStr(bgpValidations, "unknown origin validation state", u8(b, 7)))
}

func (p *Printer) bgpOSPFRoute(b []byte) {
	kind, options := u8(b, 6), u8(b, 7)
	p.printf("area:%s, router-type:%s, metric-type:", ip4At(b, 2), tokStr(bgpOSPFRouteTypes, "unknown (0x%02x)", kind))
	if options&1 != 0 {
		p.str("E2")
	}
	if kind == bgpOSPFExternal || kind == bgpOSPFNSSA {
		p.str("E1")
	}
}
