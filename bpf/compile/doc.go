// Package compile makes classic BPF programs of filter expressions in the
// language of pcap-filter(7), as libpcap 1.10 has it, for every link type that
// libpcap compiles for.
//
// The stages, each in files of its own:
//
//   - api.go, compile.go, tryout.go: what others call.
//   - bpf/internal/syntax: characters to a tree of terms, and what may be meant by
//     those that are wrong.
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
// To add a primitive, touch these places: its row in syntax.Words, with a TermOp,
// what follows the word in syntax/parser_terms.go, and its meaning in
// generator.term and a gen_*.go file; the tests name what is left out. To add a
// link type: fixedLayout in gen_link.go, and how it marks the type of its payload
// in gen_linktype.go.
//
// The package keeps its API stable as long as the module's major version does;
// the instructions it chooses may change with every version, what they accept
// may not.
package compile
