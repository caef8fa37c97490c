// Package compile makes classic BPF programs of filter expressions in the
// language of pcap-filter(7), as libpcap 1.10 has it, for every link type that
// libpcap compiles for.
//
// The stages, each in files of its own:
//
//   - lexer.go, keyword.go: characters to tokens.
//   - parser*.go, tree.go: tokens to a tree of terms with their places in the
//     expression. The parser puts down each term as it is complete, for what is
//     wrong with it counts before what is wrong in the syntax behind it.
//   - gen*.go: each term, in the order of the source, to a formula over tests
//     of the packet (pred.go). Here the link type decides what a term means,
//     and terms such as vlan change what those to their right look at.
//   - libpcap.go, folding.go, passable.go, contradiction.go: what libpcap refuses,
//     and which part of an expression is to blame.
//   - pred.go: the formula of the whole expression to a flow graph, whose nodes
//     compare values of the packet.
//   - bpf/internal/flow: the graph to a better one, pass by pass, and that to
//     instructions.
//
// To add a primitive, touch these places: termOp and its name in tree.go, the
// word in keyword.go, what follows it in parser_terms.go, its meaning in
// generator.term and a gen_*.go file, a line in sampleExpressions and in
// testdata/plain.golden. To add a link type: fixedLayout in gen_link.go, and
// how it marks the type of its payload in gen_linktype.go.
//
// The package keeps its API stable as long as the module's major version does;
// the instructions it chooses may change with every version, what they accept
// may not.
package compile
