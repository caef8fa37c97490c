package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// predOp says how a predicate is made.
type predOp uint8

const (
	predTrue predOp = iota
	predFalse
	predAbort // rejects the packet whatever stands around it
	predTest  // test of left and right
	predAnd   // of a and b, in this order
	predOr    // of a and b, in this order
	predNot   // of a
	predChain
	predSet // true, and from there on the variable left has the value right
)

// pred is a formula over tests of a packet: what a term asks on a link type.
// Formulas are made in the order of the source and turned into the flow graph
// afterwards, from the end to the beginning.
type pred struct {
	op          predOp
	test        flow.TestOp
	early       *flow.Value // what libpcap's optimizer takes for left at first, in formulas that are literal
	late        *lateError
	left, right *flow.Value
	chain       *flow.Chain
	a, b        *pred
	pos         flow.Span
	promises    []promise // what it says of packets that it holds for
}

// lateError is what libpcap's optimizer refuses in the arithmetic of a test.
type lateError struct {
	*syntax.Error
	again bool // only when it comes by a second time
}

func not(a *pred) *pred {
	switch a.op {
	case predTrue:
		return &pred{op: predFalse, pos: a.pos}
	case predFalse:
		return &pred{op: predTrue, pos: a.pos}
	case predNot:
		return a.a
	}
	return &pred{op: predNot, a: a, pos: a.pos}
}

// leaf is what p negates, or p.
func (p *pred) leaf() *pred {
	if p.op == predNot {
		return p.a
	}
	return p
}

// and joins predicates; nil ones count for nothing.
func and(list ...*pred) *pred { return joinPreds(predAnd, list) }

func or(list ...*pred) *pred { return joinPreds(predOr, list) }

func joinPreds(op predOp, list []*pred) *pred {
	var all *pred
	for _, p := range list {
		switch {
		case p == nil:
		case all == nil:
			all = p
		default:
			all = &pred{op: op, a: all, b: p, pos: p.pos}
		}
	}
	return all
}

// bindings are the variables set on the way to a test, latest first.
type bindings struct {
	variable *flow.Value
	outer    *bindings
}

// lowering turns a formula into the flow graph.
type lowering struct {
	graph *flow.Graph
	made  map[bindings]*bindings
}

// target is where a way goes on, which depends on the variables set on it.
type target struct {
	make func(*bindings) *flow.Node
	done []targetNode
}

type targetNode struct {
	bound *bindings
	node  *flow.Node
}

func (t *target) at(b *bindings) *flow.Node {
	for _, d := range t.done {
		if d.bound == b {
			return d.node
		}
	}
	n := t.make(b)
	t.done = append(t.done, targetNode{b, n})
	return n
}

// lower is the flow graph of p.
func lower(g *flow.Graph, p *pred) *flow.Node {
	l := lowering{graph: g}
	if !p.sets() {
		return l.plain(p, g.Accept(), g.Reject())
	}
	yes := &target{make: func(*bindings) *flow.Node { return g.Accept() }}
	no := &target{make: func(*bindings) *flow.Node { return g.Reject() }}
	return l.lower(p, nil, yes, no)
}

// sets reports whether a variable is set in p, but for those at its very
// beginning, which hold on all ways.
func (p *pred) sets() bool {
	for p.op == predAnd && p.a.always() {
		p = p.b
	}
	return p.setsInside()
}

// always reports whether p holds on all ways, so that it is there for the
// variables that it sets.
func (p *pred) always() bool {
	switch p.op {
	case predSet, predTrue:
		return true
	case predAnd:
		return p.a.always() && p.b.always()
	case predOr:
		return p.b.always()
	}
	return false
}

