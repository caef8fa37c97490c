package flow

import (
	"encoding/binary"
	"slices"
)

// Switch clustering. Sets: what is asked of one value in many terms is asked once.
//
// A run of alternatives, of which any one leads to the same target and the
// failure of each to the next, may be tried in any order. Alternatives that
// begin with the same value are brought together: its range is cut where their
// tests cut it, each interval keeps what is left of those that can still hold
// there, and so on with the next value. Thus addresses of hosts become a
// decision tree, words of IPv6 addresses a trie. Conjunctions are the same with
// failure and success exchanged.

// alternative is one of a run: the nodes from entry on up to the target of the
// run or fail.
type alternative struct{ entry, fail *Node }

// regrouper rewrites a graph from the end to the beginning.
type regrouper struct {
	o      *optimizer
	effort int  // nodes that may still be looked at
	fixed  bool // there are nodes other than tests

	// By node of the old graph.
	list   []*Node
	stamp  int32
	marks  []int32 // stamp of the last listing that it was in
	places []int32 // where it was there
	made   []*Node // by place: what knowing makes of it
}

// scope is where a part of the graph ends: its exits, and what is there in the
// new graph.
type scope struct {
	exits [2]exit
	done  map[*Node]*Node // parts of it that are made
}

type exit struct{ old, new *Node }

func newScope(a, b exit) *scope { return &scope{exits: [2]exit{a, b}} }

func (s *scope) exit(n *Node) *Node {
	for i := range s.exits {
		if s.exits[i].old == n {
			return s.exits[i].new
		}
	}
	return nil
}

// regroup brings the tests of a value together.
func (o *optimizer) regroup(entry *Node) *Node {
	last := &o.groups
	if last.from == entry && !last.halved && last.linear <= o.linear {
		return last.to
	}
	before := o.halved
	o.halved = false
	to := o.regroupAnew(entry)
	last.from, last.to, last.halved, last.linear = entry, to, o.halved, o.linear
	o.halved = o.halved || before
	return to
}

func (o *optimizer) regroupAnew(entry *Node) *Node {
	n := o.g.nodeCount + 1
	r := regrouper{o: o, effort: 32*n + 1024, marks: make([]int32, n), places: make([]int32, n)}
	for _, n := range o.topological(entry) {
		r.fixed = r.fixed || n.Kind == NodeLet || n.Kind == NodeChain
	}
	yes, no := o.g.Accept(), o.g.Reject()
	return r.region(entry, newScope(exit{yes, yes}, exit{no, no}))
}

// region makes the nodes from n up to the exits of s anew.
func (r *regrouper) region(n *Node, s *scope) *Node {
	if x := s.exit(n); x != nil {
		return x
	}
	if d := s.done[n]; d != nil {
		return d
	}
	if s.done == nil {
		s.done = make(map[*Node]*Node)
	}
	var made *Node
	order := r.order(n, s)
	for i := range s.exits {
		if parts := r.cuts(order, s.exits[i].old); parts != nil {
			rest := s.exits[1-i]
			made = r.run(alternatives(parts, rest.old), s.exits[i], rest.new)
			break
		}
	}
	if made == nil {
		m := *n
		m.Yes = r.region(n.Yes, s)
		if n.No != nil {
			m.No = r.region(n.No, s)
		}
		made = r.o.make(m)
	}
	s.done[n] = made
	return made
}

// order lists the nodes from n up to the exits of s, each before its
// successors. It is nil when that takes too long, and valid until the next call.
func (r *regrouper) order(n *Node, s *scope) []*Node {
	if r.effort <= 0 {
		return nil
	}
	r.stamp++
	r.list = r.visit(r.list[:0], n, s)
	order := r.list
	slices.Reverse(order)
	for i, n := range order {
		r.places[n.id] = int32(i)
	}
	r.effort -= len(order)
	return order
}

// visit appends the nodes from n on that are not listed yet, each after its
// successors.
func (r *regrouper) visit(order []*Node, n *Node, s *scope) []*Node {
	for int(n.id) >= len(r.marks) { // made by joinBits
		r.marks = append(r.marks, 0)
		r.places = append(r.places, 0)
	}
	if r.marks[n.id] == r.stamp || s.exit(n) != nil {
		return order
	}
	r.marks[n.id] = r.stamp
	if n.No != nil {
		order = r.visit(order, n.No, s)
	}
	return append(r.visit(order, n.Yes, s), n)
}

// cuts finds the nodes that all ways from the first node of order, the last
// listing, pass, except those to target. It returns nil when there is none
// beside the first.
func (r *regrouper) cuts(order []*Node, target *Node) []*Node {
	if len(order) < 2 {
		return nil
	}
	var found []*Node
	reach := 0
	for i, n := range order {
		if i == reach {
			found = append(found, n)
		}
		for _, next := range [...]*Node{n.Yes, n.No} {
			if next == nil || next == target {
				continue
			}
			if r.marks[next.id] != r.stamp { // another exit
				return several(found)
			}
			reach = max(reach, int(r.places[next.id]))
		}
	}
	return several(found)
}

