package flow

import "slices"

// finding is what a way through the graph says about a value.
type finding struct {
	v *Value
	bounds
	not   []uint32 // values that it does not have
	bound *Value   // what a variable stands for
}

// findings are sorted by value and never change: a way that learns more gets a
// copy.
type findings []finding

// maxNot bounds the values remembered as excluded.
const maxNot = 12

func (f findings) index(v *Value) (i int, ok bool) {
	i, j := 0, len(f)
	for i < j {
		if h := (i + j) / 2; f[h].v.id < v.id {
			i = h + 1
		} else {
			j = h
		}
	}
	return i, i < len(f) && f[i].v == v
}

func (f findings) find(v *Value) *finding {
	if i, ok := f.index(v); ok {
		return &f[i]
	}
	return nil
}

// maxFindings bounds the values that a way remembers something about: what
// hundreds of nested headers ask for, each elsewhere, would take memory in
// proportion to the square of their number.
const (
	maxFindings      = 128
	maxFindingsLarge = 16 // in a large graph
)

// with is f with another finding about new.v, unless there are too many. What a
// variable stands for is never left out.
func (o *optimizer) with(f findings, new finding) findings {
	i, ok := f.index(new.v)
	if ok {
		g := o.room(len(f))
		copy(g, f)
		g[i] = new
		return g
	}
	if len(f) >= o.remembered && new.bound == nil {
		return f
	}
	g := o.room(len(f) + 1)
	copy(g, f[:i])
	g[i] = new
	copy(g[i+1:], f[i:])
	return g
}

// room makes findings to fill.
func (o *optimizer) room(n int) findings {
	if len(o.findings) < n {
		o.findings = make(findings, max(64, n))
	}
	f := o.findings[:n:n]
	o.findings = o.findings[n:]
	return f
}

// equal reports whether f and g say the same.
func (f findings) equal(g findings) bool {
	return slices.EqualFunc(f, g, func(a, b finding) bool {
		return a.v == b.v && a.bounds == b.bounds && a.bound == b.bound && slices.Equal(a.not, b.not)
	})
}

func (f findings) hash() uint64 {
	h := uint64(14695981039346656037)
	mix := func(x uint64) { h = (h ^ x) * 0x9e3779b97f4a7c15; h ^= h >> 29 }
	for i := range f {
		e := &f[i]
		mix(uint64(e.v.id))
		mix(uint64(e.lo)<<32 | uint64(e.hi))
		mix(uint64(e.ones)<<32 | uint64(e.maybe))
		for _, k := range e.not {
			mix(uint64(k))
		}
		if e.bound != nil {
			mix(uint64(e.bound.id))
		}
	}
	return h
}

// eval is what is known of v under f.
func (o *optimizer) eval(v *Value, f findings) bounds {
	k := o.boundsOf(v)
	if len(f) == 0 || k.constant() {
		return k
	}
	if e := f.find(v); e != nil {
		k, _ = k.meet(e.bounds)
	}
	if v.Op == OpLoad {
		return o.evalLoad(v, k, f)
	}
	if v.Op >= OpAdd && v.Op <= OpNeg {
		r := anything
		if v.Right != nil {
			r = o.eval(v.Right, f)
		}
		if m, ok := k.meet(aluKnown(v.Op, o.eval(v.Left, f), r)); ok {
			k = m
		}
	}
	return k
}

// evalLoad adds to k, which is known of the load v, what f knows of loads of
// the same bytes.
func (o *optimizer) evalLoad(v *Value, k bounds, f findings) bounds {
	for i := range f {
		e := &f[i]
		if e.v == v || e.v.Op != OpLoad || e.v.Left != v.Left {
			continue
		}
		from, to := uint64(e.v.K), uint64(e.v.K)+uint64(e.v.Size)
		lo, hi := uint64(v.K), uint64(v.K)+uint64(v.Size)
		bits := anything
		switch {
		case from <= lo && hi <= to: // v is part of it
			shift, all := 8*(to-hi), uint32(1)<<(8*(hi-lo))-1
			bits.ones, bits.maybe = e.ones>>shift&all, e.maybe>>shift&all
		case lo <= from && to <= hi: // it is part of v
			shift, all := 8*(hi-to), uint32(1)<<(8*(to-from))-1
			bits.ones, bits.maybe = e.ones<<shift, e.maybe<<shift|^(all<<shift)
		default:
			continue
		}
		if m, ok := k.meet(bits); ok {
			k = m
		}
	}
	return k
}

// settle reports whether f answers the test of n.
func (o *optimizer) settle(n *Node, f findings) (sure, answer bool) {
	if len(f) == 0 {
		return false, false
	}
	if !n.Right.IsConst() {
		return o.settleBoth(n, f)
	}
	if sure, answer = decide(n.Op, o.eval(n.Left, f), n.Right.K); sure {
		return
	}
	switch {
	case n.Op == TestEq:
		e := f.find(n.Left)
		return e != nil && slices.Contains(e.not, n.Right.K), false
	case n.severalBits():
		return f.find(o.relation(n.Op, n.Left, n.Right)) != nil, true
	}
	return false, false
}

// severalBits reports whether n asks for one of several bits. That one of them
// is set is more than bounds can say.
func (n *Node) severalBits() bool {
	return n.Op == TestSet && n.Right.IsConst() && n.Right.K&(n.Right.K-1) != 0
}

