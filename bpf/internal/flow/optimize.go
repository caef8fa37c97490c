package flow

// pass turns the graph from a node on into an equivalent one.
type pass struct {
	name string
	run  func(*optimizer, *Node) *Node

	slower bool // packets may run more instructions for it
}

// The passes.
var (
	passRegroup   = pass{name: "regroup", run: (*optimizer).regroup}
	passDuplicate = pass{name: "duplicate", run: (*optimizer).duplicate}
	passSharpen   = pass{name: "sharpen", run: (*optimizer).sharpen}
	passShorten   = pass{name: "shorten", run: (*optimizer).shorten}
	passRepeat    = pass{name: "repeat", run: (*optimizer).repeat}
	passShare     = pass{name: "share", run: (*optimizer).share, slower: true}
	passJoin      = pass{name: "join", run: (*optimizer).join}
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

// baselines make nothing twice and nothing slower.
var baselines = [...]plan{
	{"regrouped", anyNumber, false, []pass{passRegroup, passSharpen}, passJoin},
	{"in order", anyNumber, false, []pass{passSharpen, passSharpen}, passJoin},
	{"regrouped late", anyNumber, false, []pass{passSharpen, passSharpen, passRegroup, passSharpen}, passJoin},
}

// short is one more baseline, for terms of many kinds.
var short = plan{"short", anyNumber, false, []pass{passShorten}, passJoin}

// thorough are those for graphs that are not large.
var thorough = [...]plan{
	{"repeated", anyNumber, false, []pass{passRepeat, passSharpen, passSharpen}, passJoin},
	{"repeated, regrouped", anyNumber, false, []pass{passRepeat, passRegroup, passSharpen}, passJoin},
	{"regrouped, repeated", anyNumber, false, []pass{passRegroup, passRepeat, passSharpen, passSharpen}, passJoin},
	{"repeats alone", anyNumber, false, []pass{passRepeat}, passJoin},
}

// quick is the plan for long lists.
var quick = plan{"quick", 3, false, []pass{passRegroup, passSharpen}, passShare}

// plans are tried in this order, up to the first whose program keeps to the length of
// the shortest so far.
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
	if g.nodeCount > largeGraph {
		o.nodes.reserve(g.nodeCount)
		o.order = make([]*Node, 0, g.nodeCount)
	}
	s := search{o: o, dump: dump, limit: anyNumber, tried: make(map[*Node]bool), ends: make(map[ended]bool)}
	s.run(entry)
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
