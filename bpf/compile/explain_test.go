package compile

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// explained are expressions with all that an explanation has: terms in a row and
// side by side, jumps of all kinds, loops, returns beyond the last.
var explained = []string{
	"", "arp and  greater 100", "ip proto 6 or ip6 protochain 50", `host both and port 80`, "not (tcp or udp) and ip[8] < 5", "len - ip[2:2] = 14 and tcp[13] & 2 != 0",
	"geneve 5 and vlan 3", "ether[0] & ether[1] != 0 or ether[0] / ether[1] = 3", "net 10.0.0.0/8\nor\tport 5", "vlan or port (80 or 443)",
}

// TestExplanation: the terms as they are understood, and which instruction comes
// from which.
func TestExplanation(t *testing.T) {
	var got []byte
	for _, p := range explainedPrograms(t) {
		got = append(p.AppendExplanation(got), '\n')
	}
	testenv.Golden(t, "testdata/explained.golden", got)
}

// TestDot: the flow graph, in which every arrow leads to a box.
func TestDot(t *testing.T) {
	var got []byte
	for _, p := range explainedPrograms(t) {
		dot := string(p.AppendDot(nil))
		for line := range strings.Lines(dot) {
			_, to, ok := strings.Cut(line, " -> ")
			if !ok {
				continue
			}
			to = strings.Fields(to)[0]
			if !strings.Contains(dot, "\t"+to+" [label=") {
				t.Errorf("no box %s:\n%s", to, dot)
			}
		}
		got = append(got, dot...)
	}
	testenv.Golden(t, "testdata/graphs.golden", got)
}

func explainedPrograms(t *testing.T) (list []*Program) {
	t.Helper()
	for _, expr := range explained {
		for _, plain := range []bool{false, true} {
			p, err := Compile(expr, capture.LinkEN10MB, ModeDead, Options{Names: &testNames, NoOptimize: plain})
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, p)
		}
	}
	return list
}
