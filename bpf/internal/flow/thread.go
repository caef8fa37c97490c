package flow

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
	n    *Node
	hash uint64
}

type threadEntry struct {
	findings findings
	made     *Node
}

// maxBound is the size that the value of a variable may have where it takes
// the variable's place.
const maxBound = 20

// duplicate is jump threading with tail duplication: it threads the graph from
// entry on, or leaves it as it is when that takes too long.
func (o *optimizer) duplicate(entry *Node) *Node {
	if d := o.duplicated.at(entry.id); d != nil {
		return *d
	}
	d := o.duplicateAnew(entry)
	o.duplicated.put(entry.id, d)
	return d
}

func (o *optimizer) duplicateAnew(entry *Node) *Node {
	t := threader{o: o, memo: make(map[threadKey]threadEntry), budget: 16*o.g.nodeCount + 1024}
	n := t.thread(entry, nil)
	if t.budget <= 0 {
		return o.sharpen(o.sharpen(entry))
	}
	return n
}

func (t *threader) thread(n *Node, f findings) *Node {
	for { // past what is known already
		if n.Kind == NodeReturn || t.budget <= 0 {
			return n
		}
		t.budget--
		if n.Kind == NodeLet {
			if to := t.o.substitute(n.Right, f); to.within(maxBound) {
				f = t.o.with(f, finding{v: n.Left, bounds: t.o.eval(to, f), bound: to})
				n = n.Yes
				continue
			}
			break
		}
		if n.Kind != NodeTest {
			break
		}
		if left, right := t.o.substitute(n.Left, f), t.o.substitute(n.Right, f); left != n.Left || right != n.Right {
			n = t.o.branch(n.Op, left, right, n.Yes, n.No, n.pos)
			continue
		}
		sure, answer := t.o.settle(n, f)
		if !sure {
			break
		}
		n = n.Next(answer)
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
func (t *threader) split(n *Node, f findings) *Node {
	switch n.Kind {
	case NodeLet:
		to := t.o.substitute(n.Right, f)
		f = t.o.with(t.o.forget(f, n.Left), finding{v: n.Left, bounds: t.o.eval(to, f)})
		return t.o.let(n.Left, to, t.thread(n.Yes, f), n.pos)
	case NodeChain:
		c := *n.chain
		c.Next, c.At = t.o.substitute(c.Next, f), t.o.substitute(c.At, f)
		return t.o.walk(&c, t.thread(n.Yes, f), t.thread(n.No, f), n.pos)
	}
	yes := t.thread(n.Yes, t.o.assume(n, f, true))
	no := t.thread(n.No, t.o.assume(n, f, false))
	return t.o.make(Node{Kind: NodeTest, Op: n.Op, Left: n.Left, Right: n.Right, Yes: yes, No: no, pos: n.pos})
}

func (n *Node) Next(answer bool) *Node {
	if answer {
		return n.Yes
	}
	return n.No
}

// restrict leaves the findings that nodes from n on may ask for.
func (t *threader) restrict(f findings, n *Node) findings {
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
func (t *threader) supportOf(n *Node) uint64 {
	if s := t.o.support.at(n.id); s != nil {
		return *s
	}
	var s uint64
	switch n.Kind {
	case NodeReturn:
	case NodeLet:
		s = t.supportOf(n.Yes) | 1
	case NodeChain:
		s = t.supportOf(n.Yes) | t.supportOf(n.No) | t.slotsOf(n.chain.Next) | t.slotsOf(n.chain.At)
	case NodeTest:
		s = t.supportOf(n.Yes) | t.supportOf(n.No) | t.slotsOf(n.Left)
		if n.severalBits() {
			s |= t.slot(t.o.relation(n.Op, n.Left, n.Right))
		}
		if !n.Right.IsConst() {
			s |= t.slotsOf(n.Right)
			for _, op := range [...]TestOp{TestEq, TestGt, TestSet} {
				s |= t.slot(t.o.relation(op, n.Left, n.Right)) | t.slot(t.o.relation(op, n.Right, n.Left))
			}
		}
	}
	t.o.support.put(n.id, s)
	return s
}

// slot has the bit of v, or of the words of the packet that v is in: loads of
// the same bytes share them.
func (t *threader) slot(v *Value) uint64 {
	if s := t.o.slots.get(v); s != nil {
		return *s
	}
	var s uint64
	switch {
	case v.Op != OpLoad:
		s = t.newSlot()
	case v.Size == 4 && v.K%4 == 0:
		s = t.newSlot()
	default:
		word := *v
		word.Size, word.K = 4, v.K&^3
		s = t.slot(t.o.g.intern(word))
		if v.K%4+uint32(v.Size) > 4 {
			word.K += 4
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
func (t *threader) slotsOf(v *Value) uint64 {
	switch {
	case v.Op == OpConst:
		return 0
	case v.Op == OpVariable:
		return t.slot(v) | 1
	case v.Op == OpLoad && v.Left != nil && t.o.variable(v):
		return t.slot(v) | 1
	case v.Op >= OpAdd && v.Op <= OpNeg:
		s := t.slot(v) | t.slotsOf(v.Left)
		if v.Right != nil {
			s |= t.slotsOf(v.Right)
		}
		return s
	}
	return t.slot(v)
}

// substitute puts what variables stand for under f into v.
func (o *optimizer) substitute(v *Value, f findings) *Value {
	if !o.variable(v) {
		return v
	}
	switch v.Op {
	case OpVariable:
		if e := f.find(v); e != nil && e.bound != nil {
			return e.bound
		}
		return v
	case OpLoad:
		return o.loadAt(o.substitute(v.Left, f), v.Size, v.K)
	case OpNeg:
		return o.negate(o.substitute(v.Left, f))
	}
	return o.alu(v.Op, o.substitute(v.Left, f), o.substitute(v.Right, f))
}

// variable reports whether v depends on variables.
func (o *optimizer) variable(v *Value) bool {
	switch {
	case o.g.variables == 0 || v == nil || v.Op == OpConst:
		return false
	case v.Op == OpVariable:
		return true
	case v.Left == nil:
		return false
	}
	if known := o.variables.get(v); known != nil {
		return *known
	}
	is := o.variable(v.Left) || o.variable(v.Right)
	o.variables.set(v, is)
	return is
}

// forget drops what is known of values that depend on variable.
func (o *optimizer) forget(f findings, variable *Value) findings {
	var out findings
	for _, e := range f {
		if !e.v.Uses(variable) && (e.bound == nil || !e.bound.Uses(variable)) {
			out = append(out, e)
		}
	}
	return out
}

// within reports whether v is computed from at most n parts.
func (v *Value) within(n int) bool { return v.count(n) <= n }

func (v *Value) count(limit int) int {
	if v == nil || limit < 0 {
		return 0
	}
	n := 1 + v.Left.count(limit-1)
	return n + v.Right.count(limit-n)
}
