// udp.go: User Datagram Protocol (RFC 768; jumbograms RFC 2675; over IPv6 RFC
// 8200 section 8.1).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	udpUndersized = versions.Since(versions.V5_0, "UDP", "`truncated-udp 7`, `truncated-udplength 7`",
		"`[undersized-udp 7 < 8] (invalid)`, `[undersized-udplength 7 < 8] (invalid)`")
	udpTypes = versions.Since(versions.V5_0, "UDP", "with a `-T` that is not for UDP there is no line", "addresses and ports are printed with any `-T`")
)

const (
	udpHeaderLen = 8
	udpNFS       = 2049
)

func (p *Printer) udp(b []byte, length int, ip ipHeader) {
	p.proto = "udp"
	length = asInt(uint32(length)) // a broken AH in front leaves less than nothing
	if !has(b, 2, 2) {
		if ip.carries(protoUDP) {
			p.ipAddresses(ip)
			p.str(": ")
		}
		p.truncSince(ipCutEnds)
		return
	}
	sport, dport := u16(b, 0), u16(b, 2)
	if length < udpHeaderLen || len(b) < udpHeaderLen {
		p.udpHeaderCut(b, length, ip)
		return
	}
	ulen := int(u16(b, 4))
	if ulen == 0 && length > 65535 {
		ulen = length
	}
	if ulen < udpHeaderLen {
		p.udpTooShort("udplength", ulen, sport, dport, ip)
		return
	}
	ulen -= udpHeaderLen
	if p.opts.Type != TypeNone {
		p.udpAs(p.opts.Type, sport, dport, b[udpHeaderLen:], min(length-udpHeaderLen, ulen), ip)
		return
	}
	p.udpEndpoints(sport, dport, ip)
	p.udpData(sport, dport, b, length, ulen, ip)
}

// udpData prints what follows the endpoints of the datagram b of length bytes, whose
// payload has ulen bytes by its header.
func (p *Printer) udpData(sport, dport uint16, b []byte, length, ulen int, ip ipHeader) {
	length = min(length-udpHeaderLen, ulen)
	payload := b[udpHeaderLen:]
	if p.qflag == 0 && p.udpNFSMessage(sport, dport, payload, length, ip) {
		return
	}
	if p.vflag > 0 && !p.Kflag && !ip.fragment {
		p.udpChecksum(b, length, ip)
	}
	if p.qflag == 0 && p.udpPorts(sport, dport, payload, length, ip) {
		return
	}
	if ulen > length && !ip.fragment {
		p.str("UDP, bad length ")
		p.uint(uint64(ulen))
		p.str(" > ")
		p.uint(uint64(length))
		return
	}
	p.str("UDP, length ")
	p.uint(uint64(ulen))
}

// udpHeaderCut ends a datagram that has no whole header; its ports were captured.
func (p *Printer) udpHeaderCut(b []byte, length int, ip ipHeader) {
	sport, dport := u16(b, 0), u16(b, 2)
	ulen := udpHeaderLen
	if has(b, 4, 2) && !p.follows(udpUndersized) {
		ulen = int(u16(b, 4))
	}
	switch {
	case length < udpHeaderLen:
		p.udpTooShort("udp", length, sport, dport, ip)
	case ulen < udpHeaderLen && (ulen != 0 || length <= 65535):
		p.udpTooShort("udplength", ulen, sport, dport, ip)
	default:
		p.udpBrokenEndpoints(sport, dport, ip)
		p.truncSince(ipCutEnds)
	}
}

// udpTooShort complains about a length that is less than the header's.
func (p *Printer) udpTooShort(what string, n int, sport, dport uint16, ip ipHeader) {
	p.udpBrokenEndpoints(sport, dport, ip)
	if !p.follows(udpUndersized) {
		p.printf("truncated-%s %d", what, n)
		return
	}
	start := len(p.out)
	p.printf(" [undersized-%s %d < %d]", what, n, udpHeaderLen)
	p.mark(PartWrong, start)
	p.invalid()
}

// udpBrokenEndpoints prints addresses and ports of a datagram that is not decoded.
func (p *Printer) udpBrokenEndpoints(sport, dport uint16, ip ipHeader) {
	if p.opts.Type != TypeRPC || !p.follows(udpTypes) {
		p.udpEndpoints(sport, dport, ip)
	}
}

