package compile

import "slices"

// Jump threading: a test whose outcome is known on the way to it is passed.

// threader follows every way through a graph with what is known on it. Where
// ways that know different things meet, the nodes behind are made once for
// each, so that no test is asked twice on a way. What comes out the same is
// shared again.
type threader struct {
	o      *optimizer
	memo   map[threadKey]threadEntry
	budget int
}

type threadKey struct {
	n    *node
	hash uint64
}

type threadEntry struct {
	findings findings
	made     *node
}

// maxBound is the size that the value of a variable may have where it takes
// the variable's place.
const maxBound = 20

// duplicate threads the graph from entry on, or leaves it as it is when that
// takes too long.
func (o *optimizer) duplicate(entry *node) *node {
	if d := o.duplicated.at(entry.id); d != nil {
		return *d
	}
	d := o.duplicateAnew(entry)
	o.duplicated.put(entry.id, d)
	return d
}

func (o *optimizer) duplicateAnew(entry *node) *node {
	t := threader{o: o, memo: make(map[threadKey]threadEntry), budget: 16*o.g.nodes + 1024}
	n := t.thread(entry, nil)
	if t.budget <= 0 {
		return o.sharpen(o.sharpen(entry))
	}
	return n
}

func (t *threader) thread(n *node, f findings) *node {
	for { // past what is known already
		if n.kind == nodeReturn || t.budget <= 0 {
			return n
		}
		t.budget--
		if n.kind == nodeLet {
			if to := t.o.substitute(n.right, f); to.within(maxBound) {
				f = t.o.with(f, finding{v: n.left, bounds: t.o.eval(to, f), bound: to})
				n = n.yes
				continue
			}
			break
		}
		if n.kind != nodeTest {
			break
		}
		if left, right := t.o.substitute(n.left, f), t.o.substitute(n.right, f); left != n.left || right != n.right {
			n = t.o.branch(n.op, left, right, n.yes, n.no, n.pos)
			continue
		}
		sure, answer := t.o.settle(n, f)
		if !sure {
			break
		}
		n = n.next(answer)
	}
	f = t.restrict(f, n)
	key := threadKey{n, f.hash()}
	if e, ok := t.memo[key]; ok && e.findings.equal(f) {
		return e.made
	}
	t.budget -= 4
	made := t.split(n, f)
	t.memo[key] = threadEntry{f, made}
	return made
}

// split makes n anew, with what follows knowing its answer.
func (t *threader) split(n *node, f findings) *node {
	switch n.kind {
	case nodeLet:
		to := t.o.substitute(n.right, f)
		f = t.o.with(t.o.forget(f, n.left), finding{v: n.left, bounds: t.o.eval(to, f)})
		return t.o.let(n.left, to, t.thread(n.yes, f), n.pos)
	case nodeChain:
		c := *n.chain
		c.next, c.at = t.o.substitute(c.next, f), t.o.substitute(c.at, f)
		return t.o.walk(&c, t.thread(n.yes, f), t.thread(n.no, f), n.pos)
	}
	yes := t.thread(n.yes, t.o.assume(n, f, true))
	no := t.thread(n.no, t.o.assume(n, f, false))
	return t.o.make(node{kind: nodeTest, op: n.op, left: n.left, right: n.right, yes: yes, no: no, pos: n.pos})
}

func (n *node) next(answer bool) *node {
	if answer {
		return n.yes
	}
	return n.no
}

// restrict leaves the findings that nodes from n on may ask for.
func (t *threader) restrict(f findings, n *node) findings {
	if len(f) == 0 {
		return f
	}
	s := t.supportOf(n)
	if s&1 != 0 { // variables: what they stand for is asked about too
		return f
	}
	asked := func(e *finding) bool { return s&t.slot(e.v) != 0 }
	kept := 0
	for i := range f {
		if asked(&f[i]) {
			kept++
		}
	}
	if kept == len(f) {
		return f
	}
	if kept == 0 {
		return nil
	}
	out := t.o.room(kept)[:0]
	for i := range f {
		if asked(&f[i]) {
			out = append(out, f[i])
		}
	}
	return out
}

