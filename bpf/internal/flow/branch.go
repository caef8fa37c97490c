package flow

import "math/bits"

// make is the node of this content, made once.
func (o *optimizer) make(n Node) *Node {
	if n.Yes == n.No && n.Kind != NodeLet {
		return n.Yes // nobody asks; loads past the end may go
	}
	if eq := o.onePoint(&n); eq != nil {
		return eq
	}
	return o.nodes.intern(o.g, &n)
}

// onePoint finds out that n and its successor together ask for one value: more
// than k-1 and not more than k.
func (o *optimizer) onePoint(n *Node) *Node {
	if n.Kind != NodeTest || n.Op != TestGt || !n.Right.IsConst() {
		return nil
	}
	beyond := func(m *Node, k uint32) bool {
		return m.Kind == NodeTest && m.Op == TestGt && m.Left == n.Left && m.Right.IsConst() && m.Right.K == k
	}
	k := n.Right.K
	switch {
	case beyond(n.Yes, k+1) && n.Yes.Yes == n.No:
		return o.branchConst(TestEq, n.Left, k+1, n.Yes.No, n.No, n.pos)
	case beyond(n.No, k-1) && n.No.No == n.Yes:
		return o.branchConst(TestEq, n.Left, k, n.No.Yes, n.Yes, n.pos)
	}
	return nil
}

func (o *optimizer) let(variable, to *Value, next *Node, pos Span) *Node {
	return o.make(Node{Kind: NodeLet, Left: variable, Right: to, Yes: next, pos: pos})
}

func (o *optimizer) walk(c *Chain, yes, no *Node, pos Span) *Node {
	return o.make(Node{Kind: NodeChain, chain: c, Yes: yes, No: no, pos: pos})
}

// branch asks whether left op right in the simplest way. What comes out are
// tests of these kinds: a value equals a constant, is greater than a constant,
// has one of several bits, or is compared with another value by testEq, testGt
// and testSet.
func (o *optimizer) branch(op TestOp, left, right *Value, yes, no *Node, pos Span) *Node {
	if left.IsConst() {
		if right.IsConst() {
			if compare(op, left.K, right.K) {
				return yes
			}
			return no
		}
		switch op {
		case TestGt: // k > v is not v >= k
			return o.branch(TestGe, right, left, no, yes, pos)
		case TestGe:
			return o.branch(TestGt, right, left, no, yes, pos)
		}
		left, right = right, left
	}
	if right.IsConst() {
		return o.branchConst(op, left, right.K, yes, no, pos)
	}
	return o.branchBoth(op, left, right, yes, no, pos)
}

func compare(op TestOp, l, r uint32) bool {
	switch op {
	case TestEq:
		return l == r
	case TestGt:
		return l > r
	case TestGe:
		return l >= r
	}
	return l&r != 0
}

// branchBoth compares two values that are not constants.
func (o *optimizer) branchBoth(op TestOp, left, right *Value, yes, no *Node, pos Span) *Node {
	if op == TestGe { // l >= r is not r > l
		return o.branchBoth(TestGt, right, left, no, yes, pos)
	}
	if left == right {
		switch op {
		case TestEq:
			return yes
		case TestGt:
			return no
		}
		return o.branchConst(TestGt, left, 0, yes, no, pos)
	}
	l, r := o.boundsOf(left), o.boundsOf(right)
	switch op {
	case TestEq:
		if _, ok := l.meet(r); !ok {
			return no
		}
	case TestGt:
		if l.lo > r.hi {
			return yes
		}
		if l.hi <= r.lo {
			return no
		}
	case TestSet:
		if l.maybe&r.maybe == 0 {
			return no
		}
		if l.ones&r.ones != 0 {
			return yes
		}
	}
	if op != TestGt && left.id > right.id {
		left, right = right, left
	}
	return o.make(Node{Kind: NodeTest, Op: op, Left: left, Right: right, Yes: yes, No: no, pos: pos})
}

// branchConst compares v with k.
func (o *optimizer) branchConst(op TestOp, v *Value, k uint32, yes, no *Node, pos Span) *Node {
	if op == TestGe {
		if k == 0 {
			return yes
		}
		op, k = TestGt, k-1
	}
	if sure, answer := decide(op, o.boundsOf(v), k); sure {
		if answer {
			return yes
		}
		return no
	}
	var n *Node
	switch {
	case o.keeps(v):
	case op == TestEq:
		n = o.branchEq(v, k, yes, no, pos)
	case op == TestGt:
		n = o.branchGt(v, k, yes, no, pos)
	default:
		n = o.branchSet(v, k, yes, no, pos)
	}
	if n == nil {
		n = o.make(Node{Kind: NodeTest, Op: op, Left: v, Right: o.g.Constant(k), Yes: yes, No: no, pos: pos})
	}
	return n
}