// udpEndpoints prints addresses and ports; the addresses only when they have
// not been printed in front of IPv6 extension headers.
func (p *Printer) udpEndpoints(sport, dport uint16, ip ipHeader) {
	p.markFlow(sport, dport, ip)
	if !ip.carries(protoUDP) {
		p.udpPort(sport)
		p.str(" > ")
		p.udpPort(dport)
		p.str(": ")
		p.endFlow()
		return
	}
	p.ipSource(ip)
	p.char('.')
	p.udpPort(sport)
	p.str(" > ")
	p.ipDestination(ip)
	p.char('.')
	p.udpPort(dport)
	p.str(": ")
	p.endFlow()
}

// udpNFSMessage prints calls to and replies from the NFS port and reports
// whether the datagram is one.
func (p *Printer) udpNFSMessage(sport, dport uint16, b []byte, length int, ip ipHeader) bool {
	if dport != udpNFS && sport != udpNFS || !has(b, 4, 4) {
		return false
	}
	const call, reply = 0, 1 // RFC 5531 section 9, msg_type
	switch kind := u32(b, 4); {
	case dport == udpNFS && kind == call:
		p.str("NFS request xid ")
		p.uint(uint64(u32(b, 0)))
		p.char(' ')
		p.nfsRequest(b, length, ip)
	case sport == udpNFS && kind == reply:
		p.str("NFS reply xid ")
		p.uint(uint64(u32(b, 0)))
		p.char(' ')
		p.nfsReply(b, length, ip)
	default:
		return false
	}
	return true
}

// udpChecksum prints whether the checksum is right, for a datagram that was
// captured whole. length is that of the payload. Over IPv4, where checksums
// are optional, only -vv asks for it.
func (p *Printer) udpChecksum(b []byte, length int, ip ipHeader) {
	if ip.version == 4 {
		if p.vflag < 2 {
			return
		}
		if u16(b, 6) == 0 {
			p.str("[no cksum] ")
			return
		}
	}
	if !has(b, udpHeaderLen, length) {
		return
	}
	n := udpHeaderLen + length
	sum := p.pseudoChecksum(ip, b, n, n, protoUDP)
	if sum == 0 {
		p.str("[udp sum ok] ")
		return
	}
	is := u16(b, 6)
	start := len(p.out)
	p.str("[bad udp cksum 0x")
	p.hex(uint64(is), 4)
	p.str(" -> 0x")
	p.hex(uint64(checksumShould(is, sum)), 4)
	p.str("!] ")
	p.mark(PartWrong, start)
}

// udpAs prints the payload as the protocol that -T names, whatever the ports. A
// type that is not for UDP prints nothing.
func (p *Printer) udpAs(t PacketType, sport, dport uint16, b []byte, length int, ip ipHeader) {
	switch t {
	case TypeRPC:
		// RPC prints the addresses with transaction ids for ports
		if u32(b, 4) == 0 {
			p.sunrpc(b, length, ip)
		} else {
			p.nfsReplyWithAddresses(b, length, ip)
		}
		return
	case TypeCARP, TypeZMTP1, TypeRESP:
		if !p.follows(udpTypes) {
			return
		}
	}
	p.udpEndpoints(sport, dport, ip)
	switch t {
	case TypeVAT:
		p.vat(b, length)
	case TypeWB:
		p.wb(b, length)
	case TypeRTP:
		p.rtp(b, length)
	case TypeRTCP:
		p.rtcp(b)
	case TypeSNMP:
		p.snmp(b, length)
	case TypeCNFP:
		p.cnfp(b)
	case TypeTFTP:
		p.tftp(b, length)
	case TypeAODV:
		p.aodv(b, length, ip.version == 6)
	case TypeRADIUS:
		p.radius(b, length)
	case TypeVXLAN:
		p.vxlan(b, length)
	case TypePGM, TypePGMZMTP1:
		p.pgm(b, length, ip)
	case TypeLMP:
		p.lmp(b, length)
	case TypePTP:
		p.ptp(b, length)
	case TypeSOMEIP:
		p.someip(b, length)
	case TypeDomain:
		p.domain(b, length, domainUDP)
	case TypeQUIC:
		p.quic(b)
	}
}
