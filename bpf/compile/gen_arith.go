package compile

import "github.com/tapdump/tapdump/bpf/internal/flow"

var arithValueOps = [...]flow.Op{
	arithNeg: flow.OpNeg, arithAdd: flow.OpAdd, arithSub: flow.OpSub, arithMul: flow.OpMul, arithDiv: flow.OpDiv,
	arithMod: flow.OpMod, arithAnd: flow.OpAnd, arithOr: flow.OpOr, arithXor: flow.OpXor, arithLsh: flow.OpLsh, arithRsh: flow.OpRsh,
}

// arithmetic is the value of a node, whose operands have theirs, and what must
// hold for it to mean something.
func (g *generator) arithmetic(a *arith) (v *flow.Value, guard *pred) {
	switch a.op {
	case arithNumber:
		g.takeWord()
		return g.graph.Constant(a.num), nil
	case arithLength:
		g.takeWord()
		return g.graph.Length(), nil
	case arithLoad:
		return g.arithLoad(a)
	}
	left := g.made[a.left.step]
	if a.op == arithNeg {
		return g.operate(flow.OpNeg, left.value, nil), left.pred
	}
	right := g.made[a.right.step].value
	g.checkOperands(a, left.value, right)
	v = g.operate(arithValueOps[a.op], left.value, right)
	g.words--
	return v, left.pred // as in libpcap, what the right operand needs is not tested for
}

// operate is left op right, left to the optimizer even where both are constants.
func (g *generator) operate(op flow.Op, left, right *flow.Value) *flow.Value {
	if left == flow.Impossible || right == flow.Impossible {
		return flow.Impossible
	}
	return g.graph.ALU(op, left, right)
}

// checkOperands refuses what cannot be computed. libpcap sees at once when the
// leftmost number in the right operand makes it so, and as it optimizes when
// all of the operand does.
func (g *generator) checkOperands(a *arith, left, right *flow.Value) {
	message := ""
	bad := func(n uint32) bool { return n == 0 }
	switch a.op {
	case arithDiv:
		message = "division by zero"
	case arithMod:
		message = "modulus by zero"
	case arithLsh, arithRsh:
		message = "shift by more than 31 bits"
		bad = func(n uint32) bool { return n > 31 }
	default:
		return
	}
	g.pos = a.right.pos
	if first := a.right.leftmost(); first.op == arithNumber && bad(first.num) {
		g.fail("%s", message)
	}
	if n, ok := known(right); ok && bad(n) {
		_, leftKnown := known(left)
		divides := a.op == arithDiv || a.op == arithMod
		again := divides && !leftKnown
		if (divides || !leftKnown) && (g.late == nil || g.late.again && !again) {
			g.late, g.anyLate = &lateError{g.newError("%s", message), again}, true
		}
	}
	g.pos = a.pos
}

// arithLoad is the value of PROTOCOL[OFFSET:SIZE], guarded by the test for the
// protocol.
func (g *generator) arithLoad(a *arith) (v *flow.Value, guard *pred) {
	g.takeWord()
	g.words-- // that of the offset, which is free now
	if a.num != 1 && a.num != 2 && a.num != 4 {
		g.fail("data size must be 1, 2, or 4")
	}
	index, inner := g.made[a.left.step].value, g.made[a.left.step].pred
	at := atPayload
	switch a.proto {
	case qualRadio:
		if !hasRadioHeader(g.link.kind) {
			g.fail("radio information not present in capture")
		}
		at = atPacket
		guard = inner
	case qualLink:
		at = atLink
		guard = inner
	case qualIP, qualARP, qualRARP, qualATalk, qualDECnet, qualSCA, qualLAT, qualMOPRC, qualMOPDL, qualIPv6:
		g.resolve(at, 0)
		guard = and(inner, g.protocol(a.proto))
	case qualSCTP, qualTCP, qualUDP, qualICMP, qualIGMP, qualIGRP, qualPIM, qualVRRP, qualCARP:
		at = atTransport4
		g.resolve(at, 0)
		guard = and(g.protocol(qualIP), inner, g.protocol(a.proto), g.firstFragment())
	case qualICMPv6:
		at = atTransport6
		guard = and(inner, g.protocol(qualIPv6), g.equal(atPayload, 6, 1, ipICMPv6))
	default:
		g.fail("unsupported index operation")
	}
	base, k := g.resolve(at, 0)
	if g.literal { // libpcap's optimizer takes such loads for others than its own
		if base != nil {
			index = g.graph.ALU(flow.OpAdd, index, base)
		}
		return g.graph.LoadAt(index, uint8(a.num), k), guard
	}
	return loadAt(g.graph, g.sum(base, index), uint8(a.num), k), guard
}

// relation compares two values under the guards of both.
func (g *generator) relation(t *term) *pred {
	a, b := g.made[t.args[0].step], g.made[t.args[1].step]
	g.words -= 2
	test := g.compare(t.rel, a.value, b.value)
	if g.literal && (t.rel == relEqual || t.rel == relNotEqual) {
		g.atFirst(test, g.graph.ALU(flow.OpSub, a.value, b.value))
	}
	if g.late != nil {
		test.leaf().late, g.late = g.late, nil
	}
	return and(a.pred, b.pred, test)
}
