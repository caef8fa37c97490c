package printer

// EtherTypes (IEEE Std 802, 9.2) that are dispatched or named.
const (
	etherPUP       = 0x0200
	etherSprite    = 0x0500
	etherNS        = 0x0600
	etherGeoNetOld = 0x0707
	etherIPv4      = 0x0800
	etherARP       = 0x0806
	etherTrail     = 0x1000
	etherCALMFast  = 0x1111
	etherPPPoED2   = 0x3c12
	etherPPPoES2   = 0x3c13
	etherMOPDL     = 0x6001
	etherMOPRC     = 0x6002
	etherDECnet    = 0x6003
	etherLAT       = 0x6004
	etherSCA       = 0x6007
	etherTEB       = 0x6558
	etherRARP      = 0x8035
	etherLanBridge = 0x8038
	etherDECDNS    = 0x803c
	etherDECDTS    = 0x803e
	etherVEXP      = 0x805b
	etherVPROD     = 0x805c
	etherAppleTalk = 0x809b
	etherAARP      = 0x80f3
	etherVLAN      = 0x8100
	etherIPX       = 0x8137
	etherIPv6      = 0x86dd
	etherMPCP      = 0x8808
	etherSlow      = 0x8809
	etherPPP       = 0x880b
	etherMPLS      = 0x8847
	etherMPLSMulti = 0x8848
	etherPPPoED    = 0x8863
	etherPPPoES    = 0x8864
	etherMSNLB     = 0x886f
	etherJumbo     = 0x8870
	etherEAPOL     = 0x888e
	etherRealtek   = 0x8899
	etherAoE       = 0x88a2
	etherQinQ      = 0x88a8
	etherTIPC      = 0x88ca
	etherLLDP      = 0x88cc
	etherMACsec    = 0x88e5
	etherPTP       = 0x88f7
	etherCFM       = 0x8902
	etherIEEE1905  = 0x893a
	etherGeoNet    = 0x8947
	etherNSH       = 0x894f
	etherLoopback  = 0x9000
	etherVLAN9100  = 0x9100
	etherVLAN9200  = 0x9200
	etherCFMOld    = 0xabcd
	etherArista    = 0xd28b
	etherISO       = 0xfefe
	etherGREOSI    = 0x00fe // OSI over GRE (RFC 3147)
)

var etherTypeNames = []tok{
	{etherIPv4, "IPv4"},
	{etherMPLS, "MPLS unicast"},
	{etherMPLSMulti, "MPLS multicast"},
	{etherIPv6, "IPv6"},
	{etherVLAN, "802.1Q"},
	{etherVLAN9100, "802.1Q-9100"},
	{etherQinQ, "802.1Q-QinQ"},
	{etherVLAN9200, "802.1Q-9200"},
	{etherMACsec, "802.1AE MACsec"},
	{etherPUP, "PUP"},
	{etherARP, "ARP"},
	{etherRARP, "Reverse ARP"},
	{etherNS, "NS"},
	{etherSprite, "Sprite"},
	{etherTrail, "Trail"},
	{etherMOPDL, "MOP DL"},
	{etherMOPRC, "MOP RC"},
	{etherDECnet, "DN"},
	{etherLAT, "LAT"},
	{etherSCA, "SCA"},
	{etherTEB, "TEB"},
	{etherLanBridge, "Lanbridge"},
	{etherDECDNS, "DEC DNS"},
	{etherDECDTS, "DEC DTS"},
	{etherVEXP, "VEXP"},
	{etherVPROD, "VPROD"},
	{etherAppleTalk, "Appletalk"},
	{etherAARP, "Appletalk ARP"},
	{etherIPX, "IPX"},
	{etherPPP, "PPP"},
	{etherMPCP, "MPCP"},
	{etherSlow, "Slow Protocols"},
	{etherPPPoED, "PPPoE D"},
	{etherPPPoES, "PPPoE S"},
	{etherEAPOL, "EAPOL"},
	{etherRealtek, "Realtek protocols"},
	{etherMSNLB, "MS NLB heartbeat"},
	{etherJumbo, "Jumbo"},
	{etherNSH, "NSH"},
	{etherLoopback, "Loopback"},
	{etherISO, "OSI"},
	{etherGREOSI, "GRE-OSI"},
	{etherCFMOld, "CFM (old)"},
	{etherCFM, "CFM"},
	{etherIEEE1905, "IEEE1905.1"},
	{etherLLDP, "LLDP"},
	{etherTIPC, "TIPC"},
	{etherGeoNetOld, "GeoNet (old)"},
	{etherGeoNet, "GeoNet"},
	{etherCALMFast, "CALM FAST"},
	{etherAoE, "AoE"},
	{etherPTP, "PTP"},
	{etherArista, "Arista Vendor Specific Protocol"},
}

// etherType prints a payload by its EtherType and reports whether that has a
// printer. src and dst are the link layer's addresses, for the few protocols
// that show them.
func (p *Printer) etherType(t uint16, b []byte, length int, src, dst linkAddr) bool {
	p.markProtocol()
	switch t {
	case etherIPv4:
		p.ip4(b, length)
	case etherIPv6:
		p.ip6(b, length)
	case etherARP, etherRARP:
		p.arp(b, length)
	case etherDECnet:
		p.decnet(b, length)
	case etherAppleTalk:
		if p.vflag > 0 {
			p.str("et1 ")
		}
		p.atalk(b, length)
	case etherAARP:
		p.aarp(b, length)
	case etherIPX:
		p.str("(NOV-ETHII) ")
		p.ipx(b, length)
	case etherISO:
		if length == 0 || len(b) == 0 {
			p.proto = "isoclns"
			p.truncMark()
			return true
		}
		p.isoclns(b[1:], length-1)
	case etherPPPoED, etherPPPoES, etherPPPoED2, etherPPPoES2:
		p.pppoe(b, length)
	case etherEAPOL:
		p.eapol(b)
	case etherRealtek:
		p.realtek(b, length, src, dst)
	case etherPPP:
		if length > 0 {
			p.str(": ")
			p.ppp(b, length)
		}
	case etherMPCP:
		p.mpcp(b, length)
	case etherSlow:
		p.slow(b, length)
	case etherCFM, etherCFMOld:
		p.cfm(b, length)
	case etherLLDP:
		p.lldp(b, length)
	case etherNSH:
		p.nsh(b, length)
	case etherLoopback:
		p.loopback(b, length)
	case etherMPLS, etherMPLSMulti:
		p.mpls(b, length)
	case etherTIPC:
		p.tipc(b, length)
	case etherMSNLB:
		p.msnlb(b)
	case etherGeoNet, etherGeoNetOld:
		p.geonet(b, length, src)
	case etherCALMFast:
		p.calmFast(b, length, src)
	case etherAoE:
		p.aoe(b, length)
	case etherPTP:
		p.ptp(b, length)
	default:
		return false
	}
	return true
}
