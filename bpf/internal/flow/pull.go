package flow

// Reordering of branches. Pulling up: of two tests that may change places, the one comes first whose
// value is in A already.

// puller swaps tests of one graph.
type puller struct {
	o    *optimizer
	held table[*Value] // by node: what is in A on all ways to it
	ways table[int]    // by node: how many lead to it
	made table[*Node]  // by node: the new one
}

// pull is branch reordering: it swaps tests of which either answer leads to the
// same place, such that fewer loads are left.
func (o *optimizer) pull(entry *Node) *Node {
	p := &o.pulls
	p.o = o
	p.held.clear()
	p.ways.clear()
	p.made.clear()
	order := o.topological(entry)
	p.held.reserve(o.g.nodeCount + 1)
	p.ways.reserve(o.g.nodeCount + 1)
	p.arrive(entry, nil)
	some := false
	for _, n := range order {
		var a *Value
		if n.Kind == NodeTest {
			a = n.Left
			some = some || p.later(n) != nil
		}
		p.arrive(n.Yes, a)
		p.arrive(n.No, a)
	}
	if !some {
		return entry
	}
	return p.rebuild(entry)
}

// arrive notes a way to n with a in A.
func (p *puller) arrive(n *Node, a *Value) {
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
func (p *puller) later(n *Node) *Node {
	held := *p.held.at(n.id)
	if held == nil || held == n.Left {
		return nil
	}
	for _, m := range [...]*Node{n.No, n.Yes} {
		if m.Kind != NodeTest || m.Left != held {
			continue
		}
		if other := n.Yes; m == n.No && m.Yes == other || m == n.Yes && m.No == n.No {
			return m
		}
	}
	return nil
}

// rebuild makes the nodes from n on anew.
func (p *puller) rebuild(n *Node) *Node {
	if n == nil || n.Kind == NodeReturn {
		return n
	}
	if d := p.made.at(n.id); d != nil {
		return *d
	}
	to := *n
	if m := p.swappable(n); m != nil {
		first, then := *m, *n
		if m == n.No {
			then.Yes, then.No = p.rebuild(n.Yes), p.rebuild(m.No)
			first.Yes, first.No = then.Yes, p.o.make(then)
		} else {
			then.Yes, then.No = p.rebuild(m.Yes), p.rebuild(n.No)
			first.Yes, first.No = p.o.make(then), then.No
		}
		to = first
	} else {
		to.Yes, to.No = p.rebuild(n.Yes), p.rebuild(n.No)
	}
	d := n
	if to != *n {
		d = p.o.make(to)
	}
	p.made.put(n.id, d)
	return d
}

// swappable is later for an n that no other way leads behind.
func (p *puller) swappable(n *Node) *Node {
	if n.Kind != NodeTest {
		return nil
	}
	m := p.later(n)
	if m == nil || *p.ways.at(m.id) > 1 {
		return nil
	}
	return m
}