// keeps reports whether v stays as it is where it is compared with a constant,
// since it is compared with others as well.
func (o *optimizer) keeps(v *Value) bool {
	if v.Op < OpAdd || v.Op > OpNeg || o.compared.get(v) == nil {
		return false
	}
	o.met.kept = true
	return o.form.kept
}

// decide reports whether what is known of a value settles value op k.
func decide(op TestOp, v bounds, k uint32) (sure, answer bool) {
	switch op {
	case TestEq:
		if k < v.lo || k > v.hi || k&^v.maybe != 0 || v.ones&^k != 0 {
			return true, false
		}
		return v.constant(), true
	case TestGt:
		return v.lo > k || v.hi <= k, v.lo > k
	case TestGe:
		return v.lo >= k || v.hi < k, v.lo >= k
	}
	return v.ones&k != 0 || v.maybe&k == 0, v.ones&k != 0
}

// branchRange asks whether lo <= v <= hi.
func (o *optimizer) branchRange(v *Value, lo, hi uint32, yes, no *Node, pos Span) *Node {
	if lo == hi {
		return o.branchConst(TestEq, v, lo, yes, no, pos)
	}
	if hi != 1<<32-1 {
		yes = o.branchConst(TestGt, v, hi, no, yes, pos)
	}
	return o.branchConst(TestGe, v, lo, yes, no, pos)
}

// branchEq undoes what was computed on v before it was compared with k. It
// returns nil when there is nothing to undo.
func (o *optimizer) branchEq(v *Value, k uint32, yes, no *Node, pos Span) *Node {
	if v.Op == OpNeg {
		return o.branchConst(TestEq, v.Left, -k, yes, no, pos)
	}
	if v.Op == OpSub && k == 0 || v.Op == OpXor && k == 0 && !v.Right.IsConst() {
		return o.branch(TestEq, v.Left, v.Right, yes, no, pos)
	}
	if v.Right == nil || !v.Right.IsConst() || v.Op == OpLoad {
		return nil
	}
	l, c := v.Left, v.Right.K
	switch v.Op {
	case OpAdd:
		return o.branchConst(TestEq, l, k-c, yes, no, pos)
	case OpXor:
		return o.branchConst(TestEq, l, k^c, yes, no, pos)
	case OpOr:
		return o.branchMasked(l, ^c, k&^c, yes, no, pos)
	case OpAnd:
		return o.branchMasked(l, c, k, yes, no, pos)
	case OpLsh:
		return o.branchMasked(l, ^uint32(0)>>c, k>>c, yes, no, pos)
	case OpRsh:
		return o.branchRange(l, k<<c, k<<c|(1<<c-1), yes, no, pos)
	case OpMul:
		if over, _ := bits.Mul32(o.boundsOf(l).hi, c); over == 0 {
			if k%c != 0 {
				return no
			}
			return o.branchConst(TestEq, l, k/c, yes, no, pos)
		}
	case OpDiv:
		if over, lo := bits.Mul32(k, c); over == 0 && lo+c-1 >= lo {
			return o.branchRange(l, lo, lo+c-1, yes, no, pos)
		}
	}
	return nil
}

// branchMasked asks whether v & mask == k, for a k within the mask.
func (o *optimizer) branchMasked(v *Value, mask, k uint32, yes, no *Node, pos Span) *Node {
	b := o.boundsOf(v)
	mask &= b.maybe
	k &= mask
	switch {
	case mask == b.maybe:
		return o.branchConst(TestEq, v, k, yes, no, pos)
	case k == 0:
		return o.branchConst(TestSet, v, mask, no, yes, pos)
	case k == mask && mask&(mask-1) == 0:
		return o.branchConst(TestSet, v, mask, yes, no, pos)
	case isPrefix(mask, b.maybe) && !o.form.masks: // all the bits from one on
		o.met.masks = true
		return o.branchRange(v, k, k|b.maybe&^mask, yes, no, pos)
	}
	if part, shift := o.narrow(v, mask); part != v && mask>>shift == o.boundsOf(part).maybe {
		return o.branchMasked(part, mask>>shift, k>>shift, yes, no, pos)
	}
	masked := o.alu(OpAnd, v, o.g.Constant(mask))
	if masked.Op != OpAnd || !masked.Right.IsConst() {
		return o.branchConst(TestEq, masked, k, yes, no, pos)
	}
	return o.make(Node{Kind: NodeTest, Op: TestEq, Left: masked, Right: o.g.Constant(k), Yes: yes, No: no, pos: pos})
}

