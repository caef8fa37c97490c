package compile

import (
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/capture"
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
func (g *generator) protocol(p protocol) *pred {
	switch p {
	case qualLink:
		g.fail("link layer applied in wrong context")
	case qualRadio:
		g.fail("'radio' is not a valid protocol type")
	case qualICMP:
		return g.proto(ipICMP, qualIP, dirDefault)
	case qualIGMP:
		return g.proto(ipIGMP, qualIP, dirDefault)
	case qualIGRP:
		return g.proto(ipIGRP, qualIP, dirDefault)
	case qualVRRP:
		return g.proto(ipVRRP, qualIP, dirDefault)
	case qualCARP:
		return g.proto(ipCARP, qualIP, dirDefault)
	case qualICMPv6:
		return g.proto(ipICMPv6, qualIPv6, dirDefault)
	case qualSCTP:
		return g.proto(ipSCTP, qualDefault, dirDefault)
	case qualTCP:
		return g.proto(ipTCP, qualDefault, dirDefault)
	case qualUDP:
		return g.proto(ipUDP, qualDefault, dirDefault)
	case qualPIM:
		return g.proto(ipPIM, qualDefault, dirDefault)
	case qualAH:
		return g.proto(ipAH, qualDefault, dirDefault)
	case qualESP:
		return g.proto(ipESP, qualDefault, dirDefault)
	case qualESIS:
		return g.proto(nlpidESIS, qualISO, dirDefault)
	case qualISIS:
		return g.proto(nlpidISIS, qualISO, dirDefault)
	case qualCLNP:
		return g.proto(nlpidCLNP, qualISO, dirDefault)
	case qualISISL1:
		return g.isis(isisL1PSNP, isisL1CSNP, isisL1LSP, isisL1Hello, isisP2PHello)
	case qualISISL2:
		return g.isis(isisL2PSNP, isisL2CSNP, isisL2LSP, isisL2Hello, isisP2PHello)
	case qualISISIIH:
		return g.isis(isisP2PHello, isisL1Hello, isisL2Hello)
	case qualISISLSP:
		return g.isis(isisL1LSP, isisL2LSP)
	case qualISISSNP:
		return g.isis(isisL2PSNP, isisL1PSNP, isisL1CSNP, isisL2CSNP)
	case qualISISCSNP:
		return g.isis(isisL1CSNP, isisL2CSNP)
	case qualISISPSNP:
		return g.isis(isisL1PSNP, isisL2PSNP)
	}
	return g.linkType(linkProtocol(p))
}

// linkProtocol is the Ethernet type or service access point of a protocol
// directly above the link layer.
func linkProtocol(p protocol) uint32 {
	switch p {
	case qualIP:
		return etherIP
	case qualARP:
		return etherARP
	case qualRARP:
		return etherRARP
	case qualATalk:
		return etherATalk
	case qualAARP:
		return etherAARP
	case qualDECnet:
		return etherDECnet
	case qualSCA:
		return etherSCA
	case qualLAT:
		return etherLAT
	case qualMOPDL:
		return etherMOPDL
	case qualMOPRC:
		return etherMOPRC
	case qualIPv6:
		return etherIPv6
	case qualISO:
		return sapISO
	case qualSTP:
		return sap8021D
	case qualIPX:
		return sapIPX
	}
	return sapNetBEUI
}

// proto tests for protocol number n above the protocol p.
func (g *generator) proto(n uint32, p protocol, dir direction) *pred {
	if dir != dirDefault {
		g.fail("direction applied to 'proto'")
	}
	switch p {
	case qualDefault:
		return or(g.proto(n, qualIP, dir), g.proto(n, qualIPv6, dir))
	case qualLink:
		return g.linkType(n)
	case qualIP:
		return and(g.linkType(etherIP), g.equal(atPayload, 9, 1, n))
	case qualIPv6: // directly or behind a fragment header
		return and(g.linkType(etherIPv6), or(
			g.equal(atPayload, 6, 1, n),
			and(g.equal(atPayload, 6, 1, ipFragment), g.equal(atPayload, 40, 1, n))))
	case qualISO:
		return g.isoProto(n)
	case qualISIS:
		return g.isis(n)
	case qualARP, qualRARP:
		g.fail("%s does not encapsulate another protocol", p)
	case qualATalk:
		g.fail("AppleTalk encapsulation is not specifiable")
	case qualDECnet:
		g.fail("DECNET encapsulation is not specifiable")
	case qualLAT, qualSCA, qualMOPRC, qualMOPDL:
		g.fail("%s does not encapsulate another protocol", strings.ToUpper(p.String()))
	case qualCLNP:
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
		if g.literal {
			is = and(g.isoProto(nlpidISIS), g.equal(atPayloadNoSNAP, 4, 1, t))
		}
		one = or(one, is)
	}
	if g.literal {
		return one
	}
	return and(isis, one)
}

// namedProto is the number of a protocol by its name, above the protocol p.
func (g *generator) namedProto(name string, p protocol) uint32 {
	switch p {
	case qualDefault, qualIP, qualIPv6:
		if n, ok := g.opts.Names.protocol(name); ok {
			return uint32(n)
		}
		g.fail("unknown ip proto '%s'", name)
	case qualLink:
		if n, ok := linkProtocolByName(name); ok {
			return n
		}
		switch {
		case name == "lldp" && g.newerOnly():
			return etherLLDP
		case name == "slow" && g.newerOnly():
			return etherSlow
		}
		g.fail("unknown ether proto '%s'", name)
	case qualISO:
		switch name {
		case "esis":
			return nlpidESIS
		case "isis":
			return nlpidISIS
		case "clnp":
			return nlpidCLNP
		}
		g.fail("unknown osi proto '%s'", name)
	}
	g.fail("unknown protocol: %s", name)
	return 0
}

func linkProtocolByName(name string) (n uint32, ok bool) {
	switch name {
	case "loopback":
		return etherLoopback, true
	case "aarp", "arp", "atalk", "decnet", "ip", "ip6", "lat", "mopdl", "moprc", "rarp", "sca",
		"iso", "stp", "ipx", "netbeui":
		return linkProtocol(protocolKeyword(name)), true
	}
	return 0, false
}

// protochain tests for a protocol anywhere in the chain of headers of an IP
// packet.
func (g *generator) protochain(n uint32, p protocol) *pred {
	g.takeWord()
	switch p {
	case qualDefault:
		return or(g.protochain(n, qualIP), g.protochain(n, qualIPv6))
	case qualIP, qualIPv6:
	default:
		g.fail("bad protocol applied for 'protochain'")
	}
	if g.link.payload.variable {
		g.fail("'protochain' not supported with variable length headers")
	}
	g.plain, g.loops = true, true
	g.words--
	off := g.link.payload.k + g.link.nl
	c := flow.Chain{Want: n, Off: off}
	ether := uint32(etherIP)
	if p == qualIP {
		c.Next, c.At = load(g.graph, 1, off+9), g.headerLength(nil, off)
	} else {
		ether = etherIPv6
		c.IP6, c.Next, c.At = true, load(g.graph, 1, off+6), g.graph.Constant(40)
	}
	walk := &pred{op: predChain, chain: &c, pos: g.pos}
	if c.Next == flow.Impossible || c.At == flow.Impossible {
		walk.op = predAbort
	}
	return and(g.linkType(ether), walk)
}
