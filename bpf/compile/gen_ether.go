package compile

import (
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

var broadcastMAC = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// mac is the predicate of a MAC address.
func (g *generator) mac(t *syntax.Term) *pred {
	if q := t.Qual; q.Proto != syntax.QualLink || q.Typ != syntax.TypeHost && q.Typ != syntax.TypeDefault {
		g.reworded("Ethernet address used in non-ether expression")
		g.fail("ethernet address used in non-ether expression")
	}
	if macLinkName(g.link.kind) == "" {
		g.notOnLink("link host XX:XX:XX:XX:XX:XX")
		g.fail("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel")
	}
	return g.macHost(parseMAC(t.Text), t.Qual.Dir)
}

// parseMAC reads what the lexer took for a MAC address.
func parseMAC(s string) []byte {
	bytes := strings.FieldsFunc(s, func(r rune) bool { return !syntax.IsHex(byte(r)) })
	if syntax.MatchHex(s, 4) == 4 { // two digits a byte, in groups of four or all in one
		s = strings.ReplaceAll(s, ".", "")
		bytes = bytes[:0]
		for i := 0; i < len(s); i += 2 {
			bytes = append(bytes, s[i:i+2])
		}
	}
	mac := make([]byte, len(bytes))
	for i, b := range bytes {
		v, _ := syntax.ParseNumber("0x" + b)
		mac[i] = byte(v)
	}
	return mac
}

// namedMAC tests for a host by the name of its MAC address, which words ask for.
func (g *generator) namedMAC(name string, dir syntax.Direction, words string) *pred {
	what := macLinkName(g.link.kind)
	if what == "" {
		g.notOnLink(words)
		g.fail("only ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel supports link-level host name")
	}
	mac, ok := g.opts.Names.mac(name)
	if !ok {
		g.reworded("unknown Ethernet-like host '%s'", name)
		g.fail("unknown %s host '%s'", what, name)
	}
	return g.macHost(mac[:], dir)
}

// macHost tests the MAC addresses of the link layer.
func (g *generator) macHost(mac []byte, dir syntax.Direction) *pred {
	l := g.link.kind
	if isWlan(l) {
		return g.wlanAddress(mac, dir)
	}
	format := "only supported on 802.11"
	src, dst := uint32(6), uint32(0)
	switch {
	case isEthernet(l):
		format += " with 802.11 headers"
	case l == capture.LinkFDDI:
		src, dst = 6+1, 0+1
	case l == capture.LinkIEEE802:
		src, dst = 8, 2
	case l == capture.LinkIP_OVER_FC:
		src, dst = 10, 2
	}
	var inside *pred
	if isEthernet(l) {
		inside = g.insideLink()
	}
	g.onlyWlan(dir, format)
	field := func(off uint32) func() *pred {
		return func() *pred { return g.bytes(atLink, off, mac) }
	}
	return g.promiseMAC(and(inside, either(dir, field(src), field(dst))), mac)
}

// arcnet is the predicate of an ARCNET address.
func (g *generator) arcnet(t *syntax.Term) *pred {
	l := g.link.kind
	bacnet, q := l == capture.LinkBACNET_MS_TP, t.Qual
	if g.follows(syntax.Reworded) {
		g.macOf8Bits(q)
	}
	if l != capture.LinkARCNET && l != capture.LinkARCNET_LINUX && !(bacnet && g.newerOnly()) {
		g.notOnLink("link host $XX")
		g.fail("aid supported only on ARCnet")
	}
	if q.Proto != syntax.QualLink || q.Typ != syntax.TypeHost && q.Typ != syntax.TypeDefault {
		g.fail("ARCnet address used in non-arc expression")
	}
	v, _ := syntax.ParseNumber("0x" + t.Text[1:])
	if bacnet {
		return g.bacnetHost(v, q.Dir)
	}
	return g.arcnetHost(v, q.Dir)
}

// macOf8Bits refuses qualifiers that do not go with an address of one byte, as
// libpcap 1.11 does.
func (g *generator) macOf8Bits(q syntax.Qualifiers) {
	if q.Typ == syntax.TypeNone { // which libpcap knows by the direction
		g.reworded("'<invalid dir 255>' is valid for 802.11 syntax only")
	}
	g.notWlan(q.Dir)
	if q.Typ != syntax.TypeHost && q.Typ != syntax.TypeDefault {
		g.notQualifier(typeName(q.Typ), "$XX")
	}
	if q.Proto != syntax.QualLink {
		g.fail("'link' is the only valid proto qualifier for 'host $XX'")
	}
}

func (g *generator) bacnetHost(addr uint32, dir syntax.Direction) *pred {
	return g.byteHost(addr, dir, 4, 3)
}

func (g *generator) arcnetHost(addr uint32, dir syntax.Direction) *pred {
	return g.byteHost(addr, dir, 0, 1)
}

// byteHost tests link layer addresses of one byte.
func (g *generator) byteHost(addr uint32, dir syntax.Direction, src, dst uint32) *pred {
	g.onlyWlan(dir, "only supported on 802.11")
	field := func(off uint32) func() *pred {
		return func() *pred { return g.equal(atLink, off, 1, addr) }
	}
	return either(dir, field(src), field(dst))
}

// insideLink tests what must hold for a link layer that is inside another: that
// an ATM packet is not a control frame of LANE, that Geneve carries Ethernet.
// It is nil where there is nothing to test.
func (g *generator) insideLink() *pred {
	switch l := &g.link; {
	case l.inTunnel:
		return not(g.compare(syntax.RelEqual, l.hdr.base, l.payload.base))
	case l.prev == capture.LinkSUNATM:
		return not(g.equal(atPrevLink, 4, 2, 0xff00))
	}
	return nil
}

var bacnetBroadcast = versions.Since(versions.V5_0, "filter: `broadcast` on BACNET_MS_TP", "refused: `not a broadcast link`", "packets to address 255")

// broadcast tests for packets to all stations.
func (g *generator) broadcast(proto syntax.Protocol) *pred {
	switch proto {
	case syntax.QualDefault, syntax.QualLink:
		switch l := g.link.kind; {
		case l == capture.LinkARCNET || l == capture.LinkARCNET_LINUX:
			return g.arcnetHost(0, syntax.DirDst)
		case l == capture.LinkBACNET_MS_TP && g.follows(bacnetBroadcast):
			return g.bacnetHost(0xff, syntax.DirDst)
		case macLinkName(l) != "":
			return g.macHost(broadcastMAC, syntax.DirDst)
		}
		g.notOnLink("broadcast")
		g.fail("not a broadcast link")
	case syntax.QualIP:
		mask, known := g.opts.netmask()
		if !known {
			g.fail("netmask not known, so 'ip broadcast' not supported")
		}
		host := ^mask
		return and(g.linkType(etherIP), or(
			g.maskedEqual(atPayload, 16, 4, 0, host),
			g.maskedEqual(atPayload, 16, 4, host, host)))
	}
	g.notQualifier(proto.String(), "broadcast")
	g.fail("only link-layer/IP broadcast filters supported")
	return nil
}

// multicast tests for packets to groups of stations.
func (g *generator) multicast(proto syntax.Protocol) *pred {
	group := func(off uint32) *pred { return g.bits(atLink, off, 1) }
	switch proto {
	case syntax.QualDefault, syntax.QualLink:
		switch l := g.link.kind; {
		case l == capture.LinkARCNET || l == capture.LinkARCNET_LINUX:
			return g.arcnetHost(0, syntax.DirDst)
		case isEthernet(l):
			return and(g.insideLink(), group(0))
		case isWlan(l):
			return g.wlanDestination(group)
		case l == capture.LinkFDDI:
			return group(1)
		case l == capture.LinkIEEE802 || l == capture.LinkIP_OVER_FC:
			return group(2)
		}
		g.notOnLink("multicast")
	case syntax.QualIP:
		return and(g.linkType(etherIP), g.maskedEqual(atPayload, 16, 1, 0xe0, 0xf0))
	case syntax.QualIPv6:
		return and(g.linkType(etherIPv6), g.equal(atPayload, 24, 1, 0xff))
	}
	g.notQualifier(proto.String(), "multicast")
	g.fail("link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel")
	return nil
}

// macLinkName is what messages call the link types with six-byte addresses.
func macLinkName(l capture.LinkType) string {
	switch {
	case isEthernet(l):
		return "ether"
	case isWlan(l):
		return "802.11"
	}
	switch l {
	case capture.LinkFDDI:
		return "FDDI"
	case capture.LinkIEEE802:
		return "token ring"
	case capture.LinkIP_OVER_FC:
		return "Fibre Channel"
	}
	return ""
}
