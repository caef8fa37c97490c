package flow

import (
	"cmp"
	"slices"
)

// Tail merging. Tails: parts of the graph that do the same to other places of the packet
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
	n     *Node
}

// share is tail merging (cross jumping): it merges tails until no merger makes
// the program shorter.
func (o *optimizer) share(entry *Node) *Node { return o.mergeTails(entry, false) }

// join is tail merging without a price: it merges tails that differ in nothing
// but the value that they begin with, which is in A on the way to them: the
// program gets no slower.
func (o *optimizer) join(entry *Node) *Node { return o.mergeTails(entry, true) }

func (o *optimizer) mergeTails(entry *Node, simple bool) *Node {
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
func (s *sharer) mergeOne(entry *Node) *Node {
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
func (s *sharer) groups(order []*Node) [][]shaped {
	all := make([]shaped, 0, len(order))
	for i, n := range order {
		if n.Kind == NodeTest {
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
func (o *optimizer) liveOf(n *Node) uint64 {
	if n == nil || n.Kind == NodeReturn || o.g.variables == 0 {
		return 0
	}
	if l := o.live.at(n.id); l != nil {
		return *l
	}
	now := o.liveOf(n.Yes) | o.liveOf(n.No)
	switch n.Kind {
	case NodeTest:
		now |= n.Left.variables() | n.Right.variables()
	case NodeLet:
		now = now&^n.Left.variables() | n.Right.variables()
	case NodeChain:
		now |= n.chain.Next.variables() | n.chain.At.variables()
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
func (o *optimizer) shapeOf(n *Node) uint64 {
	if s := o.shapes.at(n.id); s != nil {
		return *s
	}
	s := mix(1, uint64(n.id))
	if n.Kind == NodeTest {
		s = mix(mix(uint64(n.Op), o.valueShape(n.Left)), o.valueShape(n.Right))
		s = mix(mix(s, o.shapeOf(n.Yes)), o.shapeOf(n.No))
	}
	o.shapes.put(n.id, s)
	return s
}

// valueShape is a number that values of the same structure have in common:
// loads are alike, and variables, which may stand for them.
func (o *optimizer) valueShape(v *Value) uint64 {
	switch {
	case v.Op == OpLoad || v.Op == OpVariable:
		return 2
	case v.Op < OpAdd || v.Op > OpNeg:
		return mix(3, uint64(v.id))
	}
	if s := o.valueShapes.get(v); s != nil {
		return *s
	}
	s := mix(uint64(v.Op), o.valueShape(v.Left))
	if v.Right != nil {
		s = mix(s, o.valueShape(v.Right))
	}
	o.valueShapes.set(v, s)
	return s
}

// merger is an attempt to merge two tails.
type merger struct {
	o     *optimizer
	holes []hole
	vars  []*Value // what takes the place of each hole
	kept  uint64   // variables that both tails ask for alike
}

// hole is a place where the tails differ: two loads.
type hole struct{ first, second *Value }

// merge makes the graph from entry on with the tails at the nodes of group
// merged, as far as two of them fit. It returns nil when none do.
func (s *sharer) merge(entry *Node, group []shaped) *Node {
	a := group[0].n
	for i := range group[1:] {
		b := group[i+1].n
		if s.o.variable(b.Left) { // tails that are common already
			a, b = b, a
		}
		m := merger{o: s.o}
		s.o.pairs.clear()
		s.o.back.clear()
		if !m.match(a, b) || len(m.holes) == 0 {
			continue
		}
		if s.simple && (len(m.holes) > 1 || m.holes[0].first != a.Left) {
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
func (m *merger) match(a, b *Node) bool {
	to, from := m.o.pairs.at(a.id), m.o.back.at(b.id)
	if to != nil || from != nil {
		return to != nil && from != nil && *to == b && *from == a
	}
	if a == b {
		m.kept |= m.o.liveOf(a)
		return true
	}
	if a.Kind != NodeTest || b.Kind != NodeTest {
		return false
	}
	m.o.pairs.put(a.id, b)
	m.o.back.put(b.id, a)
	return m.matchValue(a.Left, b.Left) && m.matchValue(a.Right, b.Right) && m.match(a.Yes, b.Yes) && m.match(a.No, b.No)
}

func (m *merger) matchValue(a, b *Value) bool {
	switch {
	case a == b || a == nil || b == nil:
		m.kept |= a.variables()
		return a == b
	case a.Op == OpVariable && b.Op == OpLoad, a.Op == b.Op && a.Op == OpLoad && a.Size == b.Size:
		if h := (hole{a, b}); !slices.Contains(m.holes, h) {
			m.holes = append(m.holes, h)
		}
		return len(m.holes) <= 64
	case a.Op != b.Op || a.Op == OpLoad:
		return false
	}
	return a.K == b.K && m.matchValue(a.Left, b.Left) && m.matchValue(a.Right, b.Right)
}

// relation is what the two loads are relative to, and how far they are apart.
func (h hole) relation() (first, second *Value, apart uint32) {
	return h.first.Left, h.second.Left, h.second.K - h.first.K
}

// setting gives a variable one value on the first way to a tail and another on
// the second; nil leaves it as it is.
type setting struct{ variable, first, second *Value }

// build makes the common tail and the ways into it from either side. It returns
// nil when that takes too many variables.
func (m *merger) build(a, b *Node) (first, second *Node) {
	m.vars = make([]*Value, len(m.holes))
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
		if h.first.Op == OpLoad {
			variable = h.first.Left
			if variable == nil || h.second.K < h.first.K {
				return nil
			}
			to = m.start(h.second, h.first.K)
		}
		if variable.Op != OpVariable {
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
func (m *merger) newVariables(a *Node) []setting {
	clear(m.vars)
	var settings []setting
	for i, h := range m.holes {
		if h.first.Op == OpVariable {
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
		v := m.o.g.Variable()
		if len(alike) == 1 && h.first == a.Left { // is in A when the tail begins
			m.vars[i] = v
			settings = append(settings, setting{v, h.first, h.second})
			continue
		}
		off := h.offset()
		for _, j := range alike {
			load := m.holes[j].first
			m.vars[j] = m.o.g.LoadAt(v, load.Size, load.K-h.first.K+off)
		}
		settings = append(settings, setting{v, m.start(h.first, off), m.start(h.second, off)})
	}
	return settings
}

// offset is the offset that the common load gets, such that what the two are
// relative to takes few instructions.
func (h hole) offset() uint32 {
	switch {
	case h.first.Left == nil && h.second.Left != nil && h.second.K <= h.first.K:
		return h.second.K
	case h.second.Left == nil && h.first.Left != nil && h.first.K <= h.second.K:
		return h.first.K
	}
	return min(h.first.K, h.second.K)
}

// start is what load is relative to when it has offset off.
func (m *merger) start(load *Value, off uint32) *Value {
	rest := m.o.g.Constant(load.K - off)
	if load.Left == nil {
		return rest
	}
	return m.o.alu(OpAdd, load.Left, rest)
}

// tail makes the first tail with variables in the holes.
func (m *merger) tail(n *Node) *Node {
	if d := m.o.merged.at(n.id); d != nil {
		return *d
	}
	pair := m.o.pairs.at(n.id)
	if pair == nil {
		return n
	}
	t, other := *n, *pair
	t.Left, t.Right = m.fill(n.Left, other.Left), m.fill(n.Right, other.Right)
	t.Yes, t.No = m.tail(n.Yes), m.tail(n.No)
	d := m.o.make(t)
	m.o.merged.put(n.id, d)
	return d
}

func (m *merger) fill(a, b *Value) *Value {
	switch {
	case a == b:
		return a
	case a.Op == OpLoad || a.Op == OpVariable:
		return m.vars[slices.Index(m.holes, hole{a, b})]
	case a.Op == OpNeg:
		return m.o.g.ALU(OpNeg, m.fill(a.Left, b.Left), nil)
	}
	return m.o.g.ALU(a.Op, m.fill(a.Left, b.Left), m.fill(a.Right, b.Right))
}

// replace makes the graph from n on with the nodes that are replaced.
func (o *optimizer) replace(n *Node) *Node {
	if d := o.replaced.at(n.id); d != nil {
		return *d
	}
	m := *n
	if n.Yes != nil {
		m.Yes = o.replace(n.Yes)
	}
	if n.No != nil {
		m.No = o.replace(n.No)
	}
	d := n
	if m.Yes != n.Yes || m.No != n.No {
		d = o.make(m)
	}
	o.replaced.put(n.id, d)
	return d
}

// estimate is about how many instructions the graph from entry on takes.
func (o *optimizer) estimate(entry *Node) int {
	order := o.topological(entry)
	in := &o.guesses
	in.clear()
	total := 0
	for _, n := range order {
		g := machineGuess{}
		if p := in.at(n.id); p != nil {
			g = *p
		}
		switch n.Kind {
		case NodeTest:
			total += 1 + g.load(n.Left)
			if !n.Right.IsConst() {
				total += 1 + g.load(n.Right)
			}
		case NodeLet:
			_, header := n.Right.headerLength()
			inX := header || n.Right.IsConst() || n.Right.Op == OpAdd
			if inX {
				total += cost(n.Right)
			} else {
				total += g.load(n.Right)
			}
			if n.Yes.Kind != NodeLet && in.at(n.Yes.id) != nil { // a jump, or the next instruction twice
				total++
			}
			if inX {
				g.x = n.Left
			} else {
				g.a = n.Left
			}
		case NodeChain:
			total += 30
			g = machineGuess{}
		}
		for _, next := range [...]*Node{n.Yes, n.No} {
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
type machineGuess struct{ a, x *Value }

// load brings v into A and returns about how many instructions that takes.
func (g *machineGuess) load(v *Value) int {
	if g.a == v {
		return 0
	}
	n := 1
	switch {
	case v.Op == OpLoad && v.Left != nil:
		if g.x != v.Left {
			n += cost(v.Left)
			g.x = v.Left
		}
	case v.Op >= OpAdd && v.Op <= OpNeg:
		n += g.load(v.Left)
		if v.Right != nil && !v.Right.IsConst() {
			n += 2 + g.load(v.Right)
			g.x = nil
		}
	}
	g.a = v
	return n
}
