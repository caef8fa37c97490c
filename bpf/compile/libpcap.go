package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
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
		err = newFolding(formula).late()
	}
	switch {
	case g.anyLate && err != nil:
		return err
	case pass || err != nil || !rejectsAll(formula):
		return nil
	}
	return literal.contradiction(rejectsAll)
}

// rejectsAll reports whether libpcap would refuse a formula.
func rejectsAll(p *pred) bool { return newFolding(p).rejects() }
