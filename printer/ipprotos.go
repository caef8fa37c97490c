package printer

import (
	"github.com/tapdump/tapdump/internal/ipproto"
	"github.com/tapdump/tapdump/versions"
)

var (
	ipNoNextHeader = versions.Since(versions.V5_0, "IP", "protocol 59 is `unknown`", "`No Next Header`")
	ipCutEnds      = versions.Since(versions.V5_0, "TCP, UDP, ICMP, BOOTP", "a header that is cut has a mark, and what it is in goes on; none has the first number of NFS over TCP", "the mark ends the packet; that number, too, has `[\\|tcp]`")
)

// IP protocol numbers (IANA protocol-numbers) that are dispatched or named.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIGMP        = 2
	protoIPv4        = 4
	protoTCP         = 6
	protoEGP         = 8
	protoIGRP        = 9
	protoUDP         = 17
	protoDCCP        = 33
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoRSVP        = 46
	protoGRE         = 47
	protoESP         = 50
	protoAH          = 51
	protoNHRP        = 54
	protoMobile      = 55
	protoICMPv6      = 58
	protoNone        = 59
	protoDstOpts     = 60
	protoMobilityOld = 62
	protoND          = 77
	protoEIGRP       = 88
	protoOSPF        = 89
	protoPIM         = 103
	protoIPComp      = 108
	protoVRRP        = 112
	protoPGM         = 113
	protoSCTP        = 132
	protoMobility    = 135
	protoEthernet    = 143
)

var ipProtoNames = []tok{
	{protoHopByHop, "HBH"},
	{protoICMP, "ICMP"},
	{protoIGMP, "IGMP"},
	{protoIPv4, "IPIP"},
	{protoTCP, "TCP"},
	{protoEGP, "EGP"},
	{protoIGRP, "IGRP"},
	{protoUDP, "UDP"},
	{protoDCCP, "DCCP"},
	{protoIPv6, "IPv6"},
	{protoRouting, "Routing"},
	{protoFragment, "Fragment"},
	{protoRSVP, "RSVP"},
	{protoGRE, "GRE"},
	{protoESP, "ESP"},
	{protoAH, "AH"},
	{protoMobile, "Mobile IP"},
	{protoICMPv6, "ICMPv6"},
	{protoDstOpts, "DSTOPT"},
	{protoMobilityOld, "Mobile IP (old)"},
	{protoEIGRP, "EIGRP"},
	{protoOSPF, "OSPF"},
	{protoPIM, "PIM"},
	{protoIPComp, "Compressed IP"},
	{protoVRRP, "VRRP"},
	{protoPGM, "PGM"},
	{protoSCTP, "SCTP"},
	{protoMobility, "Mobility"},
	{protoEthernet, "Ethernet"},
}

var ipProtoNamesNone = amended(ipProtoNames, tok{protoNone, "No Next Header"})

// ipProtoName appends the name of a protocol.
func (p *Printer) ipProtoName(proto uint8) {
	switch proto { // nearly all
	case protoTCP:
		p.str("TCP")
		return
	case protoUDP:
		p.str("UDP")
		return
	}
	p.tok(p.tableSince(ipNoNextHeader, ipProtoNamesNone, ipProtoNames), "unknown", uint32(proto))
}

// ipHeader is what transport protocols see of the IP header in front of them.
type ipHeader struct {
	b        []byte // from the IP header's first byte on, as far as captured
	version  int    // 4 or 6
	fragment bool   // the packet is a fragment
	ttl      uint8  // or hop limit
}

// carries reports whether the IP header itself names proto as its payload.
// Behind extension headers the addresses have already been printed.
func (ip ipHeader) carries(proto uint8) bool {
	if ip.version == 6 {
		return u8(ip.b, 6) == proto
	}
	return u8(ip.b, 9) == proto
}

// ipSource appends the source address of the IP header.
func (p *Printer) ipSource(ip ipHeader) {
	if ip.version == 6 {
		p.appendAddr6(ip6At(ip.b, 8))
		return
	}
	p.appendAddr4(ip4At(ip.b, 12))
}

