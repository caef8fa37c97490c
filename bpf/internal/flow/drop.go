package flow

// Redundant test elimination. A test goes if one of its answers settles the tests
// on the other side up to where that answer leads: `is it 17? reject : is it 6?
// accept : reject` needs no first question. Others than jump threading makes of it,
// some packets are asked more, for a shorter program.

// maxDropWalk bounds the tests that are looked at behind one.
const maxDropWalk = 16

// drop removes the tests that those behind them make needless.
func (o *optimizer) drop(entry *Node) *Node {
	order := o.topological(entry)
	made := &o.dropped
	made.clear()
	made.reserve(o.g.nodeCount + 1)
	for i := len(order) - 1; i >= 0; i-- {
		n := order[i]
		m := *n
		if n.Yes != nil {
			m.Yes = *made.at(n.Yes.id)
		}
		if n.No != nil {
			m.No = *made.at(n.No.id)
		}
		d := n
		switch {
		case n.Kind == NodeTest && o.needless(&m, true):
			d = m.No
		case n.Kind == NodeTest && o.needless(&m, false):
			d = m.Yes
		case m.Yes != n.Yes || m.No != n.No:
			d = o.make(m)
		}
		made.put(n.id, d)
	}
	return *made.at(entry.id)
}

// needless reports whether packets for which n comes to answer get to the same
// node on the other side.
func (o *optimizer) needless(n *Node, answer bool) bool {
	to := n.Next(answer)
	at := n.Next(!answer)
	if at.Kind != NodeTest {
		return false
	}
	f := o.assume(n, nil, answer)
	for range maxDropWalk {
		if at.Kind != NodeTest || !o.readBy(at.Left, n) || !o.readBy(at.Right, n) {
			return false
		}
		sure, yes := o.settle(at, f)
		if !sure {
			return false
		}
		if at = at.Next(yes); at == to {
			return true
		}
	}
	return false
}

// readBy reports whether v can be computed wherever n was asked: all bytes that it
// takes are there.
func (o *optimizer) readBy(v *Value, n *Node) bool {
	switch {
	case v == nil || v.Op == OpConst || v.Op == OpLength || v.Op == OpAncillary || v.Op == OpVariable:
		return true
	case n.Left.Uses(v) || n.Right.Uses(v):
		return true
	case v.Op == OpLoad:
		return v.Left == nil && uint64(v.K)+uint64(v.Size) <= max(n.Left.end(), n.Right.end())
	case v.Op == OpDiv || v.Op == OpMod:
		return v.Right.IsConst() && o.readBy(v.Left, n)
	}
	return v.Op != OpTest && o.readBy(v.Left, n) && o.readBy(v.Right, n)
}

// end is the number of bytes that a packet has if v was computed.
func (v *Value) end() uint64 {
	switch {
	case v == nil:
		return 0
	case v.Op == OpLoad && v.Left == nil:
		return uint64(v.K) + uint64(v.Size)
	}
	return max(v.Left.end(), v.Right.end())
}
