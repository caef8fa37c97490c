package compile

import "slices"

// Tails: parts of the graph that do the same to other places of the packet
// become one, with variables for what differs. The headers behind IPv4 and
// IPv6, say, differ in where they start, the addresses of IP and ARP in where
// they lie.

// maxVariables leaves some scratch words to computations.
const maxVariables = 12

// sharer merges tails of one graph.
type sharer struct {
	o      *optimizer
	simple bool // only the first value of a tail may differ
	shapes map[shape]int
	values map[valueShape]int
	of     table[int]    // by node
	ofV    table[int]    // by value
	live   table[uint64] // by node: variables asked for from it on
}

// shape is what nodes of the same structure have in common.
type shape struct {
	n                    *node // for returns, and nodes that are not compared
	op                   testOp
	left, right, yes, no int
}

// valueShape is what values of the same structure have in common: loads are
// alike, and variables, which may stand for them.
type valueShape struct {
	op          valueOp
	v           *value
	left, right int
}

// share merges tails until no merger makes the program shorter.
func (o *optimizer) share(entry *node) *node { return o.mergeTails(entry, false) }

// join merges tails that differ in nothing but the value that they begin with,
// which is in A on the way to them: the program gets no slower.
func (o *optimizer) join(entry *node) *node { return o.mergeTails(entry, true) }

func (o *optimizer) mergeTails(entry *node, simple bool) *node {
	for range maxVariables {
		s := sharer{o: o, simple: simple, shapes: make(map[shape]int), values: make(map[valueShape]int)}
		next := s.mergeOne(entry)
		if next == nil {
			return entry
		}
		entry = next
	}
	return entry
}

// mergeOne finds the first group of tails whose merger pays, and merges it.
func (s *sharer) mergeOne(entry *node) *node {
	if s.o.g.variables >= maxVariables {
		return nil
	}
	order := topological(entry)
	for _, n := range slices.Backward(order) {
		s.shapeOf(n)
		if s.o.g.variables > 0 {
			s.findLive(n)
		}
	}
	groups := make(map[int][]*node)
	var keys []int
	for _, n := range order {
		if n.kind != nodeTest {
			continue
		}
		k := *s.of.at(n.id)
		if groups[k] = append(groups[k], n); len(groups[k]) == 2 {
			keys = append(keys, k)
		}
	}
	before := -1
	tries := 0
	for _, k := range keys {
		if tries++; tries > 24 {
			return nil
		}
		merged := s.merge(entry, groups[k])
		if merged == nil {
			continue
		}
		if before < 0 {
			before = s.o.estimate(entry)
		}
		if s.o.estimate(merged) < before {
			return merged
		}
	}
	return nil
}

func (s *sharer) findLive(n *node) {
	now := liveAt(&s.live, n.yes) | liveAt(&s.live, n.no)
	switch n.kind {
	case nodeTest:
		now |= n.left.variables() | n.right.variables()
	case nodeLet:
		now = now&^n.left.variables() | n.right.variables()
	case nodeChain:
		now |= n.chain.next.variables() | n.chain.at.variables()
	}
	s.live.put(n.id, &now)
}

// shapeOf numbers the shape of n, whose successors have theirs.
func (s *sharer) shapeOf(n *node) {
	k := shape{n: n}
	if n.kind == nodeTest {
		k = shape{op: n.op, left: s.valueShape(n.left), right: s.valueShape(n.right), yes: *s.of.at(n.yes.id), no: *s.of.at(n.no.id)}
	}
	i, ok := s.shapes[k]
	if !ok {
		i = len(s.shapes) + 1
		s.shapes[k] = i
	}
	s.of.put(n.id, &i)
}

func (s *sharer) valueShape(v *value) int {
	if i := s.ofV.get(v); i != nil {
		return *i
	}
	var k valueShape
	switch {
	case v.op == valueLoad || v.op == valueVariable:
		k = valueShape{op: valueLoad}
	case v.op >= valueAdd && v.op <= valueNeg:
		k = valueShape{op: v.op, left: s.valueShape(v.left)}
		if v.right != nil {
			k.right = s.valueShape(v.right)
		}
	default:
		k = valueShape{v: v}
	}
	i, ok := s.values[k]
	if !ok {
		i = len(s.values) + 1
		s.values[k] = i
	}
	s.ofV.set(v, &i)
	return i
}

// merger is an attempt to merge two tails.
type merger struct {
	o     *optimizer
	pairs map[*node]*node // of the first tail, of the second
	back  map[*node]*node
	holes []hole
	vars  map[hole]*value // what takes the place of a hole
	made  map[*node]*node
	kept  uint64 // variables that both tails ask for alike
	live  *table[uint64]
}

