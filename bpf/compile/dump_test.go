package compile

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

var dumpExpr = flag.String("dump", "", "show the flow graph of this expression (Ethernet) after each pass")

// TestDump looks at the graph after every pass; with -dump it shows them.
func TestDump(t *testing.T) {
	expr := "tcp port 80"
	if *dumpExpr != "" {
		expr = *dumpExpr
	}
	e, err := parse(expr, false)
	if err != nil {
		t.Fatal(err)
	}
	g := generator{opts: &Options{LinkType: capture.LinkEN10MB, Names: &Names{}}, expr: e, graph: newGraph(262144)}
	formula, problem := g.generate(true)
	if problem != nil {
		t.Fatal(problem)
	}
	var seen []string
	last := ""
	_, failed := optimize(g.graph, lower(g.graph, formula), func(plan, pass string, entry *node) {
		name := strings.TrimSpace(plan + ": " + pass)
		seen = append(seen, name)
		text := graphText(entry)
		if !strings.Contains(text, "return") {
			t.Errorf("the graph after %s does not end:\n%s", name, text)
		}
		if *dumpExpr != "" && text != last {
			fmt.Printf("%s\n%s\n", name, text)
			last = text
		}
	})
	if failed != nil {
		t.Fatal(failed)
	}
	if len(seen) == 0 || seen[0] != ": canonical" || *dumpExpr == "" && !slices.Contains(seen, "fast: duplicate") {
		t.Errorf("passes dumped: %q", seen)
	}
}

// graphText lists the nodes from entry on.
func graphText(entry *node) string {
	var b strings.Builder
	seen := make(map[*node]bool)
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		switch n.kind {
		case nodeReturn:
			fmt.Fprintf(&b, "%4d  return %d\n", n.id, n.snaplen)
		case nodeLet:
			fmt.Fprintf(&b, "%4d  %s := %s, then %d\n", n.id, valueText(n.left), valueText(n.right), n.yes.id)
		case nodeChain:
			fmt.Fprintf(&b, "%4d  chain from %s to protocol %d at %s? %d : %d\n", n.id, valueText(n.chain.next), n.chain.want, valueText(n.chain.at), n.yes.id, n.no.id)
		default:
			op := [...]string{testEq: "==", testGt: ">", testGe: ">=", testSet: "&"}[n.op]
			fmt.Fprintf(&b, "%4d  %s %s %s? %d : %d\n", n.id, valueText(n.left), op, valueText(n.right), n.yes.id, n.no.id)
		}
		visit(n.yes)
		visit(n.no)
	}
	visit(entry)
	return b.String()
}

func valueText(v *value) string {
	switch v.op {
	case valueConst:
		return fmt.Sprintf("%#x", v.k)
	case valueLoad:
		if v.left == nil {
			return fmt.Sprintf("[%d:%d]", v.k, v.size)
		}
		return fmt.Sprintf("[%s+%d:%d]", valueText(v.left), v.k, v.size)
	case valueLength:
		return "len"
	case valueAncillary:
		return fmt.Sprintf("ancillary %d", v.k)
	case valueVariable:
		return fmt.Sprintf("v%d", v.k)
	case valueNeg:
		return "-" + valueText(v.left)
	}
	ops := [...]string{valueAdd: "+", valueSub: "-", valueMul: "*", valueDiv: "/", valueMod: "%", valueAnd: "&", valueOr: "|", valueXor: "^", valueLsh: "<<", valueRsh: ">>"}
	return fmt.Sprintf("(%s %s %s)", valueText(v.left), ops[v.op], valueText(v.right))
}
