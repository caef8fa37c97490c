package flow

// sharpen is branch propagation: it threads without making nodes twice. What is
// known at a node is what all ways to it agree on, and an edge passes the nodes
// that it settles.
func (o *optimizer) sharpen(entry *Node) *Node {
	if d := o.sharpened.at(entry.id); d != nil {
		return *d
	}
	d := o.sharpenAnew(entry, propagation{})
	o.sharpened.put(entry.id, d)
	return d
}

// propagation says which tests edges pass.
type propagation struct {
	short bool // those for which no value is loaded once more
	same  bool // those that were asked before as they are
}

// shorten is sharpen where a short program counts for more than a fast one: an
// edge does not pass a test if the value has to be loaded behind it once more,
// and goes to a return at once if that is where all its ways end.
func (o *optimizer) shorten(entry *Node) *Node {
	short := propagation{short: true}
	return o.sharpenAnew(o.sharpenAnew(entry, short), short)
}

// repeat is sharpen for tests that are repeated alone: an edge does not pass one
// that follows from others. Nodes that ask the same thus stay alike, where each
// would go its own way, and tests that choose between them go.
func (o *optimizer) repeat(entry *Node) *Node {
	if d := o.repeated.at(entry.id); d != nil {
		return *d
	}
	same := propagation{same: true}
	d := o.sharpenAnew(o.sharpenAnew(entry, same), same)
	o.repeated.put(entry.id, d)
	return d
}

func (o *optimizer) sharpenAnew(entry *Node, how propagation) *Node {
	order := o.topological(entry)
	h := &o.sharp
	h.o, h.propagation = o, how
	h.at.clear()
	h.next.clear()
	h.made.clear()
	h.at.reserve(o.g.nodeCount + 1)
	h.next.reserve(o.g.nodeCount + 1)
	h.steps = maxSteps + passSteps*len(order)
	start := h.arrive(entry, nil, nil)
	for _, n := range order {
		at := h.at.at(n.id)
		if at == nil {
			continue
		}
		f := *at
		var next [2]*Node
		switch n.Kind {
		case NodeLet:
			f = o.forget(f, n.Left)
			if !h.same {
				f = o.with(f, finding{v: n.Left, bounds: o.eval(n.Right, f)})
			}
			next[0] = h.arrive(n.Yes, f, nil)
		case NodeChain:
			next[0], next[1] = h.arrive(n.Yes, f, nil), h.arrive(n.No, f, nil)
		case NodeTest:
			for i, to := range [...]*Node{n.Yes, n.No} {
				if next[i] = to; to.Kind != NodeReturn {
					next[i] = h.arrive(to, h.assume(n, f, i == 0), n.Left)
				}
			}
		}
		h.next.put(n.id, next)
		h.at.put(n.id, nil) // all ways to n have arrived
	}
	return h.rebuild(start)
}

// sharpener is a graph in the work of sharpen.
type sharpener struct {
	o *optimizer
	propagation
	steps int             // tests that edges may still pass
	at    table[findings] // by node: what is known there
	next  table[[2]*Node] // by node: successors
	made  table[*Node]    // by node: the new one
}

// settle reports whether f answers the test of n.
func (h *sharpener) settle(n *Node, f findings) (sure, answer bool) {
	if !h.same {
		return h.o.settle(n, f)
	}
	if len(f) == 0 {
		return false, false
	}
	e := f.find(h.o.relation(n.Op, n.Left, n.Right))
	return e != nil && e.constant(), e != nil && e.lo == 1
}

// assume is f and what the answer of n says.
func (h *sharpener) assume(n *Node, f findings, answer bool) findings {
	if !h.same {
		return h.o.assume(n, f, answer)
	}
	k := uint32(0)
	if answer {
		k = 1
	}
	return h.o.with(f, finding{v: h.o.relation(n.Op, n.Left, n.Right), bounds: exactly(k)})
}

// pass goes past the tests from n on that f settles, and past lets whose
// variable nobody asks for then. a is what A holds, nil for unknown.
func (h *sharpener) pass(n *Node, f findings, a *Value) *Node {
	var same *Node // the first of the passed tests of one value
	for {
		switch n.Kind {
		case NodeTest:
			if h.steps <= 0 {
				return n
			}
			sure, answer := h.settle(n, f)
			switch {
			case sure:
				h.steps--
				if same == nil || same.Left != n.Left {
					same = n
				}
				n = n.Next(answer)
				continue
			case !h.short:
				return n
			}
			effort := maxEnding
			if end := h.ending(n, f, &effort); end != nil {
				return end
			}
			if same != nil && a != same.Left && n.Left.beginsWith(same.Left) {
				return same
			}
			return n
		case NodeLet:
			to := h.pass(n.Yes, h.o.forget(f, n.Left), nil)
			if h.o.liveOf(to)&n.Left.variables() != 0 {
				return n
			}
			n = to
		default:
			return n
		}
	}
}

// beginsWith reports whether what computes v computes part first.
func (v *Value) beginsWith(part *Value) bool {
	for v != nil && v != part {
		v = v.Left
	}
	return v == part
}

// maxEnding bounds the tests that ending looks at.
const maxEnding = 16

// ending is the return where all ways from n on end under f, nil if there are
// two or that takes too long to find out.
func (h *sharpener) ending(n *Node, f findings, effort *int) *Node {
	for n.Kind == NodeTest {
		if *effort--; *effort < 0 {
			return nil
		}
		sure, answer := h.o.settle(n, f)
		if !sure {
			end := h.ending(n.No, h.o.assume(n, f, false), effort)
			if end == nil || end != h.ending(n.Yes, h.o.assume(n, f, true), effort) {
				return nil
			}
			return end
		}
		n = n.Next(answer)
	}
	if n.Kind != NodeReturn {
		return nil
	}
	return n
}

// arrive passes the nodes from n on that do not matter after f. What holds at
// the first other one is what all ways to it agree on.
func (h *sharpener) arrive(n *Node, f findings, a *Value) *Node {
	n = h.pass(n, f, a)
	if n.Kind == NodeReturn {
		return n
	}
	if at := h.at.at(n.id); at != nil {
		*at = at.join(f)
	} else {
		h.at.put(n.id, f)
	}
	return n
}

// rebuild makes the nodes from n on anew.
func (h *sharpener) rebuild(n *Node) *Node {
	if n.Kind == NodeReturn {
		return n
	}
	if d := h.made.at(n.id); d != nil {
		return *d
	}
	next := h.next.at(n.id)
	m := *n
	m.Yes = h.rebuild(next[0])
	if n.Kind != NodeLet {
		m.No = h.rebuild(next[1])
	}
	d := n
	if m.Yes != n.Yes || m.No != n.No {
		d = h.o.make(m)
	}
	h.made.put(n.id, d)
	return d
}

// Edges pass so many tests altogether, and so many for each node: in a long list
// of alternatives that share a value nearly every edge could pass nearly all.
const (
	maxSteps  = 1 << 16
	passSteps = 8
)
