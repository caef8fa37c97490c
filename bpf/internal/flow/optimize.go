package flow

import (
	"slices"
)

// pass turns the graph from a node on into an equivalent one.
type pass struct {
	name string
	run  func(*optimizer, *Node) *Node
}

// The passes.
var (
	passRegroup   = pass{"regroup", (*optimizer).regroup}
	passDuplicate = pass{"duplicate", (*optimizer).duplicate}
	passSharpen   = pass{"sharpen", (*optimizer).sharpen}
	passShorten   = pass{"shorten", (*optimizer).shorten}
	passShare     = pass{"share", (*optimizer).share}
	passJoin      = pass{"join", (*optimizer).join}
)

// plan is a list of passes. Plans differ in what they do for speed at the price
// of length.
type plan struct {
	name   string
	linear int  // how many values of a set are asked for one after the other
	sets   bool // differs from other plans for sets of more values alone
	passes []pass
	tails  pass
}

// anyNumber is a linear for sets that are not halved.
const anyNumber = 1 << 30

// baselines make nothing twice and nothing slower. The length of the shorter
// one is what the other plans have to keep to.
var baselines = [...]plan{
	{"regrouped", anyNumber, false, []pass{passRegroup, passSharpen}, passJoin},
	{"in order", anyNumber, false, []pass{passSharpen, passSharpen}, passJoin},
	{"regrouped late", anyNumber, false, []pass{passSharpen, passSharpen, passRegroup, passSharpen}, passJoin},
}

// short is one more baseline, for terms of many kinds.
var short = plan{"short", anyNumber, false, []pass{passShorten}, passJoin}

// quick is the plan for long lists.
var quick = plan{"quick", 3, false, []pass{passRegroup, passSharpen}, passShare}

// plans are tried in this order, up to the first whose program keeps to that.
var plans = [...]plan{
	{"fast", 3, false, []pass{passRegroup, passDuplicate}, passShare},
	{"short lists", 12, true, []pass{passRegroup, passDuplicate}, passShare},
	{"lists", 48, true, []pass{passRegroup, passDuplicate}, passShare},
	{"long lists", anyNumber, true, []pass{passRegroup, passDuplicate}, passShare},
	{"fast in order", anyNumber, false, []pass{passDuplicate}, passShare},
	{"regrouped late", anyNumber, false, []pass{passSharpen, passSharpen, passRegroup, passSharpen}, passShare},
}

// Dumper is called with the graph after a pass.
type Dumper func(plan, pass string, entry *Node)

// Optimize makes the program for the graph from entry on. dump may be nil.
func Optimize(g *Graph, entry *Node, dump Dumper) (Code, error) {
	if dump == nil {
		dump = func(string, string, *Node) {}
	}
	o := newOptimizer(g)
	entry = o.canonical(entry)
	dump("", "canonical", entry)
	s := search{o: o, dump: dump, limit: anyNumber, tried: make(map[*Node]bool)}
	if size := o.seenAll(entry); size > largeGraph {
		s.large = true
		s.try(quick, s.compact(entry))
	} else {
		s.all(entry, size)
	}
	if s.best.Instructions == nil {
		return Code{}, s.err
	}
	return s.best, nil
}

// Settle is the graph from entry on without the tests that earlier answers
// settle: the accepting or the rejecting return when the outcome is certain.
func Settle(g *Graph, entry *Node) *Node {
	o := newOptimizer(g)
	return o.sharpen(o.sharpen(o.canonical(entry)))
}

// mixedGraph is the number of nodes above which terms are alike enough to be
// brought together, so that no other plan makes a shorter program.
const mixedGraph = 400

// seenAll counts the nodes from entry on.
func (o *optimizer) seenAll(entry *Node) int { return len(o.topological(entry)) }

// all tries all plans that may be of use for a graph of so many nodes.
func (s *search) all(entry *Node, size int) {
	s.o.linear = plans[0].linear
	s.o.regroup(entry) // which does for the other plans if no set is halved
	for _, p := range baselines {
		s.try(p, entry)
		if len(s.best.Instructions) <= fewInstructions {
			return
		}
	}
	if size <= mixedGraph {
		s.try(short, entry)
	}
	s.limit = len(s.best.Instructions)
	for _, p := range plans {
		if p.sets && !s.o.halved {
			continue
		}
		if s.try(p, entry) {
			return
		}
	}
}

// fewInstructions is a length that leaves nothing to gain.
const fewInstructions = 6