// relation is a value that stands for the outcome of a comparison.
func (o *optimizer) relation(op TestOp, left, right *Value) *Value {
	return o.g.intern(Value{Op: OpTest, Size: uint8(op), Left: left, Right: right})
}

// settleBoth answers a comparison of two values from their bounds and from
// earlier comparisons of the two.
func (o *optimizer) settleBoth(n *Node, f findings) (sure, answer bool) {
	l, r := o.eval(n.Left, f), o.eval(n.Right, f)
	if r.constant() {
		if sure, answer = decide(n.Op, l, r.lo); sure {
			return
		}
	}
	past := func(op TestOp, left, right *Value) (sure, answer bool) {
		e := f.find(o.relation(op, left, right))
		return e != nil && e.constant(), e != nil && e.lo == 1
	}
	if sure, answer = past(n.Op, n.Left, n.Right); sure || n.Op == TestSet {
		return
	}
	first, second := n.Left, n.Right
	if first.id > second.id {
		first, second = second, first
	}
	eqSure, eq := past(TestEq, first, second)
	gtSure, gt := past(TestGt, n.Left, n.Right)
	ltSure, lt := past(TestGt, n.Right, n.Left)
	if n.Op == TestEq {
		return gtSure && gt || ltSure && lt || gtSure && ltSure, !gt && !lt
	}
	switch {
	case eqSure && eq, ltSure && lt:
		return true, false
	case eqSure && ltSure:
		return true, true
	}
	return false, false
}

// assume is f and the answer to the test of n. n is not settled under f.
func (o *optimizer) assume(n *Node, f findings, answer bool) findings {
	if !n.Right.IsConst() {
		k := exactly(0)
		if answer {
			k = exactly(1)
		}
		return o.with(f, finding{v: o.relation(n.Op, n.Left, n.Right), bounds: k})
	}
	e := finding{v: n.Left}
	if old := f.find(n.Left); old != nil {
		e = *old
	}
	e.bounds = o.eval(n.Left, f)
	k := n.Right.K
	switch {
	case n.Op == TestEq && answer:
		e.bounds, e.not = exactly(k), nil
		f = o.assumeBits(n.Left, f, k)
	case n.Op == TestEq:
		e.exclude(k)
	case n.Op == TestGt && answer:
		e.lo = k + 1
	case n.Op == TestGt:
		e.hi = k
	case answer && k&(k-1) == 0:
		e.ones |= k
	case answer:
		e.lo = max(e.lo, k&-k)
		f = o.with(f, finding{v: o.relation(n.Op, n.Left, n.Right), bounds: exactly(1)})
	default:
		e.maybe &^= k
	}
	e.trim()
	return o.with(f, e)
}

// assumeBits learns about v from v & mask == k, where masked is v & mask.
func (o *optimizer) assumeBits(masked *Value, f findings, k uint32) findings {
	if masked.Op != OpAnd || !masked.Right.IsConst() {
		return f
	}
	e := finding{v: masked.Left, bounds: o.eval(masked.Left, f)}
	if old := f.find(e.v); old != nil {
		e.not = old.not
	}
	e.ones |= k
	e.maybe &= k | ^masked.Right.K
	e.trim()
	return o.with(f, e)
}

func (e *finding) exclude(k uint32) {
	if len(e.not) < maxNot {
		e.not = append(slices.Clip(e.not), k)
		slices.Sort(e.not)
	} else if k == e.lo {
		e.lo++
	} else if k == e.hi {
		e.hi--
	}
}

// trim brings bounds and bits together and drops excluded values out of them.
func (e *finding) trim() {
	for again := true; again; {
		if k, ok := e.bounds.tight(); ok {
			e.bounds = k
		}
		again = false
		for _, k := range e.not {
			switch {
			case e.constant():
			case k == e.lo:
				e.lo, again = e.lo+1, true
			case k == e.hi:
				e.hi, again = e.hi-1, true
			}
		}
	}
	out := func(k uint32) bool {
		sure, _ := decide(TestEq, e.bounds, k)
		return sure
	}
	if slices.ContainsFunc(e.not, out) {
		if e.not = slices.DeleteFunc(slices.Clone(e.not), out); len(e.not) == 0 {
			e.not = nil
		}
	}
}

// join is what holds under both f and g.
func (f findings) join(g findings) findings {
	var out findings
	for i, j := 0, 0; i < len(f) && j < len(g); {
		a, b := &f[i], &g[j]
		switch {
		case a.v.id < b.v.id:
			i++
		case a.v.id > b.v.id:
			j++
		default:
			if e, ok := a.join(b); ok {
				out = append(out, e)
			}
			i++
			j++
		}
	}
	return out
}

// join is what holds when one of a and b does; ok is false for nothing.
func (a *finding) join(b *finding) (e finding, ok bool) {
	e = finding{v: a.v, bounds: a.bounds.join(b.bounds)}
	excludes := func(f *finding, k uint32) bool {
		sure, answer := decide(TestEq, f.bounds, k)
		return sure && !answer || slices.Contains(f.not, k)
	}
	for _, pair := range [...][2]*finding{{a, b}, {b, a}} {
		for _, k := range pair[0].not {
			if len(e.not) < maxNot && excludes(pair[1], k) && !slices.Contains(e.not, k) {
				e.not = append(e.not, k)
			}
		}
	}
	slices.Sort(e.not)
	if a.bound == b.bound {
		e.bound = a.bound
	}
	return e, e.bounds != anything || e.not != nil || e.bound != nil
}
