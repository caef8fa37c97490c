package flow

import (
	"slices"
	"strings"
)

// form is a way to write tests.
type form struct {
	masks bool // upper bits are compared as they are, not as a range
	kept  bool // arithmetic on what is compared with several others is not undone
	moot  bool // a test of what no packet has stays until it is known whether its answer matters
}

// name is for dumps.
func (f form) name() string {
	var parts []string
	for _, part := range []struct {
		on   bool
		name string
	}{{f.masks, "masks"}, {f.kept, "arithmetic"}, {f.moot, "moot tests"}} {
		if part.on {
			parts = append(parts, part.name)
		}
	}
	return strings.Join(parts, ", ")
}

// canonical is constant folding, algebraic simplification and dead code
// elimination: it makes values and tests simple, and drops assignments to variables
// that nobody asks for.
func (o *optimizer) canonical(entry *Node) *Node {
	order := o.topological(entry)
	o.noteCompared(order)
	var done table[*Node]
	made := func(n *Node) *Node {
		if n == nil {
			return nil
		}
		return *done.at(n.id)
	}
	done.reserve(o.g.nodeCount + 1)
	for _, n := range slices.Backward(order) {
		yes, no := made(n.Yes), made(n.No)
		to := n
		switch n.Kind {
		case NodeTest:
			to = o.canonicalTest(n, yes, no)
		case NodeLet:
			if to = yes; o.liveOf(yes)&n.Left.variables() != 0 {
				to = o.canonicalLet(n, yes)
			}
		case NodeChain:
			c := *n.chain
			c.Next, c.At = o.simplify(c.Next), o.simplify(c.At)
			to = o.walk(&c, yes, no, n.pos)
		}
		done.put(n.id, to)
	}
	return made(entry)
}

// noteCompared notes which values are compared with others than constants, and which
// that are computed with more than one constant.
func (o *optimizer) noteCompared(order []*Node) {
	var asked table[uint32]
	for _, n := range order {
		if n.Kind != NodeTest || n.Outside() {
			continue
		}
		left := o.simplify(n.Left)
		switch {
		case !n.Right.IsConst():
			o.compared.set(left, struct{}{})
			o.compared.set(o.simplify(n.Right), struct{}{})
		case left.Op < OpAdd || left.Op > OpNeg || o.upperBits(left):
		case asked.get(left) == nil:
			asked.set(left, n.Right.K)
		case *asked.get(left) != n.Right.K:
			o.compared.set(left, struct{}{})
		}
	}
}

// upperBits reports whether v is the upper bits of something.
func (o *optimizer) upperBits(v *Value) bool {
	return v.Op == OpAnd && v.Right.IsConst() && isPrefix(v.Right.K, o.boundsOf(v.Left).maybe)
}

func (o *optimizer) canonicalTest(n, yes, no *Node) *Node {
	if yes == no {
		return yes
	}
	left, right := o.simplify(n.Left), o.simplify(n.Right)
	if left.Outside() || right.Outside() {
		o.met.moot = true
		if o.form.moot {
			asked := o.relation(n.Op, left, right)
			return o.make(Node{Kind: NodeTest, Op: TestEq, Left: asked, Right: o.g.Constant(1), Yes: yes, No: no, pos: n.pos})
		}
		return o.g.Reject()
	}
	return o.branch(n.Op, left, right, yes, no, n.pos)
}

// moot reports whether n is a test of what no packet has.
func (n *Node) moot() bool { return n.Kind == NodeTest && n.Left.Op == OpTest }

// settleMoot makes tests of what no packet has reject it.
func (o *optimizer) settleMoot(entry *Node) *Node {
	if !o.form.moot {
		return entry
	}
	o.replaced.clear()
	for _, n := range o.topological(entry) {
		if n.moot() {
			o.replaced.put(n.id, o.g.Reject())
		}
	}
	return o.replace(entry)
}

func (o *optimizer) canonicalLet(n, next *Node) *Node {
	to := o.simplify(n.Right)
	if to.Outside() {
		return o.g.Reject()
	}
	return o.let(n.Left, to, next, n.pos)
}
