package compile

import (
	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// UDP ports of tunnels.
const (
	genevePort = 6081 // RFC 8926
	vxlanPort  = 4789 // RFC 7348
)

var vlanEthernet = versions.Since(versions.V5_0, "filter: `vlan` on NETANALYZER, live capture", "a tag that Linux has taken out, too", "a tag in the packet")

// vlan tests for a VLAN tag, and makes what follows look behind it.
func (g *generator) vlan(t *syntax.Term) *pred {
	l := &g.link
	if l.labels > 0 {
		g.fail("no VLAN match after MPLS")
	}
	var p *pred
	switch {
	case isEthernet(l.kind):
		outer := l.vlans == 0 && !l.hdr.variable && l.hdr.k == l.outermostHdr.k
		outer = outer && (l.kind == capture.LinkEN10MB && !g.onSwitchTag() || !g.follows(vlanEthernet))
		if outer && g.mode() == ModeLive {
			p = g.vlanLive(t)
		} else {
			p = g.vlanInPacket(t)
		}
	case l.kind == capture.LinkIEEE802_11 || hasRadioHeader(l.kind):
		p = g.vlanInPacket(t)
	default:
		g.notOnLink("vlan")
		g.fail("no VLAN support for %s", describe(l.kind))
	}
	l.vlans++
	return p
}

func (g *generator) vlanType() *pred {
	return or(g.linkType(ether8021Q), g.linkType(ether8021AD), g.linkType(etherQinQ))
}

func (g *generator) checkVLAN(t *syntax.Term) {
	if t.HasNum && t.Num > 0xfff {
		g.fail("VLAN tag %d greater than maximum %d", t.Num, 0xfff)
	}
}

func (g *generator) vlanInPacket(t *syntax.Term) *pred {
	p := g.vlanType()
	g.checkVLAN(t)
	if t.HasNum {
		p = and(p, g.maskedEqual(atPayload, 0, 2, t.Num, 0xfff))
	}
	g.link.payload.k += 4
	g.link.typ.k += 4
	return p
}

// vlanLive tests for a tag that Linux has taken out of the packet, and for one
// inside only where there is none such. Where the packet goes on depends on
// which it was.
func (g *generator) vlanLive(t *syntax.Term) *pred {
	l := &g.link
	taken := g.is(g.graph.Ancillary(bpf.AncVLANTagPresent), 1)
	inside := g.vlanType()
	g.checkVLAN(t)
	shift := g.graph.Variable()
	g.takeWord()
	g.takeWord()
	defer func() {
		l.payload = offset{base: shift, k: l.payload.k, variable: true, word: true}
		l.typ = offset{base: shift, k: l.typ.k, variable: true, word: true}
	}()
	if g.literal && t.HasNum {
		return and(or(taken, inside), g.is(shift, t.Num)) // of one tag or the other
	} else if g.literal {
		return or(taken, inside)
	}
	// The shift counts behind the term whether or not it holds.
	none, four := g.set(shift, g.graph.Constant(0)), g.set(shift, g.graph.Constant(4))
	here, there := and(taken, none), and(not(taken), four, inside)
	if t.HasNum {
		here = and(here, g.is(g.masked(g.graph.Ancillary(bpf.AncVLANTag), 0xfff), t.Num))
		there = and(there, g.maskedEqual(atPayload, 0, 2, t.Num, 0xfff))
	}
	return or(here, there)
}

// mpls tests for an MPLS label, and makes what follows look behind it.
func (g *generator) mpls(t *syntax.Term) *pred {
	l := &g.link
	var p *pred
	switch {
	case l.labels > 0: // behind a label that is not the last of the stack
		p = g.maskedEqual(atPrevMPLS, 2, 1, 0, 0x01)
		if g.follows(fewerTests) {
			p = not(g.bits(atPrevMPLS, 2, 1))
		}
	case isEthernet(l.kind) || l.kind == capture.LinkC_HDLC || l.kind == capture.LinkHDLC:
		p = g.linkType(etherMPLS)
	case l.kind == capture.LinkPPP:
		p = g.linkType(pppMPLS)
	default:
		g.notOnLink("mpls")
		g.fail("no MPLS support for %s", describe(l.kind))
	}
	if t.HasNum {
		if t.Num > 0xfffff {
			g.fail("MPLS label %d greater than maximum %d", t.Num, 0xfffff)
		}
		p = and(p, g.maskedEqual(atPayload, 0, 4, t.Num<<12, 0xfffff000))
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
	bottom := g.maskedEqual(atPayload, before, 1, 1, 1)
	if g.follows(fewerTests) {
		bottom = g.bits(atPrevMPLS, 2, 1)
	}
	return and(bottom, g.maskedEqual(atPayload, 0, 1, version, 0xf0))
}

// pppoes tests for a PPPoE session (RFC 2516), and makes what follows look at
// the PPP frame inside.
func (g *generator) pppoes(t *syntax.Term) *pred {
	l := &g.link
	p := g.linkType(etherPPPoES)
	if t.HasNum {
		if t.Num > 0xffff {
			g.fail("PPPoE session number %d greater than maximum %d", t.Num, 0xffff)
		}
		if g.follows(fewerTests) {
			p = and(p, g.equal(atPayload, 2, 2, t.Num))
		} else {
			p = and(p, g.maskedEqual(atPayload, 0, 4, t.Num, 0xffff))
		}
	}
	hdr := l.payload
	hdr.k += l.nl + 6
	l.push(capture.LinkPPP, hdr)
	l.typ = l.hdr
	l.payload.k = l.hdr.k + 2
	l.nl, l.nlNoSNAP = 0, 0
	return p
}

// udpTunnel tests for UDP in IPv4 or IPv6 to a port. base + k is where the
// header of UDP starts in what follows.
func (g *generator) udpTunnel(port uint32) (p *pred, base *flow.Value, k uint32) {
	base = g.graph.Variable()
	ip4 := and(g.linkType(etherIP), g.equal(atPayload, 9, 1, ipUDP), g.firstFragment())
	ip6 := and(g.linkType(etherIPv6), g.equal(atPayload, 6, 1, ipUDP))
	base4, k := g.resolve(atTransport4, 0)
	outer, _ := g.resolve(atPayload, 0)
	base6 := g.sum(outer, g.graph.Constant(40))
	p = or(and(ip4, g.set(base, base4)), and(ip6, g.set(base, base6)))
	return and(p, g.is(loadAt(g.graph, base, 2, k+2), port)), base, k
}

// networkIdentifier tests the identifier of a virtual network, the upper three
// bytes of a word.
func (g *generator) networkIdentifier(t *syntax.Term, what string, word *flow.Value) *pred {
	if t.Num > 0xffffff {
		g.fail("%s VNI %d greater than maximum %d", what, t.Num, 0xffffff)
	}
	return g.is(g.masked(word, 0xffffff00), t.Num<<8)
}

func (g *generator) plus(v *flow.Value, n uint32) *flow.Value {
	return compute(g.graph, flow.OpAdd, v, g.graph.Constant(n))
}

// geneve tests for a Geneve header (RFC 8926, clause 3.4), and makes what
// follows look at the packet inside: the link layer at hdr, its type at typ,
// its payload at payload. Where Geneve does not carry Ethernet, its own field
// of the type serves, and the payload is where the link layer would be.
func (g *generator) geneve(t *syntax.Term) *pred {
	const header = 8 // behind that of UDP
	l := &g.link
	p, base, k := g.udpTunnel(genevePort)
	at := func(off uint32, size uint8) *flow.Value { return loadAt(g.graph, base, size, k+header+off) }
	p = and(p, g.is(g.masked(at(0, 1), 0xc0), 0)) // version
	if t.HasNum {
		p = and(p, g.networkIdentifier(t, "Geneve", at(4, 4)))
	}
	word := func() *flow.Value { g.takeWord(); return g.graph.Variable() }
	hdr, typ, payload := word(), word(), word()
	options := compute(g.graph, flow.OpLsh, g.masked(at(0, 1), 0x3f), g.graph.Constant(2))
	p = and(p, g.set(hdr, g.plus(compute(g.graph, flow.OpAdd, options, base), k+header+8)), or(
		and(g.is(at(2, 2), etherBridging), g.set(typ, g.plus(hdr, 12)), g.set(payload, g.plus(hdr, 14))),
		and(g.set(typ, g.plus(base, k+header+2)), g.set(payload, hdr))))

	l.push(capture.LinkEN10MB, offset{base: hdr, variable: true, word: true})
	l.typ = offset{base: typ, variable: true, word: true}
	l.payload = offset{base: payload, variable: true, word: true}
	l.nl = 0
	l.inTunnel, g.plain = true, true
	g.tunnel = *l
	return p
}

// startTunnel has p begin with the offsets that terms behind a Geneve term use
// where that does not hold. What libpcap computes in the beginning, it puts into
// the words that the offsets of the link layer and of its payload have at the
// end of the expression: those are the outermost ones where there is no tunnel.
func (g *generator) startTunnel(p *pred) *pred {
	l, t := &g.link, &g.tunnel
	if g.payload != nil && t.payload.base != nil && l.payload.base == t.payload.base {
		p = and(g.set(t.payload.base, g.payload), p)
	}
	if g.start != nil && t.hdr.base != nil && l.hdr.base == t.hdr.base {
		p = and(g.set(t.hdr.base, l.outermostHdr.base), p)
	}
	return p
}

// vxlan tests for a VXLAN header (RFC 7348, clause 5), and makes what follows
// look at the Ethernet frame inside.
func (g *generator) vxlan(t *syntax.Term) *pred {
	const header = 8 // behind that of UDP
	l := &g.link
	p, base, k := g.udpTunnel(vxlanPort)
	p = and(p, g.is(loadAt(g.graph, base, 1, k+header), 0x08)) // the identifier is valid
	if t.HasNum {
		p = and(p, g.networkIdentifier(t, "VXLAN", loadAt(g.graph, base, 4, k+header+4)))
	}
	if g.follows(vxlanWords) {
		return g.vxlanInWords(p, base, k+header+8)
	}
	g.takeWord()
	inner := offset{base: base, k: k + header + 8, variable: true, word: true}
	l.push(capture.LinkEN10MB, inner)
	l.typ, l.payload = inner, inner
	l.typ.k += 12
	l.payload.k += 14
	l.nl, l.nlNoSNAP = 0, 3
	g.plain = true
	return p
}

var vxlanWords = versions.Since(versions.V5_0, "filter: `vxlan or ...`", "not known", "in a packet without VXLAN what follows looks at the beginning of the packet")

// vxlanInWords makes what follows look at the frame at base + k, if p holds, and else
// where libpcap's program does: all three of its offsets are 0 then.
func (g *generator) vxlanInWords(p *pred, base *flow.Value, k uint32) *pred {
	l := &g.link
	word := func() *flow.Value { g.takeWord(); return g.graph.Variable() }
	hdr, typ, payload := word(), word(), word()
	p = and(p, g.set(hdr, g.plus(base, k)), g.set(typ, g.plus(base, k+12)), g.set(payload, g.plus(base, k+14)))
	l.push(capture.LinkEN10MB, offset{base: hdr, variable: true, word: true})
	l.typ = offset{base: typ, variable: true, word: true}
	l.payload = offset{base: payload, variable: true, word: true}
	l.nl = 0
	l.inTunnel = true
	g.tunnel = *l
	return p
}
