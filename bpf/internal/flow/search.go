package flow

import "slices"

// The search for the best program: which plans are tried on which form of the
// graph.

// search looks for the best program: of those that are as short as the shortest one
// that makes nothing twice, the one of the best score.
type search struct {
	o     *optimizer
	dump  Dumper
	tried map[*Node]bool // graphs that programs were made of
	ends  map[ended]bool // graphs whose tails were merged
	large bool           // the graph is: only what the last pass makes is considered
	limit int            // on the length
	best  Code
	score float64
	err   error
}

// ended is a graph that the last pass of some plans had.
type ended struct {
	entry  *Node
	slower bool
}

// Numbers of nodes up to which a graph is looked at more closely.
const (
	smallGraph  = 9   // of which a few instructions leave nothing to gain
	variedGraph = 200 // of which all plans are tried on all forms
	mixedGraph  = 400 // beyond, terms are alike enough to be brought together, so that no other plan makes a shorter program
)

// Lengths that leave nothing to gain: in a small graph, and where the baselines agree.
const (
	fewInstructions = 6
	shortProgram    = 10
)

// run tries all plans that may be of use for the graph from given on.
func (s *search) run(given *Node) {
	entry := s.o.canonical(given)
	s.dump("", "canonical", entry)
	size := len(s.o.topological(entry))
	if size > largeGraph {
		s.large = true
		s.try(quick, s.compact(entry))
		return
	}
	s.o.linear = plans[0].linear
	s.o.regroup(entry) // which does for the other plans if no set is halved
	for _, p := range baselines {
		s.try(p, entry)
		if len(s.best.Instructions) <= fewInstructions && size <= smallGraph && !s.o.met.moot {
			return
		}
	}
	agreed := len(s.tried) == 1 && len(s.best.Instructions) <= shortProgram && !s.o.met.moot
	if size <= mixedGraph && !agreed {
		s.try(short, entry)
	}
	if size <= variedGraph && !agreed {
		s.forms(given, entry)
	}
	for _, p := range plans {
		if p.sets && !s.o.halved {
			continue
		}
		if s.try(p, entry) {
			return
		}
	}
}

// forms tries the thorough plans, on all forms of the graph.
func (s *search) forms(given, entry *Node) {
	for _, p := range thorough {
		s.try(p, entry)
	}
	met := s.o.met
	for i := 1; i < 8; i++ {
		f := form{masks: i&1 != 0, kept: i&2 != 0, moot: i&4 != 0}
		if f.masks && !met.masks || f.kept && !met.kept || f.moot && !met.moot {
			continue // there is no such node
		}
		s.o.form = f
		entry := s.o.canonical(given)
		s.dump(f.name(), "canonical", entry)
		for _, p := range baselines {
			s.try(p, entry)
		}
		s.try(short, entry)
		for _, p := range thorough {
			s.try(p, entry)
		}
	}
	s.o.form = form{}
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

// try makes the programs of plan p. It reports whether one of them keeps to the
// limit.
func (s *search) try(p plan, entry *Node) (fits bool) {
	s.o.linear = p.linear
	for _, pass := range p.passes {
		entry = pass.run(s.o, entry)
		s.dump(p.name, pass.name, entry)
		if s.large {
			entry = s.compact(entry)
		}
	}
	if s.large {
		return s.finish(p, entry)
	}
	entry = s.o.settleMoot(entry)
	if s.ends[ended{entry, p.tails.slower}] {
		return false
	}
	fits = s.finish(p, entry)
	if e := s.o.drop(entry); e != entry {
		s.dump(p.name, "drop", e)
		fits = s.finish(p, e) || fits
		if again := s.o.drop(s.o.sharpen(e)); again != e {
			s.dump(p.name, "sharpen, drop", again)
			fits = s.finish(p, again) || fits
		}
	}
	return fits
}

// finish makes the programs of the graph from entry on, with tails as they are and
// merged.
func (s *search) finish(p plan, entry *Node) (fits bool) {
	end := ended{entry, p.tails.slower}
	if s.ends[end] {
		return false
	}
	s.ends[end] = true
	s.o.g.variables = s.o.given
	if !s.large {
		fits = s.consider(entry, false)
	}
	if e := s.o.pull(entry); e != entry {
		s.dump(p.name, "pull", e)
		fits = s.consider(e, false) || fits
		entry = e
		if e := s.o.sharpen(entry); !s.large && e != entry {
			s.dump(p.name, "pull, sharpen", e)
			fits = s.consider(e, false) || fits
			entry = e
		}
	}
	entry = p.tails.run(s.o, entry)
	s.dump(p.name, p.tails.name, entry)
	return s.consider(entry, p.tails.slower) || fits
}

// consider makes the program of the graph from entry on, and keeps it if it is the
// best so far. It reports whether it keeps to the limit. A program with tails that
// were merged at the price of speed sets no limit for others.
func (s *search) consider(entry *Node, slower bool) (fits bool) {
	if s.tried[entry] {
		return false
	}
	s.tried[entry] = true
	fits = s.choose(entry, slower, false)
	if s.o.selector.summed {
		fits = s.choose(entry, slower, true) || fits
	}
	return fits
}

func (s *search) choose(entry *Node, slower, unfolded bool) (fits bool) {
	c, err := s.o.selectCode(entry, unfolded)
	if err != nil {
		s.err = err
		return false
	}
	n := len(c.Instructions)
	if n > s.limit {
		return false
	}
	if !slower || s.large {
		s.limit = n
	}
	score := c.score()
	if s.best.Instructions == nil || len(s.best.Instructions) > s.limit || score < s.score {
		s.best, s.score = c, score
	}
	return true
}
