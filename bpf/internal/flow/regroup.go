package flow

import "slices"

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
	fixed  bool // there are nodes that have to stay where they are

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
	few   [4]exit         // parts of it that are made
	done  map[*Node]*Node // more of them, where there are
	n     int             // of few
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

// part is what was made of the nodes from n on, nil where nothing was yet.
func (s *scope) part(n *Node) *Node {
	for i := range s.few[:s.n] {
		if s.few[i].old == n {
			return s.few[i].new
		}
	}
	return s.done[n]
}

// keep has part find what was made of the nodes from n on.
func (s *scope) keep(n, made *Node) {
	if s.n < len(s.few) {
		s.few[s.n] = exit{n, made}
		s.n++
		return
	}
	if s.done == nil {
		s.done = make(map[*Node]*Node)
	}
	s.done[n] = made
}

// regroup is switch clustering: it brings the tests of a value together.
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
	order := o.topological(entry)
	r.list = make([]*Node, 0, len(order))
	for _, n := range order {
		r.fixed = r.fixed || n.fixed()
	}
	yes, no := o.g.Accept(), o.g.Reject()
	return r.region(entry, newScope(exit{yes, yes}, exit{no, no}))
}

// region makes the nodes from n up to the exits of s anew.
func (r *regrouper) region(n *Node, s *scope) *Node {
	if x := s.exit(n); x != nil {
		return x
	}
	if d := s.part(n); d != nil {
		return d
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
	s.keep(n, made)
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

// fixed reports whether what comes before and behind n has to stay there.
func (n *Node) fixed() bool {
	return n.Kind == NodeLet || n.Kind == NodeChain || n.moot()
}

// movable reports whether an alternative may change places with others, which
// is so if it gives no variable another value and rejects no packet.
func (r *regrouper) movable(a alternative, target *Node) bool {
	if !r.fixed {
		return true
	}
	for _, n := range r.order(a.entry, newScope(exit{target, target}, exit{a.fail, a.fail})) {
		if n.fixed() {
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
