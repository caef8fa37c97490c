package compile

import "github.com/tapdump/tapdump/bpf/internal/flow"

// The search of passable ends after so many steps, or when it has turned back
// so often.
const (
	maxWaySteps = 1 << 20
	maxWayTurns = 1000
)

// passable looks for a way to acceptance on which no test is decided otherwise
// by the tests before it. Most expressions have one, and it is soon found.
func passable(entry *flow.Node) bool {
	w := way{answers: make(map[comparison]bool), equal: make(map[*flow.Value]bool)}
	n := entry
	for range maxWaySteps {
		if n.Kind == flow.NodeReturn && n.SnapLen != 0 {
			return true
		}
		if n = w.next(n); n == nil {
			if n = w.turn(); n == nil {
				return false
			}
		}
	}
	return false
}

// way is a way through the flow graph: the tests that nothing before them
// decides, and what they are taken to come to.
type way struct {
	tests   []wayTest
	answers map[comparison]bool
	equal   map[*flow.Value]bool // values that are equal to a constant
	turns   int
}

// comparison is what a test asks, by which equal tests are found.
type comparison struct {
	op          flow.TestOp
	left, right *flow.Value
}

func comparisonOf(n *flow.Node) comparison { return comparison{n.Op, n.Left, n.Right} }

type wayTest struct {
	node          *flow.Node
	holds, turned bool
}

// next is where the way goes on from n, nil at an end.
func (w *way) next(n *flow.Node) *flow.Node {
	switch n.Kind {
	case flow.NodeReturn:
		return nil
	case flow.NodeLet:
		return n.Yes
	case flow.NodeTest:
		if n.Outside() {
			return nil
		}
		if yes, ok := w.decide(n); ok {
			return n.Next(yes)
		}
	}
	p := asked(n)
	if _, _, ok := p.decided(); ok || p.ofAllBits() {
		return nil // arithmetic of constants is not for this search
	}
	return w.take(n, n.Yes.Near <= n.No.Near)
}

// take goes on as if the test of n came to holds.
func (w *way) take(n *flow.Node, holds bool) *flow.Node {
	w.tests = append(w.tests, wayTest{node: n, holds: holds})
	if n.Kind == flow.NodeTest {
		w.answers[comparisonOf(n)] = holds
	}
	if holds && isEquality(n) {
		w.equal[n.Left] = true
	}
	return n.Next(holds)
}

// turn goes back to the last test that was taken one way only, and takes it the
// other way. It returns nil when there is no such test, or too many there were.
func (w *way) turn() *flow.Node {
	for len(w.tests) > 0 && w.turns < maxWayTurns {
		t := w.tests[len(w.tests)-1]
		w.tests = w.tests[:len(w.tests)-1]
		delete(w.answers, comparisonOf(t.node))
		if t.holds && isEquality(t.node) {
			delete(w.equal, t.node.Left)
		}
		if !t.turned {
			w.turns++
			to := w.take(t.node, !t.holds)
			w.tests[len(w.tests)-1].turned = true
			return to
		}
	}
	return nil
}

// decide says how a test comes out on the way.
func (w *way) decide(n *flow.Node) (yes, ok bool) {
	p := asked(n)
	if to, ok := p.constant(); ok {
		return to == 0, true
	}
	if yes, ok := w.answers[comparisonOf(n)]; ok {
		return yes, true
	}
	return false, isEquality(n) && w.equal[n.Left]
}

// isEquality reports whether n compares for equality with a constant.
func isEquality(n *flow.Node) bool {
	return n.Kind == flow.NodeTest && n.Op == flow.TestEq && n.Right.IsConst()
}

// asked is the test of n, if it is one.
func asked(n *flow.Node) pred {
	if n.Kind != flow.NodeTest {
		return pred{op: predChain}
	}
	return pred{op: predTest, test: n.Op, left: n.Left, right: n.Right}
}
