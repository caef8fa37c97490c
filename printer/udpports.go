package printer

import "github.com/tapdump/tapdump/versions"

var udpPortsKIP = versions.Since(versions.V5_0, "AppleTalk", "in UDP, a type that is cut leaves the datagram undecoded", "it ends the packet")

// udpPorts prints the payload of a UDP datagram by its ports and reports
// whether one of them has a printer. b is the payload, length its bytes on the
// wire.
func (p *Printer) udpPorts(sport, dport uint16, b []byte, length int, ip ipHeader) bool {
	p.markProtocol()
	if udpListed.has(sport) || udpListed.has(dport) {
		return p.udpListedPorts(sport, dport, b, length, ip)
	}
	return p.udpOtherPorts(sport, dport, b, length)
}

// udpListed are the ports that udpListedPorts asks for. Most datagrams have none.
var udpListed = makePortSet([]portRange{
	{53, 53}, {67, 69}, {88, 88}, {123, 123}, {137, 138}, {161, 162}, {200, 327}, {496, 496}, {500, 500}, {514, 514},
	{520, 521}, {525, 525}, {546, 547}, {646, 646}, {654, 654}, {698, 698}, {701, 701}, {750, 750}, {768, 895}, {921, 921},
	{1589, 1589}, {1645, 1646}, {1700, 1701}, {1812, 1813}, {1985, 1985}, {2103, 2104}, {3456, 3456}, {3503, 3503},
	{3784, 3785}, {3799, 3799}, {4342, 4342}, {4500, 4500}, {4567, 4567}, {4784, 4784}, {4789, 4790}, {5060, 5060},
	{5353, 5353}, {5359, 5359}, {6081, 6081}, {6343, 6343}, {6635, 6635}, {6696, 6697}, {6784, 6784}, {7000, 7009},
	{7500, 7500}, {bfdSeamless, bfdSeamless}, {8231, 8231}, {8472, 8472}, {8500, 8500}, {12222, 12223}, {16512, 16639},
	{17754, 17754}, {30490, 30490},
})

// portSet has a bit for each port.
type portSet [1 << 16 / 64]uint64

type portRange struct{ first, last uint16 }

func makePortSet(ranges []portRange) (s portSet) {
	for _, r := range ranges {
		for port := int(r.first); port <= int(r.last); port++ {
			s[port/64] |= 1 << (port % 64)
		}
	}
	return s
}

func (s *portSet) has(port uint16) bool { return s[port/64]>>(port%64)&1 != 0 }

// udpListedPorts is udpPorts for the ports of udpListed, and then for all. The
// first match wins; the order is the reference's.
func (p *Printer) udpListedPorts(sport, dport uint16, b []byte, length int, ip ipHeader) bool {
	either := func(port uint16) bool { return sport == port || dport == port }
	switch {
	case either(53):
		p.domain(b, length, domainUDP)
	case either(67), either(68):
		p.bootp(b, length)
	case either(69):
		p.tftp(b, length)
	case either(88):
		p.krb(b)
	case either(123):
		p.ntp(b, length)
	case either(137):
		p.nbtNameService(b, length)
	case either(138):
		p.nbtDatagram(b, length)
	case either(161), either(162):
		p.snmp(b, length)
	case either(319), either(320):
		p.ptp(b, length)
	case either(496):
		p.autoRP(b, length)
	case either(500):
		p.isakmp(b, length, ip)
	case either(514):
		p.syslog(b, length)
	case either(520):
		p.rip(b, length)
	case either(521):
		p.ripng(b, length)
	case either(525):
		p.timed(b)
	case either(546), either(547):
		p.dhcp6(b, length)
	case either(646):
		p.ldp(b, length)
	case either(654):
		p.aodv(b, length, ip.version == 6)
	case either(698):
		p.olsr(b, length, ip.version == 6)
	case either(701):
		p.lmp(b, length)
	case either(750):
		p.krb(b)
	case either(921):
		p.lwres(b, length)
	case either(5353):
		p.domain(b, length, domainMulticast)
	case either(4500):
		p.isakmpNATT(b, length, ip)
	case either(7500), either(8500):
		p.isakmp(b, length, ip)
	case either(1701):
		p.l2tp(b, length)
	case dport == 3456:
		p.vat(b, length)
	case either(2103), either(2104):
		p.zephyr(b, length)
	case sport >= 7000 && sport <= 7009, dport >= 7000 && dport <= 7009:
		p.rx(b, length, sport, dport, ip)
	case either(5359):
		p.ahcp(b, length)
	case either(6696), either(6697):
		p.babel(b, length)
	case either(8231):
		p.hncp(b, length)
	case dport == 4567:
		p.wb(b, length)
	case either(1645), either(1812), either(1646), either(1813), either(1700), either(3799):
		p.radius(b, length)
	case dport == 1985:
		p.hsrp(b, length)
	case either(3503):
		p.lspping(b, length)
	case dport == 3784, dport == 4784, dport == 6784, dport == 3785:
		p.bfd(b, length, dport)
	case dport == bfdSeamless && p.follows(bfdHasSeamless), sport == bfdSeamless && p.follows(bfdHasSeamless):
		p.bfd(b, length, bfdSeamless)
	case either(1589):
		p.vqp(b, length)
	case either(6343):
		p.sflow(b, length)
	case dport == 12223:
		p.lwappControl(b, length, true)
	case sport == 12223:
		p.lwappControl(b, length, false)
	case either(12222):
		p.lwappData(b, length)
	case either(5060):
		p.sip(b, length)
	case either(8472), either(4789):
		p.vxlan(b, length)
	case dport == 6081:
		p.geneve(b, length)
	case either(4342):
		p.lisp(b, length)
	case either(4790):
		p.vxlanGPE(b, length)
	case either(17754):
		p.zep(b, length)
	case either(6635):
		p.mpls(b, length)
	case p.udpIsKIP(sport, dport, b):
		if p.vflag > 0 {
			p.str("kip ")
		}
		p.llap(b, length)
	case either(30490):
		p.someip(b, length)
	default:
		return p.udpOtherPorts(sport, dport, b, length)
	}
	return true
}

// udpOtherPorts is udpPorts for ports that are not in udpListed.
func (p *Printer) udpOtherPorts(sport, dport uint16, b []byte, length int) bool {
	switch {
	case (sport == 443 || dport == 443) && p.follows(quicPrinted) && quicDetected(b, length):
		p.quic(b)
	case sport == 49152:
		p.bcmLI(b, length)
	default:
		return false
	}
	return true
}

// udpIsKIP reports whether a datagram holds a DDP packet.
func (p *Printer) udpIsKIP(sport, dport uint16, b []byte) bool {
	if !udpIsAppleTalk(sport) && !udpIsAppleTalk(dport) || !has(b, 2, 1) && !p.follows(udpPortsKIP) {
		return false
	}
	return u8(b, 2) == 2
}

// udpIsAppleTalk reports whether a port belongs to LocalTalk in UDP (KIP): the
// old and the assigned ranges.
func udpIsAppleTalk(port uint16) bool {
	return port >= 16512 && port < 16512+128 || port >= 200 && port < 200+128 || port >= 768 && port < 768+128
}
