package compile

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

var dumpExpr = flag.String("dump", "", "show the flow graph of this expression (Ethernet) after each pass")

// TestDump looks at the graph after every pass; with -dump it shows them.
func TestDump(t *testing.T) {
	expr := "tcp port 80"
	if *dumpExpr != "" {
		expr = *dumpExpr
	}
	e, err := syntax.Parse(expr, false, versions.V4_99_6)
	if err != nil {
		t.Fatal(err)
	}
	g := generator{opts: &options{link: capture.LinkEN10MB, Options: Options{Names: &Names{}}}, expr: e, graph: flow.NewGraph(262144)}
	formula, problem := g.generate(true)
	if problem != nil {
		t.Fatal(problem)
	}
	var seen []string
	last := ""
	_, failed := flow.Optimize(g.graph, lower(g.graph, formula), func(plan, pass string, entry *flow.Node) {
		name := strings.TrimSpace(plan + ": " + pass)
		seen = append(seen, name)
		text := flow.Text(entry)
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
