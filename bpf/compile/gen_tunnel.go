package compile

import (
	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// genevePort is the UDP port of Geneve (RFC 8926).
const genevePort = 6081

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
	taken := g.is(g.graph.ancillary(bpf.AncVLANTagPresent), 1)
	inside := g.vlanType()
	g.checkVLAN(t)
	shift := g.graph.variable()
	g.takeWord()
	g.takeWord()
	// The shift counts behind the term whether or not it holds.
	none, four := g.set(shift, g.graph.constant(0)), g.set(shift, g.graph.constant(4))
	here, there := and(taken, none), and(not(taken), four, inside)
	if t.hasNum {
		here = and(here, g.is(g.masked(g.graph.ancillary(bpf.AncVLANTag), 0xfff), t.num))
		there = and(there, g.maskedEqual(atPayload, 0, 2, t.num, 0xfff))
	}
	l.payload = offset{base: shift, k: l.payload.k, variable: true, word: true}
	l.typ = offset{base: shift, k: l.typ.k, variable: true, word: true}
	return or(here, there)
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

// geneve tests for a Geneve header in IPv4 or IPv6 (RFC 8926, clause 3.4), and
// makes what follows look at the packet inside: the link layer at hdr, its type
// at typ, its payload at payload. Where Geneve does not carry Ethernet, its own
// field of the type serves, and the payload is where the link layer would be.
func (g *generator) geneve(t *term) *pred {
	const port, vni = 2, 12 // the latter behind the header of UDP
	l := &g.link
	word := func() *value { g.takeWord(); return g.graph.variable() }
	plus := func(v *value, n uint32) *value { return compute(g.graph, valueAdd, v, g.graph.constant(n)) }

	base := g.graph.variable() // where the header of UDP starts, but for k
	ip4 := and(g.linkType(etherIP), g.equal(atPayload, 9, 1, ipUDP), g.firstFragment())
	if t.hasNum && t.num > 0xffffff {
		g.fail("Geneve VNI %d greater than maximum %d", t.num, 0xffffff)
	}
	ip6 := and(g.linkType(etherIPv6), g.equal(atPayload, 6, 1, ipUDP))
	base4, k := g.resolve(atTransport4, 0)
	outer, _ := g.resolve(atPayload, 0)
	ip4, ip6 = and(ip4, g.set(base, base4)), and(ip6, g.set(base, g.sum(outer, g.graph.constant(40))))

	at := func(off uint32, size uint8) *value { return loadAt(g.graph, base, size, k+off) }
	p := and(or(ip4, ip6), g.is(at(port, 2), genevePort), g.is(g.masked(at(8, 1), 0xc0), 0))
	if t.hasNum {
		p = and(p, g.is(g.masked(at(vni, 4), 0xffffff00), t.num<<8))
	}
	hdr, typ, payload := word(), word(), word()
	options := compute(g.graph, valueLsh, g.masked(at(8, 1), 0x3f), g.graph.constant(2))
	p = and(p, g.set(hdr, plus(compute(g.graph, valueAdd, options, base), k+16)), or(
		and(g.is(at(10, 2), etherBridging), g.set(typ, plus(hdr, 12)), g.set(payload, plus(hdr, 14))),
		and(g.set(typ, plus(base, k+10)), g.set(payload, hdr))))

	l.push(capture.LinkEN10MB, offset{base: hdr, variable: true, word: true})
	l.typ = offset{base: typ, variable: true, word: true}
	l.payload = offset{base: payload, variable: true, word: true}
	l.nl = 0
	l.inGeneve, g.plain = true, true
	return p
}
