package compile

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

func TestExplanation(t *testing.T) {
	p, err := Compile("arp and  greater 100", Options{LinkType: capture.LinkEN10MB})
	if err != nil {
		t.Fatal(err)
	}
	got := string(p.AppendExplanation(nil))
	first, rest, _ := strings.Cut(got, "\n\n")
	if want := "(arp) and (greater 100)"; first != want {
		t.Errorf("is understood as %q, want %q", first, want)
	}
	for _, want := range []string{"(000) ldh      [12]", "  arp\n", "  greater 100\n", "ret      #262144"} {
		if !strings.Contains(rest, want) {
			t.Errorf("explanation lacks %q:\n%s", want, got)
		}
	}
}

func TestDot(t *testing.T) {
	for _, expr := range []string{"", "arp and greater 100", "ip proto 6 or ip6 protochain 50", `host both and port 80`} {
		p, err := Compile(expr, Options{LinkType: capture.LinkEN10MB, Names: &testNames})
		if err != nil {
			t.Fatal(err)
		}
		dot := string(p.AppendDot(nil))
		if !strings.HasPrefix(dot, "digraph ") || !strings.HasSuffix(dot, "}\n") {
			t.Errorf("%q: not a graph:\n%s", expr, dot)
		}
		boxes := strings.Count(dot, "[label=\"(") + strings.Count(dot, "\\l(000)")
		if boxes == 0 {
			t.Errorf("%q: no box:\n%s", expr, dot)
		}
		for line := range strings.Lines(dot) { // every arrow leads to a box
			_, to, ok := strings.Cut(line, " -> ")
			if !ok {
				continue
			}
			to = strings.Fields(to)[0]
			if !strings.Contains(dot, "\t"+to+" [label=") {
				t.Errorf("%q: no box %s:\n%s", expr, to, dot)
			}
		}
	}
}
