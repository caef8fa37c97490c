package compile

// Jump threading: a test whose outcome is known on the way to it is passed.

// threader follows every way through a graph with what is known on it. Where
// ways that know different things meet, the nodes behind are made once for
// each, so that no test is asked twice on a way. What comes out the same is
// shared again.
type threader struct {
	o       *optimizer
	memo    map[threadKey]threadEntry
	support table[bitset] // by node: what the nodes from it on ask about
	slots   table[int]    // by value, from 1
	budget  int
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
	t := threader{o: o, memo: make(map[threadKey]threadEntry), budget: 4*o.g.nodes + 256}
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
		if n.kind == nodeLet {
			if to := t.o.substitute(n.right, f); to.within(maxBound) {
				f = f.with(finding{v: n.left, bounds: t.o.eval(to, f), bound: to})
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
	t.budget--
	made := t.split(n, f)
	t.memo[key] = threadEntry{f, made}
	return made
}

// split makes n anew, with what follows knowing its answer.
func (t *threader) split(n *node, f findings) *node {
	switch n.kind {
	case nodeLet:
		to := t.o.substitute(n.right, f)
		f = t.o.forget(f, n.left).with(finding{v: n.left, bounds: t.o.eval(to, f)})
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
	if s.has(0) { // variables: what they stand for is asked about too
		return f
	}
	kept := 0
	for i := range f {
		if slot := t.slots.get(f[i].v); slot != nil && s.has(*slot) {
			kept++
		}
	}
	if kept == len(f) {
		return f
	}
	out := make(findings, 0, kept)
	for i := range f {
		if slot := t.slots.get(f[i].v); slot != nil && s.has(*slot) {
			out = append(out, f[i])
		}
	}
	return out
}

func (t *threader) supportOf(n *node) bitset {
	if s := t.support.at(n.id); s != nil {
		return *s
	}
	var s bitset
	switch n.kind {
	case nodeReturn:
	case nodeLet:
		s = t.supportOf(n.yes).clone()
		s.set(0)
	case nodeChain:
		s = t.supportOf(n.yes).union(t.supportOf(n.no))
		t.addSlots(&s, n.chain.next)
		t.addSlots(&s, n.chain.at)
	case nodeTest:
		s = t.supportOf(n.yes).union(t.supportOf(n.no))
		if !n.right.isConst() {
			t.addSlots(&s, n.right)
			t.addSlot(&s, t.o.relation(testEq, n.left, n.right))
			t.addSlot(&s, t.o.relation(testEq, n.right, n.left))
			t.addSlot(&s, t.o.relation(testGt, n.left, n.right))
			t.addSlot(&s, t.o.relation(testGt, n.right, n.left))
			t.addSlot(&s, t.o.relation(testSet, n.left, n.right))
		}
		t.addSlots(&s, n.left)
	}
	t.support.put(n.id, &s)
	return s
}

func (t *threader) addSlot(s *bitset, v *value) {
	slot := t.slots.get(v)
	if slot == nil {
		slot = new(int)
		*slot = t.slots.n + 1
		t.slots.set(v, slot)
	}
	s.set(*slot)
}

// addSlots adds v and all that it is computed from.
func (t *threader) addSlots(s *bitset, v *value) {
	switch {
	case v.op == valueConst:
		return
	case v.op == valueVariable:
		s.set(0)
	case v.op == valueLoad && v.left != nil:
		if t.o.variable(v) {
			s.set(0)
		}
	case v.op >= valueAdd && v.op <= valueNeg:
		t.addSlots(s, v.left)
		if v.right != nil {
			t.addSlots(s, v.right)
		}
	}
	t.addSlot(s, v)
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
	o.variables.set(v, &is)
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
	order := topological(entry)
	var at table[findings]
	reached := make(map[*node]bool, len(order))
	made := make(map[*node]*[2]*node, len(order))
	arrive := func(n *node, f findings) *node {
		for n.kind == nodeTest {
			sure, answer := o.settle(n, f)
			if !sure {
				break
			}
			n = n.next(answer)
		}
		if n.kind == nodeReturn {
			return n
		}
		if !reached[n] {
			reached[n] = true
			at.put(n.id, &f)
		} else {
			joined := at.at(n.id).join(f)
			at.put(n.id, &joined)
		}
		return n
	}
	start := arrive(entry, nil)
	for _, n := range order {
		if !reached[n] || n.kind == nodeReturn {
			continue
		}
		f := *at.at(n.id)
		next := new([2]*node)
		made[n] = next
		switch n.kind {
		case nodeLet:
			f = o.forget(f, n.left)
			next[0] = arrive(n.yes, f.with(finding{v: n.left, bounds: o.eval(n.right, f)}))
		case nodeChain:
			next[0], next[1] = arrive(n.yes, f), arrive(n.no, f)
		case nodeTest:
			next[0], next[1] = arrive(n.yes, o.assume(n, f, true)), arrive(n.no, o.assume(n, f, false))
		}
	}
	return o.rebuild(start, made, make(map[*node]*node, len(order)))
}

// rebuild makes the nodes from n on with the successors in next.
func (o *optimizer) rebuild(n *node, next map[*node]*[2]*node, done map[*node]*node) *node {
	if n.kind == nodeReturn {
		return n
	}
	if d := done[n]; d != nil {
		return d
	}
	m := *n
	m.yes = o.rebuild(next[n][0], next, done)
	if n.kind != nodeLet {
		m.no = o.rebuild(next[n][1], next, done)
	}
	d := o.make(m)
	done[n] = d
	return d
}

// topological lists the nodes from entry on, each before its successors.
func topological(entry *node) []*node {
	var order []*node
	var seen bitset
	var visit func(n *node)
	visit = func(n *node) {
		if seen.has(n.id) {
			return
		}
		seen.set(n.id)
		if n.no != nil {
			visit(n.no)
		}
		if n.yes != nil {
			visit(n.yes)
		}
		order = append(order, n)
	}
	visit(entry)
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}