// hole is a place where the tails differ: two loads.
type hole struct{ first, second *value }

// merge makes the graph from entry on with the tails at the nodes of group
// merged, as far as two of them fit. It returns nil when none do.
func (s *sharer) merge(entry *node, group []*node) *node {
	a := group[0]
	for _, b := range group[1:] {
		if s.o.variable(b.left) { // tails that are common already
			a, b = b, a
		}
		m := merger{o: s.o, live: &s.live, pairs: make(map[*node]*node), back: make(map[*node]*node)}
		if !m.match(a, b) || len(m.holes) == 0 {
			continue
		}
		if s.simple && (len(m.holes) > 1 || m.holes[0].first != a.left) {
			continue
		}
		if first, second := m.build(a, b); first != nil {
			return s.o.replace(entry, map[*node]*node{a: first, b: second})
		}
	}
	return nil
}

// match notes where the tails at a and b differ.
func (m *merger) match(a, b *node) bool {
	if a == b && m.pairs[a] == nil && m.back[b] == nil {
		m.kept |= liveAt(m.live, a)
		return true
	}
	if m.pairs[a] != nil || m.back[b] != nil {
		return m.pairs[a] == b && m.back[b] == a
	}
	if a.kind != nodeTest || b.kind != nodeTest {
		return false
	}
	m.pairs[a], m.back[b] = b, a
	return m.matchValue(a.left, b.left) && m.matchValue(a.right, b.right) && m.match(a.yes, b.yes) && m.match(a.no, b.no)
}

func (m *merger) matchValue(a, b *value) bool {
	switch {
	case a == b || a == nil || b == nil:
		m.kept |= a.variables()
		return a == b
	case a.op == valueVariable && b.op == valueLoad, a.op == b.op && a.op == valueLoad && a.size == b.size:
		if h := (hole{a, b}); !slices.Contains(m.holes, h) {
			m.holes = append(m.holes, h)
		}
		return len(m.holes) <= 64
	case a.op != b.op || a.op == valueLoad:
		return false
	}
	return a.k == b.k && m.matchValue(a.left, b.left) && m.matchValue(a.right, b.right)
}

// relation is what the two loads are relative to, and how far they are apart.
func (h hole) relation() (first, second *value, apart uint32) {
	return h.first.left, h.second.left, h.second.k - h.first.k
}

// setting gives a variable one value on the first way to a tail and another on
// the second; nil leaves it as it is.
type setting struct{ variable, first, second *value }

// build makes the common tail and the ways into it from either side. It returns
// nil when that takes too many variables.
func (m *merger) build(a, b *node) (first, second *node) {
	m.vars = make(map[hole]*value)
	m.made = make(map[*node]*node)
	settings := m.join()
	if settings == nil {
		settings = m.newVariables(a)
	}
	if settings == nil || m.clash(settings) {
		return nil, nil
	}
	first = m.tail(a)
	second = first
	for _, s := range settings { // what goes into A comes last
		if s.first != nil {
			first = m.o.let(s.variable, s.first, first, a.pos)
		}
		second = m.o.let(s.variable, s.second, second, b.pos)
	}
	return first, second
}

// clash reports whether a variable gets a new value that is still asked for its
// old one.
func (m *merger) clash(settings []setting) bool {
	for i, s := range settings {
		bit := s.variable.variables()
		if m.kept&bit != 0 {
			return true
		}
		for j, t := range settings {
			if i != j && (t.first.variables()|t.second.variables())&bit != 0 {
				return true
			}
		}
	}
	return false
}

// join fits the second tail to variables that the first has already. It returns
// nil when those do not do.
func (m *merger) join() []setting {
	var settings []setting
	for _, h := range m.holes {
		variable, to := h.first, h.second
		if h.first.op == valueLoad {
			variable = h.first.left
			if variable == nil || h.second.k < h.first.k {
				return nil
			}
			to = m.start(h.second, h.first.k)
		}
		if variable.op != valueVariable {
			return nil
		}
		m.vars[h] = h.first
		i := slices.IndexFunc(settings, func(s setting) bool { return s.variable == variable })
		switch {
		case i < 0:
			settings = append(settings, setting{variable, nil, to})
		case settings[i].second != to:
			return nil
		}
	}
	return settings
}

