package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Types of traffic in the ATM pseudo-header of SunATM.
const (
	atmLANE = 1
	atmLLC  = 2
)

// Messages of Q.2931 that open and close connections.
const (
	q2931CallProceeding = 0x02
	q2931Setup          = 0x05
	q2931Connect        = 0x07
	q2931ConnectAck     = 0x0f
	q2931Release        = 0x4d
	q2931ReleaseDone    = 0x5a

	q2931TypeAt = 5 // of the message in its packet
)

func (g *generator) atmProtocol(want uint32) *pred {
	return g.maskedEqual(atLink, g.link.atmProto, 1, want, 0x0f)
}

var atmOutside = versions.Since(versions.V5_0, "filter: ATM behind `lane`", "`lane and vpi 3` looks at the pseudo-header", "refused: `'vpi' supported only on SUNATM`")

// needATM refuses words that only an ATM pseudo-header gives a meaning to. older is
// what libpcap 1.10 calls them.
func (g *generator) needATM(word, older string) {
	if l := &g.link; l.atm && (l.kind == capture.LinkSUNATM || !g.follows(atmOutside)) {
		return
	}
	g.reworded("'%s' supported only on SUNATM", word)
	g.fail("'%s' supported only on raw ATM", older)
}

func (g *generator) vpi() *flow.Value { return g.load(atLink, g.link.vpi, 1) }
func (g *generator) vci() *flow.Value { return g.load(atLink, g.link.vci, 2) }

var circuitRange = versions.Since(versions.V5_0, "filter: `vpi`, `vci`", "`vpi 256` and `vci 65536` match nothing", "refused: `VPI 256 greater than maximum 255`")

// atmField compares a virtual path or channel.
func (g *generator) atmField(t *syntax.Term) *pred {
	word := t.Op.String()
	g.needATM(word, word)
	v, name, most := g.vpi, "VPI", uint32(0xff)
	if t.Op == syntax.TermVCI {
		v, name, most = g.vci, "VCI", 0xffff
	}
	g.checkRange(circuitRange, name, t.Num, most)
	return g.compare(t.Rel, v(), g.graph.Constant(t.Num))
}

// circuit tests for channel n of path 0.
func (g *generator) circuit(n uint32) *pred { return and(g.is(g.vpi(), 0), g.is(g.vci(), n)) }

// atm tests for a kind of traffic on ATM (ATM Forum UNI 3.1).
func (g *generator) atm(op syntax.TermOp) *pred {
	older := op.String()
	switch op {
	case syntax.TermOAMF4SC:
		older = "oam4sc"
	case syntax.TermOAMF4EC:
		older = "oam4ec"
	}
	g.needATM(op.String(), older)
	switch op {
	case syntax.TermLANE:
		return g.lane()
	case syntax.TermMetaC:
		return g.circuit(1)
	case syntax.TermBCC:
		return g.circuit(2)
	case syntax.TermOAMF4SC:
		return g.circuit(3)
	case syntax.TermOAMF4EC:
		return g.circuit(4)
	case syntax.TermSC:
		return g.circuit(5)
	case syntax.TermILMIC:
		return g.circuit(16)
	case syntax.TermOAM, syntax.TermOAMF4:
		return and(g.is(g.vpi(), 0), or(g.is(g.vci(), 3), g.is(g.vci(), 4)))
	case syntax.TermConnectMsg:
		return and(g.circuit(5), g.messages(q2931ReleaseDone, q2931Release, q2931ConnectAck, q2931Connect,
			q2931Setup, q2931CallProceeding))
	}
	return and(g.circuit(1), g.messages(q2931ReleaseDone, q2931Release, q2931Connect, q2931Setup, q2931CallProceeding))
}

func (g *generator) messages(types ...uint32) *pred {
	var one *pred
	for _, t := range types {
		one = or(one, g.equal(atLink, g.link.atmPayload+q2931TypeAt, 1, t))
	}
	return one
}