// search looks for the best program.
type search struct {
	o     *optimizer
	dump  Dumper
	tried map[*Node]bool
	large bool // the graph is: only what the last pass makes is considered
	limit int  // on the length; anyNumber: the shortest program is the best
	best  Code
	score float64
	err   error
}

// compact makes the nodes from entry on anew in a graph that has no others, so
// that what is kept by node takes room for these alone.
func (s *search) compact(entry *Node) *Node {
	order := s.o.topological(entry)
	g := *s.o.g
	g.nodeCount, g.nodeSlab = 0, nil
	g.rejecting = g.newNode(*g.rejecting)
	g.accepting = g.newNode(*g.accepting)
	made := make([]*Node, s.o.g.nodeCount+1)
	made[s.o.g.rejecting.id], made[s.o.g.accepting.id] = g.rejecting, g.accepting
	o := newOptimizer(&g)
	o.given, o.remembered = s.o.given, maxFindingsLarge
	o.nodes.reserve(len(order))
	for _, n := range slices.Backward(order) {
		if n.Kind == NodeReturn {
			continue
		}
		m := *n
		m.Yes = made[n.Yes.id]
		if n.No != nil {
			m.No = made[n.No.id]
		}
		made[n.id] = o.nodes.intern(&g, &m)
	}
	o.order = order[:0]
	s.o = o
	return made[entry.id]
}

// try makes the programs of plan p, with tails as they are and merged. It
// reports whether one of them keeps to the limit.
func (s *search) try(p plan, entry *Node) (fits bool) {
	s.o.g.variables = s.o.given
	s.o.linear = p.linear
	for _, pass := range p.passes {
		entry = pass.run(s.o, entry)
		s.dump(p.name, pass.name, entry)
		if s.large {
			entry = s.compact(entry)
		}
	}
	if !s.large {
		fits = s.consider(entry)
	}
	if e := s.o.pull(entry); e != entry {
		s.dump(p.name, "pull", e)
		fits = s.consider(e) || fits
		entry = e
	}
	entry = p.tails.run(s.o, entry)
	s.dump(p.name, p.tails.name, entry)
	return s.consider(entry) || fits
}

// consider makes the program of the graph from entry on.
func (s *search) consider(entry *Node) (fits bool) {
	if s.tried[entry] {
		return false
	}
	s.tried[entry] = true
	c, err := s.o.selectCode(entry)
	if err != nil {
		s.err = err
		return false
	}
	if len(c.Instructions) > s.limit {
		return false
	}
	score := c.score()
	better := score < s.score
	if s.limit == anyNumber && len(c.Instructions) != len(s.best.Instructions) {
		better = len(c.Instructions) < len(s.best.Instructions)
	}
	if s.best.Instructions == nil || better {
		s.best, s.score = c, score
	}
	return true
}

// canonical is constant folding, algebraic simplification and dead code
// elimination: it makes values and tests simple, and drops assignments to variables
// that nobody asks for.
func (o *optimizer) canonical(entry *Node) *Node {
	order := o.topological(entry)
	var done table[*Node]
	made := func(n *Node) *Node {
		if n == nil {
			return nil
		}
		return *done.at(n.id)
	}
	done.reserve(o.g.nodeCount + 1)
	for _, n := range slices.Backward(order) {
		yes, no := made(n.Yes), made(n.No)
		to := n
		switch n.Kind {
		case NodeTest:
			to = o.canonicalTest(n, yes, no)
		case NodeLet:
			if to = yes; o.liveOf(yes)&n.Left.variables() != 0 {
				to = o.canonicalLet(n, yes)
			}
		case NodeChain:
			c := *n.chain
			c.Next, c.At = o.simplify(c.Next), o.simplify(c.At)
			to = o.walk(&c, yes, no, n.pos)
		}
		done.put(n.id, to)
	}
	return made(entry)
}

func (o *optimizer) canonicalTest(n, yes, no *Node) *Node {
	if yes == no {
		return yes
	}
	left, right := o.simplify(n.Left), o.simplify(n.Right)
	if left == Impossible || right == Impossible {
		return o.g.Reject()
	}
	return o.branch(n.Op, left, right, yes, no, n.pos)
}

func (o *optimizer) canonicalLet(n, next *Node) *Node {
	to := o.simplify(n.Right)
	if to == Impossible {
		return o.g.Reject()
	}
	return o.let(n.Left, to, next, n.pos)
}
