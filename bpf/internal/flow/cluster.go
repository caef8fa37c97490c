package flow

import (
	"encoding/binary"
	"slices"
)

// Switch clustering of one value: the range of the value of a run of alternatives
// is cut into intervals, and what is left in each becomes a binary decision tree.
// regroup.go says which alternatives these are.

// bucket makes alternatives that begin with the same question.
func (r *regrouper) bucket(run []alternative, target exit, next *Node) *Node {
	if len(run) > 1 {
		if made := r.merge(run, target, next); made != nil {
			return made
		}
	}
	for _, a := range slices.Backward(run) {
		next = r.region(a.entry, newScope(target, exit{a.fail, next}))
	}
	return next
}

// piece is what is left of an alternative from lo on; of one that begins with a
// question of yes or no, lo is 0 for no and 1 for yes.
type piece struct {
	lo   uint32
	from int32 // which alternative
	left *Node
}

// sortPieces sorts by lo, then by alternative. What it is given has the
// alternatives in order, and those of each by lo. Sorting numbers is a third of
// the work of sorting pieces.
func sortPieces(pieces []piece) []piece {
	ranks := make([]uint64, len(pieces))
	first := make([]int32, 0, len(pieces)) // by alternative
	for i, p := range pieces {
		for int(p.from) >= len(first) {
			first = append(first, int32(i))
		}
		ranks[i] = uint64(p.lo)<<32 | uint64(p.from)
	}
	slices.Sort(ranks)
	sorted := make([]piece, len(pieces))
	for i, rank := range ranks {
		j := first[uint32(rank)]
		for pieces[j].lo != uint32(rank>>32) {
			j++
		}
		sorted[i] = pieces[j]
		if j == first[uint32(rank)] {
			first[uint32(rank)]++ // they come in order
		}
	}
	return sorted
}

// merge makes alternatives that begin with the same question with a decision
// on it. It returns nil when that takes more nodes.
func (r *regrouper) merge(run []alternative, target exit, next *Node) *Node {
	q := run[0].question()
	pieces := make([]piece, 0, 3*len(run)) // a single value cuts the others in two
	before := 0
	for i, a := range run {
		pieces = r.pieces(pieces, a, int32(i), target.old)
		before += r.size(a.entry, target.old, a.fail)
	}
	if r.effort <= 0 {
		return nil
	}
	steps, after := r.sweep(run, sortPieces(pieces), target)
	if steps == nil || after > before {
		return nil
	}
	return r.decide(q, run, steps, target, next)
}

// pieces appends what is left of a by the answer to its question.
func (r *regrouper) pieces(pieces []piece, a alternative, i int32, target *Node) []piece {
	if a.question().right == nil {
		return r.cut(pieces, a, a.entry, target, i, 0, r.o.boundsOf(a.entry.Left).hi)
	}
	no := r.knowing(a.entry.No, r.o.assume(a.entry, nil, false), target, a.fail)
	yes := r.knowing(a.entry.Yes, r.o.assume(a.entry, nil, true), target, a.fail)
	return append(pieces, piece{0, i, no}, piece{1, i, yes})
}

// decide asks q and makes what is left by its answer.
func (r *regrouper) decide(q question, run []alternative, steps []remains, target exit, next *Node) *Node {
	made := make(map[string]*Node)
	if q.right != nil {
		m := *run[0].entry
		m.No = r.remainder(run, steps[0], target, next, made)
		m.Yes = r.remainder(run, steps[1], target, next, made)
		return r.o.make(m)
	}
	d := decision{v: q.left, runs: make([]interval, 0, len(steps))}
	for _, s := range steps {
		d.add(s.lo, r.remainder(run, s, target, next, made), s.pos)
	}
	return d.node(r.o)
}

// remains is what is left of the alternatives of a run from lo on.
type remains struct {
	lo   uint32
	left []piece
	key  string
	pos  Span
}

