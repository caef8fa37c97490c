// Package compile makes classic BPF programs of filter expressions in the language
// of pcap-filter(7), as libpcap 1.10 has it (or 1.11: see Options.Like), for every link
// type that libpcap compiles for. It needs no C library and looks nothing up but
// through Names.
//
// A Matcher is an expression at work on packets:
//
//	m, err := compile.NewMatcher("tcp port 443 and host 192.0.2.1", src.LinkType(), compile.Options{})
//	if err != nil {
//		return err
//	}
//	for pkt, err := range capture.Packets(src) {
//		if err == nil && m.Match(pkt) {
//			...
//		}
//	}
//
// A live capture takes it as it is (live.Live.StartFilter). Compile gives the program
// itself, to be attached to a socket, converted to eBPF or shown. What the packets
// look like where it runs has to be said, since programs differ: on a socket of
// Linux (ModeLive) a VLAN tag is beside the packet, elsewhere it is in it.
//
//	p, err := compile.Compile("vlan 5", capture.LinkEN10MB, compile.ModeLive, compile.Options{})
//
// # Errors
//
// An *Error says where in the expression what is wrong, in libpcap's words, which are
// few; its Detail has a caret under it, and often what is meant:
//
//	var wrong *compile.Error
//	if errors.As(err, &wrong) {
//		fmt.Fprint(os.Stderr, wrong.Detail())
//	}
//
// RejectsAll tells expressions that no packet can match from wrong ones.
//
// # Goroutines
//
// Functions may be called from several goroutines, and Programs, Exprs and Matchers be
// shared.
//
// # Versions
//
// The package keeps its API as semantic versioning has it (docs/library.md); the
// instructions it chooses may change with every version, what they accept may not.
//
// # For who works on it
//
// The stages, each in files of its own:
//
//   - api.go, compile.go, match.go, tryout.go: what others call.
//   - bpf/internal/syntax: characters to a tree of terms, and what may be meant by
//     those that are wrong.
//   - gen*.go: each term, in the order of the source, to a formula over tests of
//     the packet (pred.go). Here the link type decides what a term means, and
//     terms such as vlan change what those to their right look at.
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
package compile
