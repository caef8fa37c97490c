package flow

import "slices"

// optimizer rewrites a flow graph, pass by pass.
type optimizer struct {
	g     *Graph
	nodes nodeTable
	caches
	rooms

	remembered int    // how many values a way remembers something about
	given      uint32 // variables of the graph as it was
	linear     int    // how many values of a set are asked for one after the other
	halved     bool   // a set was halved, since it had more
	form       form   // that nodes are brought into
	met        form   // where they would be others in another form
}

func newOptimizer(g *Graph) *optimizer {
	return &optimizer{g: g, given: g.variables, remembered: maxFindings}
}

// largeGraph is the number of nodes above which one plan must do.
const largeGraph = 3000

// caches are what the optimizer has found out of values and nodes, once and for
// all.
type caches struct {
	// By value.
	simple      table[*Value] // its simplest form
	limits      table[bounds]
	compared    table[struct{}] // that are compared with several others
	variables   table[bool]     // whether it depends on variables
	valueShapes table[uint64]

	// By node: of it and what comes behind.
	live       table[uint64] // variables asked for
	shapes     table[uint64]
	sharpened  table[*Node]
	repeated   table[*Node]
	duplicated table[*Node]
	support    table[uint64] // values asked for, a bit each
	slots      table[uint64] // by value: its bit
	slotCount  int

	groups struct { // the graph that was regrouped last
		from, to *Node
		halved   bool
		linear   int
	}
}

// rooms are what passes and selection fill anew for each graph; they keep their
// memory.
type rooms struct {
	seen     table[struct{}]
	order    []*Node
	guesses  table[machineGuess]
	pairs    table[*Node]
	back     table[*Node]
	merged   table[*Node]
	replaced table[*Node]
	dropped  table[*Node]
	findings findings
	sharp    sharpener
	pulls    puller
	selector selector
}

// variables has a bit for each variable in v.
func (v *Value) variables() uint64 {
	if v == nil {
		return 0
	}
	if v.Op == OpVariable {
		return 1 << min(v.K, 63)
	}
	return v.Left.variables() | v.Right.variables()
}

// topological lists the nodes from entry on, each before its successors. The
// list is valid until the next call.
func (o *optimizer) topological(entry *Node) []*Node {
	o.seen.clear()
	o.seen.reserve(o.g.nodeCount + 1)
	o.order = o.visit(o.order[:0], entry)
	slices.Reverse(o.order)
	return o.order
}

// visit appends the nodes from n on that are not listed yet, each after its
// successors.
func (o *optimizer) visit(order []*Node, n *Node) []*Node {
	if o.seen.at(n.id) != nil {
		return order
	}
	o.seen.put(n.id, struct{}{})
	if n.No != nil {
		order = o.visit(order, n.No)
	}
	if n.Yes != nil {
		order = o.visit(order, n.Yes)
	}
	return append(order, n)
}
