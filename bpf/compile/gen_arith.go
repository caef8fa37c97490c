package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

var arithValueOps = [...]flow.Op{
	syntax.ArithNeg: flow.OpNeg, syntax.ArithAdd: flow.OpAdd, syntax.ArithSub: flow.OpSub, syntax.ArithMul: flow.OpMul, syntax.ArithDiv: flow.OpDiv,
	syntax.ArithMod: flow.OpMod, syntax.ArithAnd: flow.OpAnd, syntax.ArithOr: flow.OpOr, syntax.ArithXor: flow.OpXor, syntax.ArithLsh: flow.OpLsh, syntax.ArithRsh: flow.OpRsh,
}

// arithmetic is the value of a node, whose operands have theirs, and what must
// hold for it to mean something.
func (g *generator) arithmetic(a *syntax.Arith) (v *flow.Value, guard *pred) {
	switch a.Op {
	case syntax.ArithNumber:
		g.takeWord()
		return g.graph.Constant(a.Num), nil
	case syntax.ArithLength:
		g.takeWord()
		return g.graph.Length(), nil
	case syntax.ArithLoad:
		return g.arithLoad(a)
	}
	left := g.made[a.Left.Step]
	if a.Op == syntax.ArithNeg {
		return g.graph.ALU(flow.OpNeg, left.value, nil), left.pred
	}
	right := g.made[a.Right.Step].value
	g.checkOperands(a, left.value, right)
	v = g.graph.ALU(arithValueOps[a.Op], left.value, right)
	g.words--
	return v, left.pred // as in libpcap, what the right operand needs is not tested for
}

// checkOperands refuses what cannot be computed. libpcap sees at once when the
// leftmost number in the right operand makes it so, and as it optimizes when
// all of the operand does.
func (g *generator) checkOperands(a *syntax.Arith, left, right *flow.Value) {
	message := ""
	bad := func(n uint32) bool { return n == 0 }
	switch a.Op {
	case syntax.ArithDiv:
		message = "division by zero"
	case syntax.ArithMod:
		message = "modulus by zero"
	case syntax.ArithLsh, syntax.ArithRsh:
		message = "shift by more than 31 bits"
		bad = func(n uint32) bool { return n > 31 }
	default:
		return
	}
	g.at(a.Right.Pos)
	if first := a.Right.Leftmost(); first.Op == syntax.ArithNumber && bad(first.Num) {
		g.fail("%s", message)
	}
	if n, ok := known(right); ok && bad(n) {
		_, leftKnown := known(left)
		divides := a.Op == syntax.ArithDiv || a.Op == syntax.ArithMod
		again := divides && !leftKnown
		if (divides || !leftKnown) && (g.late == nil || g.late.again && !again) {
			g.late, g.anyLate = &lateError{g.newError("%s", message), again}, true
		}
	}
	g.at(a.Pos)
}

// arithLoad is the value of PROTOCOL[OFFSET:SIZE], guarded by the test for the
// protocol.
func (g *generator) arithLoad(a *syntax.Arith) (v *flow.Value, guard *pred) {
	g.takeWord()
	g.words-- // that of the offset, which is free now
	if a.Num != 1 && a.Num != 2 && a.Num != 4 {
		g.fail("data size must be 1, 2, or 4")
	}
	index, inner := g.made[a.Left.Step].value, g.made[a.Left.Step].pred
	at := atPayload
	switch a.Proto {
	case syntax.QualRadio:
		if !hasRadioHeader(g.link.kind) {
			g.fail("radio information not present in capture")
		}
		at = atPacket
		guard = inner
	case syntax.QualLink:
		at = atLink
		guard = inner
	case syntax.QualIP, syntax.QualARP, syntax.QualRARP, syntax.QualATalk, syntax.QualDECnet, syntax.QualSCA, syntax.QualLAT, syntax.QualMOPRC, syntax.QualMOPDL, syntax.QualIPv6:
		g.resolve(at, 0)
		guard = and(inner, g.protocol(a.Proto))
	case syntax.QualSCTP, syntax.QualTCP, syntax.QualUDP, syntax.QualICMP, syntax.QualIGMP, syntax.QualIGRP, syntax.QualPIM, syntax.QualVRRP, syntax.QualCARP:
		at = atTransport4
		g.resolve(at, 0)
		if g.follows(fewerTests) {
			guard = and(inner, and(g.protocol(syntax.QualIP), g.equal(atPayload, 9, 1, ipProtocol(a.Proto)), g.firstFragment()))
			break
		}
		guard = and(g.protocol(syntax.QualIP), inner, g.protocol(a.Proto), g.firstFragment())
	case syntax.QualICMPv6:
		at = atTransport6
		guard = and(inner, g.protocol(syntax.QualIPv6), g.equal(atPayload, 6, 1, ipICMPv6))
	default:
		g.reworded("'%s' does not support the index operation", a.Proto)
		g.fail("unsupported index operation")
	}
	base, k := g.resolve(at, 0)
	if g.literal { // libpcap's optimizer takes such loads for others than its own
		if base != nil {
			index = g.graph.ALU(flow.OpAdd, index, base)
		}
		return g.graph.LoadAt(index, uint8(a.Num), k), guard
	}
	return loadAt(g.graph, g.sum(base, index), uint8(a.Num), k), guard
}

// relation compares two values under the guards of both.
func (g *generator) relation(t *syntax.Term) *pred {
	a, b := g.made[t.Args[0].Step], g.made[t.Args[1].Step]
	g.words -= 2
	test := g.compare(t.Rel, a.value, b.value)
	if g.literal && (t.Rel == syntax.RelEqual || t.Rel == syntax.RelNotEqual) && !g.follows(fewerTests) {
		g.atFirst(test, g.graph.ALU(flow.OpSub, a.value, b.value))
	}
	if g.late != nil {
		test.leaf().late, g.late = g.late, nil
	}
	return and(a.pred, b.pred, test)
}