// ipDestination appends the destination address of the IP header.
func (p *Printer) ipDestination(ip ipHeader) {
	if ip.version == 6 {
		p.appendAddr6(ip6At(ip.b, 24))
		return
	}
	p.appendAddr4(ip4At(ip.b, 16))
}

// ipAddresses appends both.
func (p *Printer) ipAddresses(ip ipHeader) {
	p.ipSource(ip)
	p.str(" > ")
	p.ipDestination(ip)
}

// ipN prints an IP packet of the version that its first byte says.
func (p *Printer) ipN(b []byte, length int) {
	p.proto = "ipn"
	if length < 1 {
		p.printf("truncated-ip %d", length)
		return
	}
	switch v := u8(b, 0) >> 4; v {
	case 4:
		p.ip4(b, length)
	case 6:
		p.ip6(b, length)
	default:
		p.printf("unknown ip %d", v)
	}
}

// ipProto prints the payload of an IP packet by its protocol number.
func (p *Printer) ipProto(proto uint8, b []byte, length int, ip ipHeader) {
	p.markProtocol()
	for proto == protoAH {
		if !has(b, 0, 1) {
			p.proto = "ah"
			p.truncMark()
			return
		}
		proto = b[0]
		n := p.ah(b)
		if n <= 0 {
			return
		}
		b = at(b, n)
		length -= n
	}
	switch proto {
	case protoTCP:
		p.tcp(b, length, ip)
	case protoUDP:
		p.udp(b, length, ip)
	case protoICMP:
		if p.requireIP(4, proto, ip) {
			p.icmp(b, length, ip)
		}
	case protoICMPv6:
		if p.requireIP(6, proto, ip) {
			p.icmp6(b, length, ip)
		}
	case protoIGMP:
		if p.requireIP(4, proto, ip) {
			p.igmp(b, length)
		}
	case protoESP:
		p.esp(b, length, ip)
	case protoIPComp:
		p.ipcomp(b)
	case protoSCTP:
		p.sctp(b, length, ip)
	case protoDCCP:
		p.dccp(b, length, ip)
	case protoIGRP:
		p.igrp(b, length)
	case protoEIGRP:
		p.eigrp(b, length)
	case protoND:
		p.printf(" nd %d", uint32(length))
	case protoEGP:
		p.egp(b, length)
	case protoOSPF:
		if ip.version == 6 {
			p.ospf6(b, length)
		} else {
			p.ospf(b, length, ip)
		}
	case protoIPv4:
		p.ip4(b, length)
	case protoIPv6:
		p.ip6(b, length)
	case protoRSVP:
		p.rsvp(b, length)
	case protoGRE:
		p.gre(b, length)
	case protoMobile:
		p.mobile(b, length)
	case protoPIM:
		p.pim(b, length, ip)
	case protoVRRP:
		if p.opts.Type == TypeCARP {
			p.carp(b, length, ip)
		} else {
			p.vrrp(b, length, ip)
		}
	case protoPGM:
		p.pgm(b, length, ip)
	case protoEthernet:
		if p.requireIP(6, proto, ip) {
			p.ether(b, length)
		}
	case protoNone:
		p.str("no next header")
	default:
		if proto == protoNHRP && p.follows(nhrpPrinted) {
			p.nhrp(b, length)
			return
		}
		p.ipProtoFallback(proto)
		p.printf(" %d", uint32(length))
	}
}

// requireIP reports whether the packet is of the IP version that proto is
// defined for; if not, it complains.
func (p *Printer) requireIP(version int, proto uint8, ip ipHeader) bool {
	if ip.version == version {
		return true
	}
	p.char('[')
	p.ipProtoName(proto)
	p.printf(" requires IPv%d]", version)
	p.invalid()
	return false
}

// ipProtoFallback names a protocol that is not decoded.
func (p *Printer) ipProtoFallback(proto uint8) {
	if !p.nflag {
		if s := ipproto.Names[proto]; s != "" {
			p.char(' ')
			p.str(s)
			return
		}
	}
	p.printf(" ip-proto-%d", proto)
}
