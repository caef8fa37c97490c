// Package flow is the back end of the filter compiler: it takes a flow graph and
// gives a classic BPF program.
//
// What it takes: a Graph, made node by node from its end to its beginning, of
// tests on values of the packet (graph.go). It knows no language, no link type
// and no protocol but those that a walk along headers passes (chain.go).
//
// What it gives: Code, the instructions and for each the Span of the expression
// that it comes from. Optimize makes the best program, SelectPlain one that asks
// what the graph asks, as it stands. Both accept the same packets. Settle says
// whether a graph always or never accepts, as far as the passes see.
//
// Optimize runs the passes in this order; optimize.go has them as tables, search.go
// says which are tried on what:
//
//  1. canonical (canonical.go, simplify.go, branch.go): constant folding,
//     algebraic simplification, dead code elimination of assignments. There are
//     several forms of a graph.
//  2. One plan after the other, each a list of these: regroup (regroup.go,
//     cluster.go, decision.go), switch clustering; sharpen, shorten and repeat
//     (propagate.go), branch propagation; duplicate (thread.go), jump threading.
//     What a way knows of values is in findings.go.
//  3. drop (drop.go): redundant test elimination; what it leaves is one more graph.
//  4. pull (pull.go): reordering of tests for fewer loads.
//  5. join or share (sharetails.go): tail merging in the graph.
//  6. selectCode (select.go, operands.go, registers.go): instruction selection
//     with allocation of A, X and scratch words, then dead store elimination
//     (deadstore.go), tail merging of blocks (blocktails.go) and layout with
//     long jumps (layout.go).
//  7. score (cost.go) is the cost model by which the best program is chosen.
//
// To look at the graph after each pass, give Optimize a Dumper; Text shows it.
package flow
