package compile

import "github.com/tapdump/tapdump/capture"

// genevePort is the UDP port of Geneve (RFC 8926).
const genevePort = 6081

// Ancillary data of Linux about a packet, offsets from ancillaryBase
// (<linux/filter.h>).
const (
	ancillaryPacketType = 4
	ancillaryIfindex    = 8
	ancillaryVLANTag    = 44
	ancillaryHasVLAN    = 48
	ancillaryEnd        = 64
)

// vlan tests for a VLAN tag, and makes what follows look behind it.
func (g *generator) vlan(t *term) *pred {
	l := &g.link
	if l.labels > 0 {
		g.fail("no VLAN match after MPLS")
	}
	var p *pred
	switch {
	case isEthernet(l.kind):
		outer := l.vlans == 0 && !l.hdr.variable && l.hdr.k == l.outermostHdr.k
		if outer && g.opts.Mode == ModeLive {
			p = g.vlanLive(t)
		} else {
			p = g.vlanInPacket(t)
		}
	case l.kind == capture.LinkIEEE802_11 || hasRadioHeader(l.kind):
		p = g.vlanInPacket(t)
	default:
		g.fail("no VLAN support for %s", describe(l.kind))
	}
	l.vlans++
	return p
}

func (g *generator) vlanType() *pred {
	return or(g.linkType(ether8021Q), g.linkType(ether8021AD), g.linkType(etherQinQ))
}

func (g *generator) checkVLAN(t *term) {
	if t.hasNum && t.num > 0xfff {
		g.fail("VLAN tag %d greater than maximum %d", t.num, 0xfff)
	}
}

func (g *generator) vlanInPacket(t *term) *pred {
	p := g.vlanType()
	g.checkVLAN(t)
	if t.hasNum {
		p = and(p, g.maskedEqual(atPayload, 0, 2, t.num, 0xfff))
	}
	g.link.payload.k += 4
	g.link.typ.k += 4
	return p
}

// vlanLive tests for a tag that Linux has taken out of the packet, and for one
// inside only where there is none such. Where the packet goes on depends on
// which it was.
func (g *generator) vlanLive(t *term) *pred {
	l := &g.link
	taken := g.is(g.graph.ancillary(ancillaryHasVLAN), 1)
	inside := g.vlanType()
	g.checkVLAN(t)
	if t.hasNum {
		taken = and(taken, g.is(g.masked(g.graph.ancillary(ancillaryVLANTag), 0xfff), t.num))
		inside = and(inside, g.maskedEqual(atPayload, 0, 2, t.num, 0xfff))
	}
	shift := g.variable()
	g.takeWord()
	g.takeWord()
	l.payload = offset{base: shift, k: l.payload.k, variable: true, word: true}
	l.typ = offset{base: shift, k: l.typ.k, variable: true, word: true}
	// The shift counts behind the term whether or not it holds.
	hasTag := g.is(g.graph.ancillary(ancillaryHasVLAN), 1)
	inside = and(g.set(shift, g.graph.constant(4)), inside)
	return or(and(hasTag, taken), and(not(hasTag), inside))
}

// mpls tests for an MPLS label, and makes what follows look behind it.
func (g *generator) mpls(t *term) *pred {
	l := &g.link
	var p *pred
	switch {
	case l.labels > 0: // behind a label that is not the last of the stack
		p = g.maskedEqual(atPrevMPLS, 2, 1, 0, 0x01)
	case isEthernet(l.kind) || l.kind == capture.LinkC_HDLC || l.kind == linkHDLC:
		p = g.linkType(etherMPLS)
	case l.kind == capture.LinkPPP:
		p = g.linkType(pppMPLS)
	default:
		g.fail("no MPLS support for %s", describe(l.kind))
	}
	if t.hasNum {
		if t.num > 0xfffff {
			g.fail("MPLS label %d greater than maximum %d", t.num, 0xfffff)
		}
		p = and(p, g.maskedEqual(atPayload, 0, 4, t.num<<12, 0xfffff000))
	}
	l.nl += 4
	l.nlNoSNAP += 4
	l.labels++
	return p
}

