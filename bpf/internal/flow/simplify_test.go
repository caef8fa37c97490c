package flow

import "testing"

// TestOutside: what is computed from what no packet has, none has, on either side;
// what is computed otherwise is not the same.
func TestOutside(t *testing.T) {
	o := newOptimizer(NewGraph(1))
	v, k, out := o.g.Load(2, 12), o.g.Constant(3), o.g.Outside(nil, 1, 1<<31)
	seen := map[*Value]bool{out: true}
	check := func(what string, got *Value) {
		if !got.Outside() || seen[got] {
			t.Errorf("%s makes %s of what is outside", what, valueText(got))
		}
		seen[got] = true
	}
	for op := OpAdd; op < OpNeg; op++ {
		for _, pair := range [][2]*Value{{out, v}, {v, out}, {out, k}, {k, out}, {out, out}} {
			if op.commutes() && seen[o.alu(op, pair[1], pair[0])] {
				continue
			}
			check("an operator", o.alu(op, pair[0], pair[1]))
		}
	}
	for _, op := range []Op{OpDiv, OpMod} {
		check("a division by zero", o.alu(op, v, o.g.Constant(0)))
	}
	check("minus", o.negate(out))
	check("a load", o.loadAt(out, 2, 5))
	check("a test", o.g.Outside(nil, 2, 1<<31))
}

// TestLoadAt: constants in what a load is relative to become part of its offset
// where the sum cannot wrap.
func TestLoadAt(t *testing.T) {
	o := newOptimizer(NewGraph(1))
	v := o.g.Load(1, 0)
	for _, c := range []struct {
		base, off uint32
		folds     bool
	}{
		{4, 5, true}, {maxOffset - 6, 5, true}, {maxOffset - 5, 5, false}, {5, maxOffset - 6, true}, {5, maxOffset - 5, false}, {0, maxOffset - 1, true}, {0, maxOffset, false},
		{maxOffset, 0, false}, {maxOffset - 1, 0, true}, {1<<32 - 1, 1, false}, {1, 1<<32 - 1, false},
	} {
		want := o.g.LoadAt(o.g.Constant(c.base), 2, c.off)
		if c.folds {
			want = o.g.Load(2, c.base+c.off)
		}
		if got := o.loadAt(o.g.Constant(c.base), 2, c.off); got != want {
			t.Errorf("a load at %d + %d is folded: %t, want %t", c.base, c.off, !c.folds, c.folds)
		}
		sum := o.g.ALU(OpAdd, v, o.g.Constant(c.base))
		want = o.g.LoadAt(sum, 2, c.off)
		if c.folds {
			want = o.g.LoadAt(v, 2, c.base+c.off)
		}
		if got := o.loadAt(sum, 2, c.off); got != want {
			t.Errorf("a load at v + %d + %d is folded: %t, want %t", c.base, c.off, !c.folds, c.folds)
		}
	}
	wide := o.g.ALU(OpAdd, o.g.Load(4, 0), o.g.Constant(8)) // may wrap
	if got := o.loadAt(wide, 2, 5); got != o.g.LoadAt(wide, 2, 5) {
		t.Errorf("a sum that may wrap is folded: %v", got)
	}
}