// uses reports whether v is part of p.
func (p *pred) uses(v *flow.Value) bool {
	for ; p.op == predAnd || p.op == predOr; p = p.a {
		if p.b.uses(v) {
			return true
		}
	}
	switch p.op {
	case predNot:
		return p.a.uses(v)
	case predChain:
		return p.chain.Next.Uses(v) || p.chain.At.Uses(v)
	}
	return p.left.Uses(v) || p.right.Uses(v)
}

func (p *pred) setsInside() bool {
	for ; p.op == predAnd || p.op == predOr; p = p.a {
		if p.b.setsInside() {
			return true
		}
	}
	return p.op == predSet || p.op == predNot && p.a.setsInside()
}

// plain is lower for a formula where all variables are set. A long list of
// operands hangs together on its left side.
func (l *lowering) plain(p *pred, yes, no *flow.Node) *flow.Node {
	for {
		switch p.op {
		case predAnd:
			yes = l.plain(p.b, yes, no)
			p = p.a
			continue
		case predOr:
			no = l.plain(p.b, yes, no)
			p = p.a
			continue
		case predNot:
			p, yes, no = p.a, no, yes
			continue
		case predTrue:
			return yes
		case predFalse:
			return no
		case predAbort:
			return l.graph.Reject()
		case predSet:
			if p.right.Outside() {
				return l.graph.Reject()
			}
			return l.graph.Let(p.left, p.right, yes, p.pos)
		case predChain:
			return l.graph.Walk(*p.chain, yes, no, p.pos)
		}
		return l.graph.Test(p.test, p.left, p.right, yes, no, p.pos)
	}
}

func (l *lowering) lower(p *pred, b *bindings, yes, no *target) *flow.Node {
	if l.graph.Nodes() > maxTests { // an error
		return l.graph.Reject()
	}
	switch p.op {
	case predTrue:
		return yes.at(b)
	case predFalse:
		return no.at(b)
	case predAbort:
		return l.graph.Reject()
	case predNot:
		return l.lower(p.a, b, no, yes)
	case predAnd:
		then := &target{make: func(b *bindings) *flow.Node { return l.lower(p.b, b, yes, no) }}
		return l.lower(p.a, b, then, no)
	case predOr:
		otherwise := &target{make: func(b *bindings) *flow.Node { return l.lower(p.b, b, yes, no) }}
		return l.lower(p.a, b, yes, otherwise)
	case predSet:
		to := l.value(p.right, b)
		if to.Outside() {
			return l.graph.Reject()
		}
		return l.graph.Let(p.left, to, yes.at(l.bind(b, p.left)), p.pos)
	case predChain:
		return l.graph.Walk(*p.chain, yes.at(b), no.at(b), p.pos)
	}
	left, right := l.value(p.left, b), l.value(p.right, b)
	return l.graph.Test(p.test, left, right, yes.at(b), no.at(b), p.pos)
}

// bind counts a variable among those set. Equal bindings are made once.
func (l *lowering) bind(outer *bindings, variable *flow.Value) *bindings {
	for b := outer; b != nil; b = b.outer {
		if b.variable == variable {
			return outer
		}
	}
	key := bindings{variable, outer}
	if old := l.made[key]; old != nil {
		return old
	}
	if l.made == nil {
		l.made = make(map[bindings]*bindings)
	}
	l.made[key] = &key
	return &key
}

// value is v where the variables not set count as 0, as the scratch words of
// libpcap's programs would.
func (l *lowering) value(v *flow.Value, b *bindings) *flow.Value {
	switch {
	case v == nil || v.Outside():
		return v
	case v.Op == flow.OpVariable:
		for ; b != nil; b = b.outer {
			if b.variable == v {
				return v
			}
		}
		return l.graph.Constant(0)
	case v.Left == nil:
		return v
	}
	left, right := l.value(v.Left, b), l.value(v.Right, b)
	if left == v.Left && right == v.Right {
		return v
	}
	if v.Op == flow.OpLoad {
		return loadAt(l.graph, left, v.Size, v.K)
	}
	return compute(l.graph, v.Op, left, right)
}
