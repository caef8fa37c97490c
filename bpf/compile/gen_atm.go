package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
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

// needATM refuses words that only an ATM pseudo-header gives a meaning to.
func (g *generator) needATM(word string) {
	if !g.link.atm {
		g.fail("'%s' supported only on raw ATM", word)
	}
}

func (g *generator) vpi() *flow.Value { return g.load(atLink, g.link.vpi, 1) }
func (g *generator) vci() *flow.Value { return g.load(atLink, g.link.vci, 2) }

// atmField compares a virtual path or channel.
func (g *generator) atmField(t *syntax.Term) *pred {
	g.needATM(t.Op.String())
	v := g.vpi
	if t.Op == syntax.TermVCI {
		v = g.vci
	}
	return g.compare(t.Rel, v(), g.graph.Constant(t.Num))
}

// circuit tests for channel n of path 0.
func (g *generator) circuit(n uint32) *pred { return and(g.is(g.vpi(), 0), g.is(g.vci(), n)) }

// atm tests for a kind of traffic on ATM (ATM Forum UNI 3.1).
func (g *generator) atm(op syntax.TermOp) *pred {
	word := op.String()
	switch op {
	case syntax.TermOAMF4SC:
		word = "oam4sc"
	case syntax.TermOAMF4EC:
		word = "oam4ec"
	}
	g.needATM(word)
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
