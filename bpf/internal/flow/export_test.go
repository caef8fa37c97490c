package flow

import "slices"

// EveryPlan calls see with the program of each plan for the graph that build
// makes, with tails as they are and merged.
func EveryPlan(build func() (*Graph, *Node), see func(plan string, tails bool, c Code, err error)) {
	for _, p := range slices.Concat(baselines[:], thorough[:], plans[:], []plan{short, quick}) {
		for _, tails := range []bool{false, true} {
			g, entry := build()
			o := newOptimizer(g)
			n := o.canonical(entry)
			o.linear = p.linear
			for _, pass := range p.passes {
				n = pass.run(o, n)
			}
			if tails {
				n = p.tails.run(o, n)
			}
			c, err := o.selectCode(n, false)
			see(p.name, tails, c, err)
		}
	}
}