// mplsType tests the payload behind the last label: nothing but the version
// tells what it is.
func (g *generator) mplsType(proto uint32) *pred {
	version := uint32(0x40)
	switch proto {
	case etherIP:
	case etherIPv6:
		version = 0x60
	default:
		g.fail("unsupported protocol over mpls")
	}
	const before = 0xfffffffe // -2: the byte with the bottom-of-stack bit
	return and(g.maskedEqual(atPayload, before, 1, 1, 1), g.maskedEqual(atPayload, 0, 1, version, 0xf0))
}

// pppoes tests for a PPPoE session (RFC 2516), and makes what follows look at
// the PPP frame inside.
func (g *generator) pppoes(t *term) *pred {
	l := &g.link
	p := g.linkType(etherPPPoES)
	if t.hasNum {
		if t.num > 0xffff {
			g.fail("PPPoE session number %d greater than maximum %d", t.num, 0xffff)
		}
		p = and(p, g.maskedEqual(atPayload, 0, 4, t.num, 0xffff))
	}
	hdr := l.payload
	hdr.k += l.nl + 6
	l.push(capture.LinkPPP, hdr)
	l.typ = l.hdr
	l.payload.k = l.hdr.k + 2
	l.nl, l.nlNoSNAP = 0, 0
	return p
}

// geneve tests for a Geneve header in IPv4 or IPv6, and makes what follows look
// at the packet inside.
func (g *generator) geneve(t *term) *pred {
	l := &g.link
	word := func() *value { g.takeWord(); return g.variable() }
	udp := func(ether uint32, protoAt uint32, at place) *pred {
		p := and(g.linkType(ether), g.equal(atPayload, protoAt, 1, ipUDP))
		if ether == etherIP {
			p = and(p, g.firstFragment())
		}
		p = and(p, g.equal(at, 2, 2, genevePort), g.maskedEqual(at, 8, 1, 0, 0xc0))
		if t.hasNum {
			p = and(p, g.maskedEqual(at, 12, 4, t.num<<8, 0xffffff00))
		}
		return p
	}
	ip4 := udp(etherIP, 9, atTransport4)
	if t.hasNum && t.num > 0xffffff {
		g.fail("Geneve VNI %d greater than maximum %d", t.num, 0xffffff)
	}
	ip6 := udp(etherIPv6, 6, atTransport6)
	header := func(at place) (base *value, k uint32) { return g.resolve(at, 8) }
	base4, k4 := header(atTransport4)
	base6, k6 := header(atTransport6)
	hdr, typ, payload := word(), word(), word()
	inner := func(base *value, k uint32) *pred {
		hdrAt, typAt, payloadAt := g.geneveOffsets(base, k)
		return and(g.set(hdr, hdrAt), g.set(typ, typAt), g.set(payload, payloadAt))
	}
	p := or(and(ip4, inner(base4, k4)), and(ip6, inner(base6, k6)))
	l.push(capture.LinkEN10MB, offset{base: hdr, variable: true, word: true})
	l.typ = offset{base: typ, variable: true, word: true}
	l.payload = offset{base: payload, variable: true, word: true}
	l.nl = 0
	l.inGeneve, g.plain = true, true
	return p
}

// geneveOffsets are where the link layer, its type and its payload lie behind
// the Geneve header at base + k (RFC 8926, clause 3.4). Where Geneve does not
// carry Ethernet, its own field of the type serves, and the payload is where
// the link layer would be.
func (g *generator) geneveOffsets(base *value, k uint32) (hdr, typ, payload *value) {
	sum := func(v *value, n uint32) *value { return compute(g.graph, valueAdd, v, g.graph.constant(n)) }
	if base == nil {
		base = g.graph.constant(0)
	}
	length := compute(g.graph, valueLsh, g.masked(loadAt(g.graph, base, 1, k), 0x3f), g.graph.constant(2))
	hdr = sum(compute(g.graph, valueAdd, base, length), k+8)
	proto := loadAt(g.graph, base, 2, k+2)
	other := compute(g.graph, valueXor, proto, g.graph.constant(etherBridging)) // 0 for Ethernet
	ethernet := g.shift(compute(g.graph, valueSub, other, g.graph.constant(1)), 31)
	payload = compute(g.graph, valueAdd, hdr, compute(g.graph, valueMul, ethernet, g.graph.constant(14)))
	own := sum(base, k+2)
	distance := compute(g.graph, valueSub, sum(hdr, 12), own)
	typ = compute(g.graph, valueAdd, own, compute(g.graph, valueMul, ethernet, distance))
	return hdr, typ, payload
}
