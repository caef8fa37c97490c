package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

// What is here, in folding.go and in passable.go decides which expressions
// libpcap 1.10 refuses, and with which words. No instruction comes of it.
//
// One expression may go through the generator up to four times for that:
//
//   - with what libpcap 1.11 knows, from which the program comes;
//   - literally (generator.literal), if its arithmetic may be refused late or
//     no way through the flow graph is soon found on which a packet passes:
//     what libpcap refuses because no packet can pass depends on what its
//     optimizer sees, and that on its own tests in the order of its own work;
//   - both again without what is new in 1.11, if the expression has something of
//     that and is wrong: the message is then 1.10's.
//
// Each expression that is tried out as a suggestion is compiled as well.
//
// A contradiction that libpcap does not see makes a program that never accepts,
// here as there.

// refusal is what libpcap would refuse as it optimizes the expression whose flow
// graph begins at entry: arithmetic that cannot be computed, unless it has found
// out by then that no packet gets there, or an expression that no packet can
// match.
func (g *generator) refusal(entry *flow.Node) *syntax.Error {
	pass := passable(entry)
	if pass && !g.anyLate {
		return nil
	}
	literal := &generator{opts: g.opts, expr: g.expr, graph: flow.NewGraph(1), newer: g.newer, literal: true}
	formula, err := literal.generate(true)
	if g.anyLate && err == nil {
		err = literal.folding(formula).late()
	}
	rejectsAll := func(p *pred) bool { return literal.folding(p).rejects() }
	switch {
	case g.anyLate && err != nil:
		return err
	case pass || err != nil || !rejectsAll(formula):
		return nil
	}
	return literal.contradiction(rejectsAll)
}

var (
	// fewerTests is for the tests that libpcap 1.11 makes of terms: others than those
	// of 1.10, of which fewer are made twice, and none where the answer is known as the
	// term is read.
	fewerTests = versions.Since(versions.V5_0, "filter: contradictions",
		"`port 80 and icmp6` is refused: `expression rejects all packets`", "it is a program that rejects all packets: what is seen as a contradiction goes by the tests that libpcap makes, which are fewer and in another order")
	fullMask = versions.Since(versions.V5_0, "filter: `x & 0xffffffff`", "`link[0:4] & 0xffffffff = 0` is refused: `expression rejects all packets`", "it tests the bits")
)

// folding is what libpcap's optimizer gets for a formula.
func (g *generator) folding(p *pred) *folding {
	if g.follows(fewerTests) {
		p = settled(p)
	}
	f := newFolding(p)
	f.fullMask = g.follows(fullMask)
	return f
}

// settled is p without what always or never holds, and what that decides.
func settled(p *pred) *pred {
	switch p.op {
	case predNot:
		return not(settled(p.a))
	case predAnd, predOr:
		a, b := settled(p.a), settled(p.b)
		decides, nothing := predFalse, predTrue
		if p.op == predOr {
			decides, nothing = predTrue, predFalse
		}
		switch {
		case a.op == decides || b.op == nothing:
			return a
		case b.op == decides || a.op == nothing:
			return b
		}
		return &pred{op: p.op, a: a, b: b, pos: p.pos}
	}
	return p
}
