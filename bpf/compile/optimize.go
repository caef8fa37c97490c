package compile

// optimizer rewrites a flow graph, pass by pass.
type optimizer struct {
	g         *graph
	nodes     map[nodeKey]*node
	simple    table[value] // by value: its simplest form
	limits    table[bounds]
	variables table[bool] // whether a value depends on variables
}

// pass turns the graph from a node on into an equivalent one.
type pass struct {
	name string
	run  func(*optimizer, *node) *node
}

// passes run in this order. The graph after each can be dumped under its name.
var passes = [...]pass{
	{"canonical", (*optimizer).canonical},
	{"regroup", (*optimizer).regroup},
	{"thread", (*optimizer).threaded},
}

func newOptimizer(g *graph) *optimizer {
	return &optimizer{g: g, nodes: make(map[nodeKey]*node)}
}

// optimize makes the program for the graph from entry on. When dump is not nil
// it is called with the graph after each pass.
func optimize(g *graph, entry *node, dump func(pass string, entry *node)) (code, error) {
	o := newOptimizer(g)
	for _, p := range passes {
		entry = p.run(o, entry)
		if dump != nil {
			dump(p.name, entry)
		}
	}
	return o.selectCode(entry)
}

// canonical makes values and tests simple.
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

// threaded passes tests whose answer is known.
func (o *optimizer) threaded(entry *node) *node {
	if n, ok := o.duplicate(entry, 4000); ok {
		return n
	}
	return o.sharpen(o.sharpen(entry))
}