// several is found if that is more than one.
func several(found []*Node) []*Node {
	if len(found) < 2 {
		return nil
	}
	return found
}

// alternatives makes the run of parts that fails to rest.
func alternatives(parts []*Node, rest *Node) []alternative {
	run := make([]alternative, len(parts))
	for i := range run {
		run[i] = alternative{parts[i], rest}
		if i+1 < len(parts) {
			run[i].fail = parts[i+1]
		}
	}
	return run
}

// run makes the alternatives of a run: any of them leads to target, the
// failure of all to rest.
func (r *regrouper) run(run []alternative, target exit, rest *Node) *Node {
	next := rest
	end := len(run)
	for i := len(run) - 1; i >= -1; i-- {
		if i >= 0 && r.movable(run[i], target.old) {
			continue
		}
		next = r.group(run[i+1:end], target, next)
		if i >= 0 {
			next = r.region(run[i].entry, newScope(target, exit{run[i].fail, next}))
		}
		end = i
	}
	return next
}

// movable reports whether an alternative may change places with others, which
// is so if it gives no variable another value.
func (r *regrouper) movable(a alternative, target *Node) bool {
	if !r.fixed {
		return true
	}
	for _, n := range r.order(a.entry, newScope(exit{target, target}, exit{a.fail, a.fail})) {
		if n.Kind != NodeTest {
			return false
		}
	}
	return r.effort > 0
}

// question is what an alternative asks first: where a value lies, or whether
// one test holds.
type question struct {
	op          TestOp
	left, right *Value
}

func (a alternative) question() question {
	n := a.entry
	if n.Right.IsConst() && n.Op != TestSet {
		return question{left: n.Left}
	}
	return question{n.Op, n.Left, n.Right}
}

// maxGroups bounds how often a run is looked through for the next question that
// is asked more than once.
const maxGroups = 32

// group makes alternatives such that those with the same question ask it once.
func (r *regrouper) group(run []alternative, target exit, next *Node) *Node {
	return r.groups(r.joinBits(run, target.old), target, next, maxGroups)
}

func (r *regrouper) groups(run []alternative, target exit, next *Node, left int) *Node {
	count := make(map[question]int, len(run))
	for _, a := range run {
		count[a.question()]++
	}
	i := slices.IndexFunc(run, func(a alternative) bool { return count[a.question()] > 1 })
	if i >= 0 && left > 0 && r.effort > 0 {
		rest := run[i:]
		run = run[:i]
		if n := r.single(rest, target, next); n != nil {
			next = n
		} else {
			same, others := r.divide(rest)
			next = r.bucket(same, target, r.groups(others, target, next, left-1))
		}
	}
	for _, a := range slices.Backward(run) {
		next = r.region(a.entry, newScope(target, exit{a.fail, next}))
	}
	return next
}

// divide takes the alternatives with the first question out of run. Of the
// others those come first that ask for the same value.
func (r *regrouper) divide(run []alternative) (same, others []alternative) {
	q := run[0].question()
	var near []alternative
	for _, a := range run {
		switch p := a.question(); {
		case p == q:
			same = append(same, a)
		case p.left == q.left:
			near = append(near, a)
		default:
			others = append(others, a)
		}
	}
	return same, append(near, others...)
}

// maxSingle is how many alternatives with the same question may leave one
// answer open.
const maxSingle = 16

// single makes a run whose first question leaves one answer that does not
// succeed at once: what is left then stays in its order. It returns nil for
// other runs.
func (r *regrouper) single(run []alternative, target exit, next *Node) *Node {
	q := run[0].question()
	alike := 0
	for _, a := range run {
		if a.question() == q {
			alike++
		}
	}
	if alike < 2 || alike > maxSingle || alike == len(run) {
		return nil
	}
	var pieces []piece
	for i, a := range run {
		if a.question() == q {
			pieces = r.pieces(pieces, a, int32(i), target.old)
		} else {
			pieces = append(pieces, piece{0, int32(i), a.entry})
		}
	}
	steps, _ := r.sweep(run, sortPieces(pieces), target)
	open := ""
	for _, s := range steps {
		switch {
		case s.left[0].left == target.old:
		case open == "":
			open = s.key
		case open != s.key:
			return nil
		}
	}
	if steps == nil || open == "" {
		return nil
	}
	return r.decide(q, run, steps, target, next)
}

// joinBits makes one alternative of those that ask for bits of the same value.
func (r *regrouper) joinBits(run []alternative, target *Node) []alternative {
	at := make(map[*Value]int)
	var joined []alternative
	for _, a := range run {
		n := a.entry
		if n.Op != TestSet || !n.Right.IsConst() || n.Yes != target || n.No != a.fail {
			joined = append(joined, a)
			continue
		}
		i, ok := at[n.Left]
		if !ok {
			at[n.Left] = len(joined)
			joined = append(joined, a)
			continue
		}
		old := joined[i].entry
		k := r.o.g.Constant(old.Right.K | n.Right.K)
		joined[i].entry = r.o.g.newNode(Node{Kind: NodeTest, Op: TestSet, Left: n.Left, Right: k, Yes: old.Yes, No: old.No, pos: old.pos})
	}
	return joined
}

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
