package compile

import (
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// PDU types of IS-IS (ISO/IEC 10589, clause 9), in the low five bits of a byte.
const (
	isisL1Hello  = 15
	isisL2Hello  = 16
	isisP2PHello = 17
	isisL1LSP    = 18
	isisL2LSP    = 20
	isisL1CSNP   = 24
	isisL2CSNP   = 25
	isisL1PSNP   = 26
	isisL2PSNP   = 27

	isisTypeMask = 0x1f
)

// protocol tests for a protocol by the word that stands alone for it.
func (g *generator) protocol(p syntax.Protocol) *pred {
	switch p {
	case syntax.QualLink:
		g.reworded("'%s' cannot be used as an abbreviation", p)
		g.fail("link layer applied in wrong context")
	case syntax.QualRadio:
		g.reworded("'%s' cannot be used as an abbreviation", p)
		g.fail("'radio' is not a valid protocol type")
	case syntax.QualICMP, syntax.QualIGMP, syntax.QualIGRP, syntax.QualVRRP, syntax.QualCARP:
		return g.proto(ipProtocol(p), syntax.QualIP, syntax.DirDefault)
	case syntax.QualICMPv6:
		return g.proto(ipProtocol(p), syntax.QualIPv6, syntax.DirDefault)
	case syntax.QualSCTP, syntax.QualTCP, syntax.QualUDP, syntax.QualPIM, syntax.QualAH, syntax.QualESP:
		return g.proto(ipProtocol(p), syntax.QualDefault, syntax.DirDefault)
	case syntax.QualESIS:
		return g.proto(nlpidESIS, syntax.QualISO, syntax.DirDefault)
	case syntax.QualISIS:
		return g.proto(nlpidISIS, syntax.QualISO, syntax.DirDefault)
	case syntax.QualCLNP:
		return g.proto(nlpidCLNP, syntax.QualISO, syntax.DirDefault)
	case syntax.QualISISL1:
		return g.isis(isisL1PSNP, isisL1CSNP, isisL1LSP, isisL1Hello, isisP2PHello)
	case syntax.QualISISL2:
		return g.isis(isisL2PSNP, isisL2CSNP, isisL2LSP, isisL2Hello, isisP2PHello)
	case syntax.QualISISIIH:
		return g.isis(isisP2PHello, isisL1Hello, isisL2Hello)
	case syntax.QualISISLSP:
		return g.isis(isisL1LSP, isisL2LSP)
	case syntax.QualISISSNP:
		return g.isis(isisL2PSNP, isisL1PSNP, isisL1CSNP, isisL2CSNP)
	case syntax.QualISISCSNP:
		return g.isis(isisL1CSNP, isisL2CSNP)
	case syntax.QualISISPSNP:
		return g.isis(isisL1PSNP, isisL2PSNP)
	}
	return g.linkType(linkProtocol(p))
}

// ipProtocol is the number of a protocol above IP.
func ipProtocol(p syntax.Protocol) uint32 {
	switch p {
	case syntax.QualICMP:
		return ipICMP
	case syntax.QualIGMP:
		return ipIGMP
	case syntax.QualIGRP:
		return ipIGRP
	case syntax.QualVRRP:
		return ipVRRP
	case syntax.QualCARP:
		return ipCARP
	case syntax.QualICMPv6:
		return ipICMPv6
	case syntax.QualSCTP:
		return ipSCTP
	case syntax.QualTCP:
		return ipTCP
	case syntax.QualUDP:
		return ipUDP
	case syntax.QualPIM:
		return ipPIM
	case syntax.QualAH:
		return ipAH
	}
	return ipESP
}

// linkProtocol is the Ethernet type or service access point of a protocol
// directly above the link layer.
func linkProtocol(p syntax.Protocol) uint32 {
	switch p {
	case syntax.QualIP:
		return etherIP
	case syntax.QualARP:
		return etherARP
	case syntax.QualRARP:
		return etherRARP
	case syntax.QualATalk:
		return etherATalk
	case syntax.QualAARP:
		return etherAARP
	case syntax.QualDECnet:
		return etherDECnet
	case syntax.QualSCA:
		return etherSCA
	case syntax.QualLAT:
		return etherLAT
	case syntax.QualMOPDL:
		return etherMOPDL
	case syntax.QualMOPRC:
		return etherMOPRC
	case syntax.QualIPv6:
		return etherIPv6
	case syntax.QualISO:
		return sapISO
	case syntax.QualSTP:
		return sap8021D
	case syntax.QualIPX:
		return sapIPX
	}
	return sapNetBEUI
}

var protocolRange = versions.Since(versions.V5_0, "filter: `proto`, `protochain`", "`ip proto 256`, `iso proto 256`, `isis proto 32` match nothing", "refused: `protocol number 256 greater than maximum 255`")

// proto tests for protocol number n above the protocol p.
func (g *generator) proto(n uint32, p syntax.Protocol, dir syntax.Direction) *pred {
	if dir != syntax.DirDefault {
		g.fail("direction applied to 'proto'")
	}
	switch p {
	case syntax.QualDefault:
		return or(g.proto(n, syntax.QualIP, dir), g.proto(n, syntax.QualIPv6, dir))
	case syntax.QualLink:
		return g.linkType(n)
	case syntax.QualIP:
		g.checkRange(protocolRange, "protocol number", n, 0xff)
		return g.promise(and(g.linkType(etherIP), g.equal(atPayload, 9, 1, n)), NumberKey(KeyProtocol, n))
	case syntax.QualIPv6: // directly or behind a fragment header
		g.checkRange(protocolRange, "protocol number", n, 0xff)
		return g.promise(and(g.linkType(etherIPv6), or(
			g.equal(atPayload, 6, 1, n),
			and(g.equal(atPayload, 6, 1, ipFragment), g.equal(atPayload, 40, 1, n)))), NumberKey(KeyProtocol, n))
	case syntax.QualISO:
		g.checkRange(protocolRange, "ISO protocol", n, 0xff)
		return g.isoProto(n)
	case syntax.QualISIS:
		g.checkRange(protocolRange, "IS-IS PDU type", n, isisTypeMask)
		return g.isis(n)
	}
	g.notQualifier(p.String(), "proto")
	switch p {
	case syntax.QualARP, syntax.QualRARP:
		g.fail("%s does not encapsulate another protocol", p)
	case syntax.QualATalk:
		g.fail("AppleTalk encapsulation is not specifiable")
	case syntax.QualDECnet:
		g.fail("DECNET encapsulation is not specifiable")
	case syntax.QualLAT, syntax.QualSCA, syntax.QualMOPRC, syntax.QualMOPDL:
		g.fail("%s does not encapsulate another protocol", strings.ToUpper(p.String()))
	case syntax.QualCLNP:
		g.fail("'clnp proto' is not supported")
	}
	g.fail("'%s proto' is bogus", p)
	return nil
}

// isoProto tests the NLPID of an OSI packet.
func (g *generator) isoProto(n uint32) *pred {
	switch g.link.kind {
	case capture.LinkFRELAY:
		return g.equal(atLink, 2, 2, 3<<8|n)
	case capture.LinkC_HDLC, capture.LinkHDLC:
		return and(g.linkType(sapISO<<8|sapISO), g.equal(atPayloadNoSNAP, 1, 1, n))
	}
	return and(g.linkType(sapISO), g.equal(atPayloadNoSNAP, 0, 1, n))
}

// isis tests for IS-IS packets of one of the types.
func (g *generator) isis(types ...uint32) *pred {
	isis := g.isoProto(nlpidISIS)
	off := uint32(4)
	if l := g.link.kind; l == capture.LinkC_HDLC || l == capture.LinkHDLC {
		off++ // a byte of padding comes first
	}
	var one *pred
	for _, t := range types {
		is := g.maskedEqual(atPayloadNoSNAP, off, 1, t, isisTypeMask)
		switch {
		case g.literal && g.follows(fewerTests):
			is = and(g.isoProto(nlpidISIS), is)
		case g.literal:
			is = and(g.isoProto(nlpidISIS), g.equal(atPayloadNoSNAP, 4, 1, t))
		}
		one = or(one, is)
	}
	if g.literal {
		return one
	}
	return and(isis, one)
}

// namedProto is the number of a protocol by its name, above another one.
func (g *generator) namedProto(name string, q syntax.Qualifiers) uint32 {
	p := q.Proto
	unknown := func() {
		if p == syntax.QualDefault {
			g.reworded("unknown '%s' value '%s'", q.Typ, name)
		}
		g.reworded("unknown '%s %s' value '%s'", p, q.Typ, name)
	}
	switch p {
	case syntax.QualDefault, syntax.QualIP, syntax.QualIPv6:
		if n, ok := g.opts.Names.protocol(name); ok {
			return uint32(n)
		}
		unknown()
		g.fail("unknown ip proto '%s'", name)
	case syntax.QualLink:
		if n, ok := linkProtocolByName(name); ok {
			return n
		}
		switch {
		case name == "lldp" && g.newerOnly():
			return etherLLDP
		case name == "slow" && g.newerOnly():
			return etherSlow
		}
		unknown()
		g.fail("unknown ether proto '%s'", name)
	case syntax.QualISO:
		switch name {
		case "esis":
			return nlpidESIS
		case "isis":
			return nlpidISIS
		case "clnp":
			return nlpidCLNP
		}
		unknown()
		g.fail("unknown osi proto '%s'", name)
	}
	unknown()
	g.fail("unknown protocol: %s", name)
	return 0
}

func linkProtocolByName(name string) (n uint32, ok bool) {
	switch name {
	case "loopback":
		return etherLoopback, true
	case "aarp", "arp", "atalk", "decnet", "ip", "ip6", "lat", "mopdl", "moprc", "rarp", "sca",
		"iso", "stp", "ipx", "netbeui":
		return linkProtocol(syntax.ProtocolByWord(name)), true
	}
	return 0, false
}

// protochain tests for a protocol anywhere in the chain of headers of an IP
// packet.
func (g *generator) protochain(n uint32, p syntax.Protocol) *pred {
	g.takeWord()
	switch p {
	case syntax.QualDefault:
		return or(g.protochain(n, syntax.QualIP), g.protochain(n, syntax.QualIPv6))
	case syntax.QualIP, syntax.QualIPv6:
		g.checkRange(protocolRange, "protocol number", n, 0xff)
	default:
		g.notQualifier(p.String(), "protochain")
		g.fail("bad protocol applied for 'protochain'")
	}
	if g.link.payload.variable {
		g.fail("'protochain' not supported with variable length headers")
	}
	g.plain = true
	g.words--
	off := g.link.payload.k + g.link.nl
	c := flow.Chain{Want: n, Off: off}
	ether := uint32(etherIP)
	if p == syntax.QualIP {
		c.Next, c.At = load(g.graph, 1, off+9), g.headerLength(nil, off)
	} else {
		ether = etherIPv6
		c.IP6, c.Next, c.At = true, load(g.graph, 1, off+6), g.graph.Constant(40)
	}
	walk := &pred{op: predChain, chain: &c, pos: g.pos}
	if c.Next.Outside() || c.At.Outside() {
		walk.op = predAbort
	}
	return and(g.linkType(ether), walk)
}
