package compile

// Pulling up: of two tests that may change places, the one comes first whose
// value is in A already.

// puller swaps tests of one graph.
type puller struct {
	o    *optimizer
	held table[*value] // by node: what is in A on all ways to it
	ways table[int]    // by node: how many lead to it
	made table[*node]  // by node: the new one
}

// pull swaps tests of which either answer leads to the same place, such that
// fewer loads are left.
func (o *optimizer) pull(entry *node) *node {
	p := &o.pulls
	p.o = o
	p.held.clear()
	p.ways.clear()
	p.made.clear()
	order := o.topological(entry)
	p.held.reserve(o.g.nodes + 1)
	p.ways.reserve(o.g.nodes + 1)
	p.arrive(entry, nil)
	some := false
	for _, n := range order {
		var a *value
		if n.kind == nodeTest && n.right.isConst() {
			a = n.left
			some = some || p.later(n) != nil
		}
		p.arrive(n.yes, a)
		p.arrive(n.no, a)
	}
	if !some {
		return entry
	}
	return p.rebuild(entry)
}

// arrive notes a way to n with a in A.
func (p *puller) arrive(n *node, a *value) {
	if n == nil {
		return
	}
	ways := p.ways.at(n.id)
	if ways == nil {
		p.ways.put(n.id, 1)
		p.held.put(n.id, a)
		return
	}
	*ways++
	if held := p.held.at(n.id); *held != a {
		*held = nil
	}
}

// later is the test that should come before n: the next one, if that is about
// what is in A before n, and can be asked just as well.
func (p *puller) later(n *node) *node {
	held := *p.held.at(n.id)
	if held == nil || held == n.left {
		return nil
	}
	for _, m := range [...]*node{n.no, n.yes} {
		if m.kind != nodeTest || m.left != held || !m.right.isConst() {
			continue
		}
		if other := n.yes; m == n.no && m.yes == other || m == n.yes && m.no == n.no {
			return m
		}
	}
	return nil
}

// rebuild makes the nodes from n on anew.
func (p *puller) rebuild(n *node) *node {
	if n == nil || n.kind == nodeReturn {
		return n
	}
	if d := p.made.at(n.id); d != nil {
		return *d
	}
	to := *n
	if m := p.swappable(n); m != nil {
		first, then := *m, *n
		if m == n.no {
			then.yes, then.no = p.rebuild(n.yes), p.rebuild(m.no)
			first.yes, first.no = then.yes, p.o.make(then)
		} else {
			then.yes, then.no = p.rebuild(m.yes), p.rebuild(n.no)
			first.yes, first.no = p.o.make(then), then.no
		}
		to = first
	} else {
		to.yes, to.no = p.rebuild(n.yes), p.rebuild(n.no)
	}
	d := n
	if to != *n {
		d = p.o.make(to)
	}
	p.made.put(n.id, d)
	return d
}

// swappable is later for an n that no other way leads behind.
func (p *puller) swappable(n *node) *node {
	if n.kind != nodeTest || !n.right.isConst() {
		return nil
	}
	m := p.later(n)
	if m == nil || *p.ways.at(m.id) > 1 {
		return nil
	}
	return m
}
