package compile

import (
	"cmp"
	"slices"
)

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
}

// shaped is a node with the number that nodes of its structure have in common.
type shaped struct {
	shape uint64
	place int // in the order of the graph
	n     *node
}

// share merges tails until no merger makes the program shorter.
func (o *optimizer) share(entry *node) *node { return o.mergeTails(entry, false) }

// join merges tails that differ in nothing but the value that they begin with,
// which is in A on the way to them: the program gets no slower.
func (o *optimizer) join(entry *node) *node { return o.mergeTails(entry, true) }

func (o *optimizer) mergeTails(entry *node, simple bool) *node {
	for range maxVariables {
		s := sharer{o: o, simple: simple}
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
	order := s.o.topological(entry)
	for _, n := range slices.Backward(order) {
		s.o.shapeOf(n)
	}
	before := 0
	for i, group := range s.groups(order) {
		if i == maxGroupTries {
			break
		}
		merged := s.merge(entry, group)
		if merged == nil {
			continue
		}
		if before == 0 {
			before = s.o.estimate(entry)
		}
		if s.o.estimate(merged) < before {
			return merged
		}
	}
	return nil
}

// maxGroupTries bounds the groups of tails that are looked at for a merger.
const maxGroupTries = 24

// groups lists the tests that have their shape in common with others, in the
// order of the graph.
func (s *sharer) groups(order []*node) [][]shaped {
	all := make([]shaped, 0, len(order))
	for i, n := range order {
		if n.kind == nodeTest {
			all = append(all, shaped{s.o.shapeOf(n), i, n})
		}
	}
	slices.SortFunc(all, func(a, b shaped) int { return cmp.Or(cmp.Compare(a.shape, b.shape), a.place-b.place) })
	var groups [][]shaped
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].shape == all[i].shape {
			j++
		}
		if j > i+1 {
			groups = append(groups, all[i:j])
		}
		i = j
	}
	slices.SortFunc(groups, func(a, b []shaped) int { return a[0].place - b[0].place })
	return groups
}

// liveOf has a bit for each variable that is asked for from n on.
func (o *optimizer) liveOf(n *node) uint64 {
	if n == nil || n.kind == nodeReturn || o.g.variables == 0 {
		return 0
	}
	if l := o.live.at(n.id); l != nil {
		return *l
	}
	now := o.liveOf(n.yes) | o.liveOf(n.no)
	switch n.kind {
	case nodeTest:
		now |= n.left.variables() | n.right.variables()
	case nodeLet:
		now = now&^n.left.variables() | n.right.variables()
	case nodeChain:
		now |= n.chain.next.variables() | n.chain.at.variables()
	}
	o.live.put(n.id, now)
	return now
}

// mix makes one number of two, hardly the same for others.
func mix(a, b uint64) uint64 {
	a = (a ^ b) * 0x9e3779b97f4a7c15
	return a ^ a>>29
}

// shapeOf is a number that nodes of the same structure have in common.
func (o *optimizer) shapeOf(n *node) uint64 {
	if s := o.shapes.at(n.id); s != nil {
		return *s
	}
	s := mix(1, uint64(n.id))
	if n.kind == nodeTest {
		s = mix(mix(uint64(n.op), o.valueShape(n.left)), o.valueShape(n.right))
		s = mix(mix(s, o.shapeOf(n.yes)), o.shapeOf(n.no))
	}
	o.shapes.put(n.id, s)
	return s
}

// valueShape is a number that values of the same structure have in common:
// loads are alike, and variables, which may stand for them.
func (o *optimizer) valueShape(v *value) uint64 {
	switch {
	case v.op == valueLoad || v.op == valueVariable:
		return 2
	case v.op < valueAdd || v.op > valueNeg:
		return mix(3, uint64(v.id))
	}
	if s := o.valueShapes.get(v); s != nil {
		return *s
	}
	s := mix(uint64(v.op), o.valueShape(v.left))
	if v.right != nil {
		s = mix(s, o.valueShape(v.right))
	}
	o.valueShapes.set(v, s)
	return s
}

// merger is an attempt to merge two tails.
type merger struct {
	o     *optimizer
	holes []hole
	vars  []*value // what takes the place of each hole
	kept  uint64   // variables that both tails ask for alike
}

// hole is a place where the tails differ: two loads.
type hole struct{ first, second *value }

