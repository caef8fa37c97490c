package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// llc tests for an LLC header, and its control field where the term asks.
func (g *generator) llc(t *syntax.Term) *pred {
	p := g.hasLLC()
	if t.Num2 == 0 {
		return p
	}
	return and(p, g.maskedEqual(atLLC, 2, 1, t.Num, t.Num2))
}

func (g *generator) hasLLC() *pred {
	l := &g.link
	switch {
	case l.kind == capture.LinkEN10MB:
		return and(
			g.compare(syntax.RelLessEqual, g.load(atType, 0, 2), g.graph.Constant(etherMTU)),
			not(g.equal(atLLC, 0, 2, 0xffff)))
	case l.kind == capture.LinkSUNATM:
		p := g.atmProtocol(atmLLC)
		l.kind = l.prev
		return p
	case l.kind == capture.LinkIEEE802 || l.kind == capture.LinkFDDI || l.kind == capture.LinkATM_RFC1483:
		return g.yes()
	case isWlan(l.kind):
		return g.wlanDataFrame()
	}
	g.notOnLink("llc")
	g.fail("'llc' not supported for %s", describe(l.kind))
	return nil
}

// lane tests for LAN emulation on ATM, and makes what follows look at the
// Ethernet frame inside.
func (g *generator) lane() *pred {
	l := &g.link
	p := g.atmProtocol(atmLANE)
	l.push(capture.LinkEN10MB, offset{k: l.atmPayload + 2})
	l.typ.k = l.hdr.k + 12
	l.payload.k = l.hdr.k + 14
	l.nl, l.nlNoSNAP = 0, 3
	return p
}