// sweep lists what is left in each interval, and about how many nodes that
// makes. It returns nil when that is too much.
func (r *regrouper) sweep(run []alternative, pieces []piece, target exit) (steps []remains, size int) {
	steps = make([]remains, 0, len(pieces))
	reached := []piece{{left: target.old}}
	var active, before []piece // by alternative: what is left, here and in the interval before
	var key []byte
	sizes := make(map[string]int)
	effort := 0
	for i := 0; i < len(pieces); {
		lo, j := pieces[i].lo, i
		for j < len(pieces) && pieces[j].lo == lo {
			j++
		}
		active, before = before[:0], active
		rest := before
		for _, p := range pieces[i:j] { // in order of the alternatives
			for len(rest) > 0 && rest[0].from < p.from {
				active, rest = append(active, rest[0]), rest[1:]
			}
			if len(rest) > 0 && rest[0].from == p.from {
				rest = rest[1:]
			}
			if p.left != run[p.from].fail {
				active = append(active, p)
			}
		}
		active, i = append(active, rest...), j
		if effort += len(active); effort > 4*len(pieces)+256 {
			return nil, 0
		}
		s := remains{lo: lo}
		switch {
		case len(active) == 0:
		case slices.ContainsFunc(active, func(p piece) bool { return p.left == target.old }):
			s.left, s.key = reached, "\xff" // no key ends like that
		default:
			s.left = slices.Clone(active)
			key = key[:0]
			for _, p := range s.left {
				key = binary.AppendUvarint(key, uint64(p.left.id))
			}
			s.key = string(key)
		}
		if len(active) > 0 {
			s.pos = run[active[0].from].entry.pos
		}
		steps = append(steps, s)
		if _, ok := sizes[s.key]; !ok {
			n := 0
			for _, p := range s.left {
				if p.left != target.old {
					n += r.size(p.left, target.old, run[p.from].fail)
				}
			}
			sizes[s.key] = n
			size += n
		}
	}
	return steps, size
}

// cut appends the pieces into which the tests from n on of the value that a
// begins with cut those from lo to hi.
func (r *regrouper) cut(pieces []piece, a alternative, n, target *Node, from int32, lo, hi uint32) []piece {
	v := a.entry.Left
	if n == a.fail || n == target {
		return append(pieces, piece{lo, from, n})
	}
	if n.Kind != NodeTest || n.Left != v || !n.Right.IsConst() || n.Op == TestSet {
		known := bounds{lo: lo, hi: hi, maybe: 1<<32 - 1}
		return append(pieces, piece{lo, from, r.knowing(n, findings{{v: v, bounds: known}}, target, a.fail)})
	}
	k := n.Right.K
	if n.Op == TestGt {
		if lo <= k {
			pieces = r.cut(pieces, a, n.No, target, from, lo, min(hi, k))
		}
		if hi > k {
			pieces = r.cut(pieces, a, n.Yes, target, from, max(lo, k+1), hi)
		}
		return pieces
	}
	if k < lo || k > hi {
		return r.cut(pieces, a, n.No, target, from, lo, hi)
	}
	if k > lo {
		pieces = r.cut(pieces, a, n.No, target, from, lo, k-1)
	}
	pieces = r.cut(pieces, a, n.Yes, target, from, k, k)
	if k < hi {
		pieces = r.cut(pieces, a, n.No, target, from, k+1, hi)
	}
	return pieces
}

// knowing is the part of the graph from n up to a and b without the tests that
// f answers.
func (r *regrouper) knowing(n *Node, f findings, a, b *Node) *Node {
	order := r.order(n, newScope(exit{a, a}, exit{b, b}))
	if !slices.ContainsFunc(order, func(n *Node) bool { sure, _ := r.o.settle(n, f); return sure }) {
		return n
	}
	r.made = slices.Grow(r.made[:0], len(order))[:len(order)]
	made := func(n *Node) *Node {
		if n == a || n == b {
			return n
		}
		return r.made[r.places[n.id]]
	}
	for i, n := range slices.Backward(order) {
		if sure, answer := r.o.settle(n, f); sure {
			r.made[i] = made(n.Next(answer))
			continue
		}
		m := *n
		m.Yes, m.No = made(n.Yes), made(n.No)
		r.made[i] = r.o.make(m)
	}
	return made(n)
}

// remainder makes the alternatives that are left in an interval.
func (r *regrouper) remainder(run []alternative, s remains, target exit, next *Node, made map[string]*Node) *Node {
	switch {
	case len(s.left) == 0:
		return next
	case s.left[0].left == target.old:
		return target.new
	case made[s.key] != nil:
		return made[s.key]
	}
	var left []alternative
	for _, p := range s.left {
		fail := run[p.from].fail
		order := r.order(p.left, newScope(target, exit{fail, fail}))
		parts := r.cuts(order, target.old)
		if parts == nil {
			parts = []*Node{p.left}
		}
		left = append(left, alternatives(parts, fail)...)
	}
	n := r.run(left, target, next)
	made[s.key] = n
	return n
}

// size counts the nodes from n up to a and b.
func (r *regrouper) size(n, a, b *Node) int {
	return len(r.order(n, newScope(exit{a, a}, exit{b, b})))
}