// isPrefix reports whether mask has all bits of maybe from its lowest one up,
// and maybe has all bits below its highest.
func isPrefix(mask, maybe uint32) bool {
	low := mask & -mask
	return mask != 0 && maybe&(maybe+1) == 0 && mask == maybe&^(low-1)
}

// narrow is the smallest load that holds the bits of mask of the load v.
func (o *optimizer) narrow(v *Value, mask uint32) (part *Value, shift uint32) {
	if v.Op != OpLoad || v.Size == 1 {
		return v, 0
	}
	for size := uint8(1); size < v.Size; size *= 2 {
		for at := uint8(0); at < v.Size; at += size {
			shift = uint32(v.Size-at-size) * 8
			if mask&^((1<<(size*8)-1)<<shift) == 0 {
				return o.part(v, at, size), shift
			}
		}
	}
	return v, 0
}

// branchGt does for v > k what branchEq does for v == k.
func (o *optimizer) branchGt(v *Value, k uint32, yes, no *Node, pos Span) *Node {
	if k == 0 && o.boundsOf(v).hi == 1 {
		return o.branchConst(TestSet, v, 1, yes, no, pos)
	}
	if v.Right == nil || !v.Right.IsConst() || v.Op == OpLoad {
		if k == 0 && (v.Op == OpSub || v.Op == OpXor) {
			return o.branchEq(v, 0, no, yes, pos)
		}
		return nil
	}
	l, c := v.Left, v.Right.K
	b := o.boundsOf(l)
	switch v.Op {
	case OpAdd:
		if b.hi <= ^c { // does not wrap, and k >= c because v >= c
			return o.branchConst(TestGt, l, k-c, yes, no, pos)
		}
		if k == 0 {
			return o.branchConst(TestEq, l, -c, no, yes, pos)
		}
	case OpAnd:
		switch {
		case k == 0:
			return o.branchConst(TestSet, l, c, yes, no, pos)
		case isPrefix(c&b.maybe, b.maybe):
			return o.branchConst(TestGt, l, k|b.maybe&^c, yes, no, pos)
		}
	case OpLsh:
		if b.hi<<c>>c == b.hi {
			return o.branchConst(TestGt, l, k>>c, yes, no, pos)
		}
	case OpRsh:
		return o.branchConst(TestGt, l, k<<c|(1<<c-1), yes, no, pos)
	case OpMul:
		if over, _ := bits.Mul32(b.hi, c); over == 0 {
			return o.branchConst(TestGt, l, k/c, yes, no, pos)
		}
	case OpDiv:
		if over, lo := bits.Mul32(k, c); over == 0 && lo+c-1 >= lo {
			return o.branchConst(TestGt, l, lo+c-1, yes, no, pos)
		}
	}
	return nil
}

// branchSet does for v & k != 0 what branchEq does for v == k.
func (o *optimizer) branchSet(v *Value, k uint32, yes, no *Node, pos Span) *Node {
	b := o.boundsOf(v)
	if m := k & b.maybe; m != k {
		return o.branchConst(TestSet, v, m, yes, no, pos)
	}
	if isPrefix(k, b.maybe) && k != b.maybe&-b.maybe {
		return o.branchConst(TestGt, v, k&-k-1, yes, no, pos)
	}
	if v.Right == nil || !v.Right.IsConst() {
		return nil
	}
	l, c := v.Left, v.Right.K
	switch v.Op {
	case OpAnd:
		return o.branchConst(TestSet, l, k&c, yes, no, pos)
	case OpOr, OpXor:
		if c&k == 0 {
			return o.branchConst(TestSet, l, k, yes, no, pos)
		}
	case OpLsh:
		return o.branchConst(TestSet, l, k>>c, yes, no, pos)
	case OpRsh:
		return o.branchConst(TestSet, l, k<<c, yes, no, pos)
	}
	return nil
}
