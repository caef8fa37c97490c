package traffic

import "encoding/binary"

// arpFlow is an ARP request (RFC 826) and its reply.
type arpFlow struct {
	asker, asked host
	sent         bool
}

func openARP(g *Generator) flow {
	return &arpFlow{asker: localHost(1 + g.rng.below(localHosts)), asked: localHost(1 + g.rng.below(localHosts))}
}

func (f *arpFlow) step(g *Generator) bool {
	const request, reply = 1, 2
	b := g.frame.grow(28)
	copy(b, []byte{0, 1, 8, 0, 6, 4})
	if !f.sent {
		b[7] = request
		copy(b[8:], f.asker.mac[:])
		copy(b[14:], f.asker.ip4[:])
		copy(b[24:], f.asked.ip4[:])
		g.pushEthernet(f.asker.mac, broadcast.mac, etherARP)
		f.sent = true
		return !g.rng.chance(20)
	}
	b[7] = reply
	copy(b[8:], f.asked.mac[:])
	copy(b[14:], f.asked.ip4[:])
	copy(b[18:], f.asker.mac[:])
	copy(b[24:], f.asker.ip4[:])
	g.pushEthernet(f.asked.mac, f.asker.mac, etherARP)
	return false
}

// neighbourFlow is a neighbour solicitation and its advertisement, or a router
// advertisement (RFC 4861).
type neighbourFlow struct {
	asker, asked host
	router       bool
	sent         bool
}

func openNeighbour(g *Generator) flow {
	return &neighbourFlow{
		asker:  localHost(1 + g.rng.below(localHosts)),
		asked:  localHost(1 + g.rng.below(localHosts)),
		router: g.rng.chance(20),
	}
}

func (f *neighbourFlow) step(g *Generator) bool {
	const (
		routerAdvert = 134
		solicit      = 135
		advert       = 136
		sourceLink   = 1
		targetLink   = 2
	)
	option := func(kind byte, mac [6]byte) {
		g.frame.add([]byte{kind, 1})
		g.frame.add(mac[:])
	}
	switch {
	case f.router:
		router := host{mac: routerMAC}.linkLocal()
		g.frame.add32(30000) // reachable time
		g.frame.add32(1000)  // retransmission timer
		option(sourceLink, routerMAC)
		prefix := g.frame.grow(32)
		copy(prefix, []byte{3, 4, 64, 0xc0})
		binary.BigEndian.PutUint32(prefix[4:], 86400)
		binary.BigEndian.PutUint32(prefix[8:], 14400)
		copy(prefix[16:], f.asker.ip6[:8])
		g.sendNeighbour(router, multicast6(2, 1), routerAdvert, 64<<24|1800)
		return false
	case !f.sent:
		g.frame.add(f.asked.ip6[:])
		option(sourceLink, f.asker.mac)
		group := multicast6(2, 0)
		copy(group.ip6[11:], []byte{1, 0xff, f.asked.ip6[13], f.asked.ip6[14], f.asked.ip6[15]})
		copy(group.mac[2:], group.ip6[12:])
		g.sendNeighbour(f.asker, group, solicit, 0)
		f.sent = true
		return true
	}
	g.frame.add(f.asked.ip6[:])
	option(targetLink, f.asked.mac)
	g.sendNeighbour(f.asked, f.asker, advert, 0x60000000)
	return false
}

// sendNeighbour sends an ICMPv6 message of neighbour discovery, whose hop limit
// says that no router has passed it on.
func (g *Generator) sendNeighbour(src, dst host, icmpType uint8, rest uint32) {
	p := path{ends: [2]host{src, dst}, v6: true}
	h := g.pushICMPHeader(icmpType, 0, rest)
	binary.BigEndian.PutUint16(h[2:], g.checksum(&p, 0, protoICMP6))
	g.pushIP6(&src, &dst, protoICMP6, 255, 0)
	g.pushEthernet(src.mac, dst.mac, etherIP6)
}

// membershipFlow is one report of IGMP (RFC 3376) or MLD (RFC 3810).
type membershipFlow struct{ host }

func openMembership(g *Generator) flow {
	return &membershipFlow{localHost(1 + g.rng.below(localHosts))}
}

func (f *membershipFlow) step(g *Generator) bool {
	if g.rng.chance(50) {
		const igmpReport, toExclude = 0x22, 4
		h := g.frame.grow(16)
		h[0], h[7], h[8] = igmpReport, 1, toExclude
		copy(h[12:], []byte{224, 0, 0, 251})
		binary.BigEndian.PutUint16(h[2:], ^fold(sum(0, h)))
		to := multicast4(224, 0, 0, 22)
		g.pushIP4(&f.host, &to, protoIGMP, 1, 0xc0, g.nextID(), 0x4000)
		g.pushEthernet(f.mac, to.mac, etherIP4)
		return false
	}
	const mldReport, toExclude, hopByHop = 143, 4, 0
	src, to := f.linkLocal(), multicast6(2, 0x16)
	p := path{ends: [2]host{src, to}, v6: true}
	g.frame.add([]byte{toExclude, 0, 0, 0})
	group := multicast6(2, 0xfb)
	g.frame.add(group.ip6[:])
	h := g.pushICMPHeader(mldReport, 0, 1)
	binary.BigEndian.PutUint16(h[2:], g.checksum(&p, 0, protoICMP6))
	// A router alert, padded (RFC 2711).
	copy(g.frame.push(8), []byte{protoICMP6, 0, 5, 2, 0, 0, 1, 0})
	g.pushIP6(&src, &to, hopByHop, 1, 0)
	g.pushEthernet(src.mac, to.mac, etherIP6)
	return false
}