// supportOf has a bit for each value that nodes from n on ask about; bit 0
// stands for variables, the last one for all values that have none of their own.
func (t *threader) supportOf(n *node) uint64 {
	if s := t.o.support.at(n.id); s != nil {
		return *s
	}
	var s uint64
	switch n.kind {
	case nodeReturn:
	case nodeLet:
		s = t.supportOf(n.yes) | 1
	case nodeChain:
		s = t.supportOf(n.yes) | t.supportOf(n.no) | t.slotsOf(n.chain.next) | t.slotsOf(n.chain.at)
	case nodeTest:
		s = t.supportOf(n.yes) | t.supportOf(n.no) | t.slotsOf(n.left)
		if n.severalBits() {
			s |= t.slot(t.o.relation(n.op, n.left, n.right))
		}
		if !n.right.isConst() {
			s |= t.slotsOf(n.right)
			for _, op := range [...]testOp{testEq, testGt, testSet} {
				s |= t.slot(t.o.relation(op, n.left, n.right)) | t.slot(t.o.relation(op, n.right, n.left))
			}
		}
	}
	t.o.support.put(n.id, s)
	return s
}

// slot has the bit of v, or of the words of the packet that v is in: loads of
// the same bytes share them.
func (t *threader) slot(v *value) uint64 {
	if s := t.o.slots.get(v); s != nil {
		return *s
	}
	var s uint64
	switch {
	case v.op != valueLoad:
		s = t.newSlot()
	case v.size == 4 && v.k%4 == 0:
		s = t.newSlot()
	default:
		word := *v
		word.size, word.k = 4, v.k&^3
		s = t.slot(t.o.g.intern(word))
		if v.k%4+uint32(v.size) > 4 {
			word.k += 4
			s |= t.slot(t.o.g.intern(word))
		}
	}
	t.o.slots.set(v, s)
	return s
}

func (t *threader) newSlot() uint64 {
	t.o.slotCount++
	return 1 << min(t.o.slotCount, 63)
}

// slotsOf has the bits of v and of all that it is computed from.
func (t *threader) slotsOf(v *value) uint64 {
	switch {
	case v.op == valueConst:
		return 0
	case v.op == valueVariable:
		return t.slot(v) | 1
	case v.op == valueLoad && v.left != nil && t.o.variable(v):
		return t.slot(v) | 1
	case v.op >= valueAdd && v.op <= valueNeg:
		s := t.slot(v) | t.slotsOf(v.left)
		if v.right != nil {
			s |= t.slotsOf(v.right)
		}
		return s
	}
	return t.slot(v)
}

// substitute puts what variables stand for under f into v.
func (o *optimizer) substitute(v *value, f findings) *value {
	if !o.variable(v) {
		return v
	}
	switch v.op {
	case valueVariable:
		if e := f.find(v); e != nil && e.bound != nil {
			return e.bound
		}
		return v
	case valueLoad:
		return o.loadAt(o.substitute(v.left, f), v.size, v.k)
	case valueNeg:
		return o.negate(o.substitute(v.left, f))
	}
	return o.alu(v.op, o.substitute(v.left, f), o.substitute(v.right, f))
}

// variable reports whether v depends on variables.
func (o *optimizer) variable(v *value) bool {
	switch {
	case o.g.variables == 0 || v == nil || v.op == valueConst:
		return false
	case v.op == valueVariable:
		return true
	case v.left == nil:
		return false
	}
	if known := o.variables.get(v); known != nil {
		return *known
	}
	is := o.variable(v.left) || o.variable(v.right)
	o.variables.set(v, is)
	return is
}

// forget drops what is known of values that depend on variable.
func (o *optimizer) forget(f findings, variable *value) findings {
	var out findings
	for _, e := range f {
		if !e.v.uses(variable) && (e.bound == nil || !e.bound.uses(variable)) {
			out = append(out, e)
		}
	}
	return out
}

// uses reports whether part is in v.
func (v *value) uses(part *value) bool {
	return v == part || v != nil && (v.left != nil && v.left.uses(part) || v.right != nil && v.right.uses(part))
}

// within reports whether v is computed from at most n parts.
func (v *value) within(n int) bool { return v.count(n) <= n }

func (v *value) count(limit int) int {
	if v == nil || limit < 0 {
		return 0
	}
	n := 1 + v.left.count(limit-1)
	return n + v.right.count(limit-n)
}

// sharpen threads without making nodes twice: what is known at a node is what
// all ways to it agree on, and an edge passes the nodes that it settles.
func (o *optimizer) sharpen(entry *node) *node {
	if d := o.sharpened.at(entry.id); d != nil {
		return *d
	}
	d := o.sharpenAnew(entry, false)
	o.sharpened.put(entry.id, d)
	return d
}

// shorten is sharpen where a short program counts for more than a fast one: an
// edge does not pass a test if the value has to be loaded behind it once more,
// and goes to a return at once if that is where all its ways end.
func (o *optimizer) shorten(entry *node) *node {
	return o.sharpenAnew(o.sharpenAnew(entry, true), true)
}