// newVariables makes variables for the holes.
func (m *merger) newVariables(a *node) []setting {
	clear(m.vars)
	var settings []setting
	for i, h := range m.holes {
		if h.first.op == valueVariable {
			return nil
		}
		if m.vars[h] != nil {
			continue
		}
		one, two, apart := h.relation()
		var alike []hole
		for _, g := range m.holes[i:] {
			if x, y, d := g.relation(); x == one && y == two && d == apart {
				alike = append(alike, g)
			}
		}
		if len(settings) == 2 || m.o.g.variables >= maxVariables {
			return nil
		}
		v := m.o.g.variable()
		if len(alike) == 1 && h.first == a.left { // is in A when the tail begins
			m.vars[h] = v
			settings = append(settings, setting{v, h.first, h.second})
			continue
		}
		off := h.offset()
		for _, g := range alike {
			m.vars[g] = m.o.g.loadAt(v, g.first.size, g.first.k-h.first.k+off)
		}
		settings = append(settings, setting{v, m.start(h.first, off), m.start(h.second, off)})
	}
	return settings
}

// offset is the offset that the common load gets, such that what the two are
// relative to takes few instructions.
func (h hole) offset() uint32 {
	switch {
	case h.first.left == nil && h.second.left != nil && h.second.k <= h.first.k:
		return h.second.k
	case h.second.left == nil && h.first.left != nil && h.first.k <= h.second.k:
		return h.first.k
	}
	return min(h.first.k, h.second.k)
}

// start is what load is relative to when it has offset off.
func (m *merger) start(load *value, off uint32) *value {
	rest := m.o.g.constant(load.k - off)
	if load.left == nil {
		return rest
	}
	return m.o.alu(valueAdd, load.left, rest)
}

// tail makes the first tail with variables in the holes.
func (m *merger) tail(n *node) *node {
	if m.pairs[n] == nil {
		return n
	}
	if d := m.made[n]; d != nil {
		return d
	}
	t := *n
	t.left, t.right = m.fill(n.left, m.pairs[n].left), m.fill(n.right, m.pairs[n].right)
	t.yes, t.no = m.tail(n.yes), m.tail(n.no)
	d := m.o.make(t)
	m.made[n] = d
	return d
}

func (m *merger) fill(a, b *value) *value {
	switch {
	case a == b:
		return a
	case a.op == valueLoad || a.op == valueVariable:
		return m.vars[hole{a, b}]
	case a.op == valueNeg:
		return m.o.g.alu(valueNeg, m.fill(a.left, b.left), nil)
	}
	return m.o.g.alu(a.op, m.fill(a.left, b.left), m.fill(a.right, b.right))
}

// replace makes the graph from n on with other nodes in the place of some.
func (o *optimizer) replace(n *node, by map[*node]*node) *node {
	if d := by[n]; d != nil {
		return d
	}
	m := *n
	if n.yes != nil {
		m.yes = o.replace(n.yes, by)
	}
	if n.no != nil {
		m.no = o.replace(n.no, by)
	}
	d := n
	if m.yes != n.yes || m.no != n.no {
		d = o.make(m)
	}
	by[n] = d
	return d
}

// estimate is about how many instructions the graph from entry on takes.
func (o *optimizer) estimate(entry *node) int {
	order := topological(entry)
	var in table[machineGuess]
	total := 0
	for _, n := range order {
		g := machineGuess{}
		if p := in.at(n.id); p != nil {
			g = *p
		}
		switch n.kind {
		case nodeTest:
			total += 1 + g.load(n.left)
			if !n.right.isConst() {
				total += 1 + g.load(n.right)
			}
		case nodeLet:
			total += g.load(n.right)
			if n.yes.kind != nodeLet && in.at(n.yes.id) != nil { // a jump, or the next instruction twice
				total++
			}
			if _, header := n.right.headerLength(); header || n.right.isConst() || n.right.op == valueAdd {
				g.x = n.left
			} else {
				g.a = n.left
			}
		case nodeChain:
			total += 30
			g = machineGuess{}
		}
		for _, next := range [...]*node{n.yes, n.no} {
			if next == nil {
				continue
			}
			if p := in.at(next.id); p == nil {
				c := g
				in.put(next.id, &c)
			} else {
				if p.a != g.a {
					p.a = nil
				}
				if p.x != g.x {
					p.x = nil
				}
			}
		}
	}
	return total
}

// machineGuess is what A and X hold, roughly.
type machineGuess struct{ a, x *value }

// load brings v into A and returns about how many instructions that takes.
func (g *machineGuess) load(v *value) int {
	if g.a == v {
		return 0
	}
	n := 1
	switch {
	case v.op == valueLoad && v.left != nil:
		if g.x != v.left {
			n += cost(v.left)
			g.x = v.left
		}
	case v.op >= valueAdd && v.op <= valueNeg:
		n += g.load(v.left)
		if v.right != nil && !v.right.isConst() {
			n += 2 + g.load(v.right)
			g.x = nil
		}
	}
	g.a = v
	return n
}