// merge makes the graph from entry on with the tails at the nodes of group
// merged, as far as two of them fit. It returns nil when none do.
func (s *sharer) merge(entry *node, group []shaped) *node {
	a := group[0].n
	for i := range group[1:] {
		b := group[i+1].n
		if s.o.variable(b.left) { // tails that are common already
			a, b = b, a
		}
		m := merger{o: s.o}
		s.o.pairs.clear()
		s.o.back.clear()
		if !m.match(a, b) || len(m.holes) == 0 {
			continue
		}
		if s.simple && (len(m.holes) > 1 || m.holes[0].first != a.left) {
			continue
		}
		if first, second := m.build(a, b); first != nil {
			s.o.replaced.clear()
			s.o.replaced.put(a.id, first)
			s.o.replaced.put(b.id, second)
			return s.o.replace(entry)
		}
	}
	return nil
}

// match notes where the tails at a and b differ.
func (m *merger) match(a, b *node) bool {
	to, from := m.o.pairs.at(a.id), m.o.back.at(b.id)
	if to != nil || from != nil {
		return to != nil && from != nil && *to == b && *from == a
	}
	if a == b {
		m.kept |= m.o.liveOf(a)
		return true
	}
	if a.kind != nodeTest || b.kind != nodeTest {
		return false
	}
	m.o.pairs.put(a.id, b)
	m.o.back.put(b.id, a)
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
	m.vars = make([]*value, len(m.holes))
	m.o.merged.clear()
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
	for i, h := range m.holes {
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
		m.vars[i] = h.first
		at := slices.IndexFunc(settings, func(s setting) bool { return s.variable == variable })
		switch {
		case at < 0:
			settings = append(settings, setting{variable, nil, to})
		case settings[at].second != to:
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
		if m.vars[i] != nil {
			continue
		}
		one, two, apart := h.relation()
		var alike []int
		for j, g := range m.holes {
			if x, y, d := g.relation(); x == one && y == two && d == apart {
				alike = append(alike, j)
			}
		}
		if len(settings) == 2 || m.o.g.variables >= maxVariables {
			return nil
		}
		v := m.o.g.variable()
		if len(alike) == 1 && h.first == a.left { // is in A when the tail begins
			m.vars[i] = v
			settings = append(settings, setting{v, h.first, h.second})
			continue
		}
		off := h.offset()
		for _, j := range alike {
			load := m.holes[j].first
			m.vars[j] = m.o.g.loadAt(v, load.size, load.k-h.first.k+off)
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
	if d := m.o.merged.at(n.id); d != nil {
		return *d
	}
	pair := m.o.pairs.at(n.id)
	if pair == nil {
		return n
	}
	t, other := *n, *pair
	t.left, t.right = m.fill(n.left, other.left), m.fill(n.right, other.right)
	t.yes, t.no = m.tail(n.yes), m.tail(n.no)
	d := m.o.make(t)
	m.o.merged.put(n.id, d)
	return d
}

func (m *merger) fill(a, b *value) *value {
	switch {
	case a == b:
		return a
	case a.op == valueLoad || a.op == valueVariable:
		return m.vars[slices.Index(m.holes, hole{a, b})]
	case a.op == valueNeg:
		return m.o.g.alu(valueNeg, m.fill(a.left, b.left), nil)
	}
	return m.o.g.alu(a.op, m.fill(a.left, b.left), m.fill(a.right, b.right))
}

// replace makes the graph from n on with the nodes that are replaced.
func (o *optimizer) replace(n *node) *node {
	if d := o.replaced.at(n.id); d != nil {
		return *d
	}
	m := *n
	if n.yes != nil {
		m.yes = o.replace(n.yes)
	}
	if n.no != nil {
		m.no = o.replace(n.no)
	}
	d := n
	if m.yes != n.yes || m.no != n.no {
		d = o.make(m)
	}
	o.replaced.put(n.id, d)
	return d
}

// estimate is about how many instructions the graph from entry on takes.
func (o *optimizer) estimate(entry *node) int {
	order := o.topological(entry)
	in := &o.guesses
	in.clear()
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
			_, header := n.right.headerLength()
			inX := header || n.right.isConst() || n.right.op == valueAdd
			if inX {
				total += cost(n.right)
			} else {
				total += g.load(n.right)
			}
			if n.yes.kind != nodeLet && in.at(n.yes.id) != nil { // a jump, or the next instruction twice
				total++
			}
			if inX {
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
				in.put(next.id, g)
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
