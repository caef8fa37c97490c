package flow

import (
	"testing"
)

// Edges of a long list pass a bounded number of tests.
func TestPassedTests(t *testing.T) {
	o := newOptimizer(NewGraph(1))
	v := o.g.Load(4, 26)
	n := o.g.Reject()
	for i := range 20000 { // every answer settles all that follow
		n = o.g.Test(TestEq, v, o.g.Constant(uint32(i)), o.g.Test(TestGt, o.g.Load(2, uint32(i)), o.g.Constant(7), o.g.Accept(), n, Span{}), n, Span{})
	}
	o.sharpen(n)
	if o.sharp.steps < -1 {
		t.Errorf("edges passed %d tests more than they may", -o.sharp.steps)
	}
	if o.sharp.steps > 0 {
		t.Errorf("%d tests are left to pass: more nodes are needed", o.sharp.steps)
	}
}
