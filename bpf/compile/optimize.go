package compile

// optimizer rewrites a flow graph.
type optimizer struct {
	g         *graph
	nodes     map[nodeKey]*node
	simple    table[value] // by value: its simplest form
	bounds    table[known]
	variables table[bool] // whether a value depends on variables
}

func newOptimizer(g *graph) *optimizer {
	return &optimizer{g: g, nodes: make(map[nodeKey]*node)}
}

// canonical makes the graph from entry on of simple values and tests.
func (o *optimizer) canonical(entry *node) *node {
	order := topological(entry)
	done := make(map[*node]*node, len(order))
	for i := len(order) - 1; i >= 0; i-- {
		n := order[i]
		yes, no := done[n.yes], done[n.no]
		switch n.kind {
		case nodeReturn:
			done[n] = n
		case nodeTest:
			done[n] = o.branch(n.op, o.simplify(n.left), o.simplify(n.right), yes, no, n.pos)
		case nodeLet:
			done[n] = o.let(n.left, o.simplify(n.right), yes, n.pos)
		case nodeChain:
			c := *n.chain
			c.next, c.at = o.simplify(c.next), o.simplify(c.at)
			done[n] = o.walk(&c, yes, no, n.pos)
		}
	}
	return done[entry]
}