func (o *optimizer) sharpenAnew(entry *node, short bool) *node {
	order := o.topological(entry)
	h := &o.sharp
	h.o, h.short = o, short
	h.at.clear()
	h.next.clear()
	h.made.clear()
	h.at.reserve(o.g.nodes + 1)
	h.next.reserve(o.g.nodes + 1)
	h.steps = maxSteps + passSteps*len(order)
	start := h.arrive(entry, nil, nil)
	for _, n := range order {
		at := h.at.at(n.id)
		if at == nil {
			continue
		}
		f := *at
		var next [2]*node
		switch n.kind {
		case nodeLet:
			f = o.forget(f, n.left)
			next[0] = h.arrive(n.yes, o.with(f, finding{v: n.left, bounds: o.eval(n.right, f)}), nil)
		case nodeChain:
			next[0], next[1] = h.arrive(n.yes, f, nil), h.arrive(n.no, f, nil)
		case nodeTest:
			for i, to := range [...]*node{n.yes, n.no} {
				if next[i] = to; to.kind != nodeReturn {
					next[i] = h.arrive(to, o.assume(n, f, i == 0), n.left)
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
	o     *optimizer
	short bool            // the work of shorten
	steps int             // tests that edges may still pass
	at    table[findings] // by node: what is known there
	next  table[[2]*node] // by node: successors
	made  table[*node]    // by node: the new one
}

// Edges pass so many tests altogether, and so many for each node: in a long list
// of alternatives that share a value nearly every edge could pass nearly all.
const (
	maxSteps  = 1 << 16
	passSteps = 8
)

// pass goes past the tests from n on that f settles, and past lets whose
// variable nobody asks for then. a is what A holds, nil for unknown.
func (h *sharpener) pass(n *node, f findings, a *value) *node {
	var same *node // the first of the passed tests of one value
	for {
		switch n.kind {
		case nodeTest:
			if h.steps <= 0 {
				return n
			}
			sure, answer := h.o.settle(n, f)
			switch {
			case sure:
				h.steps--
				if same == nil || same.left != n.left {
					same = n
				}
				n = n.next(answer)
				continue
			case !h.short:
				return n
			}
			effort := maxEnding
			if end := h.ending(n, f, &effort); end != nil {
				return end
			}
			if same != nil && same.left == n.left && a != n.left {
				return same
			}
			return n
		case nodeLet:
			to := h.pass(n.yes, h.o.forget(f, n.left), nil)
			if h.o.liveOf(to)&n.left.variables() != 0 {
				return n
			}
			n = to
		default:
			return n
		}
	}
}

// maxEnding bounds the tests that ending looks at.
const maxEnding = 16

// ending is the return where all ways from n on end under f, nil if there are
// two or that takes too long to find out.
func (h *sharpener) ending(n *node, f findings, effort *int) *node {
	for n.kind == nodeTest {
		if *effort--; *effort < 0 {
			return nil
		}
		sure, answer := h.o.settle(n, f)
		if !sure {
			end := h.ending(n.no, h.o.assume(n, f, false), effort)
			if end == nil || end != h.ending(n.yes, h.o.assume(n, f, true), effort) {
				return nil
			}
			return end
		}
		n = n.next(answer)
	}
	if n.kind != nodeReturn {
		return nil
	}
	return n
}

// arrive passes the nodes from n on that do not matter after f. What holds at
// the first other one is what all ways to it agree on.
func (h *sharpener) arrive(n *node, f findings, a *value) *node {
	n = h.pass(n, f, a)
	if n.kind == nodeReturn {
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
func (h *sharpener) rebuild(n *node) *node {
	if n.kind == nodeReturn {
		return n
	}
	if d := h.made.at(n.id); d != nil {
		return *d
	}
	next := h.next.at(n.id)
	m := *n
	m.yes = h.rebuild(next[0])
	if n.kind != nodeLet {
		m.no = h.rebuild(next[1])
	}
	d := n
	if m.yes != n.yes || m.no != n.no {
		d = h.o.make(m)
	}
	h.made.put(n.id, d)
	return d
}

// topological lists the nodes from entry on, each before its successors. The
// list is valid until the next call.
func (o *optimizer) topological(entry *node) []*node {
	o.seen.clear()
	o.seen.reserve(o.g.nodes + 1)
	o.order = o.visit(o.order[:0], entry)
	slices.Reverse(o.order)
	return o.order
}

// visit appends the nodes from n on that are not listed yet, each after its
// successors.
func (o *optimizer) visit(order []*node, n *node) []*node {
	if o.seen.at(n.id) != nil {
		return order
	}
	o.seen.put(n.id, struct{}{})
	if n.no != nil {
		order = o.visit(order, n.no)
	}
	if n.yes != nil {
		order = o.visit(order, n.yes)
	}
	return append(order, n)
}
