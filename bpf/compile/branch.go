package compile

import "math/bits"

// make is the node of this content, made once.
func (o *optimizer) make(n node) *node {
	if n.yes == n.no && n.kind != nodeLet {
		return n.yes // nobody asks; loads past the end may go
	}
	if eq := o.onePoint(&n); eq != nil {
		return eq
	}
	return o.nodes.intern(o.g, &n)
}

// onePoint finds out that n and its successor together ask for one value: more
// than k-1 and not more than k.
func (o *optimizer) onePoint(n *node) *node {
	if n.kind != nodeTest || n.op != testGt || !n.right.isConst() {
		return nil
	}
	beyond := func(m *node, k uint32) bool {
		return m.kind == nodeTest && m.op == testGt && m.left == n.left && m.right.isConst() && m.right.k == k
	}
	k := n.right.k
	switch {
	case beyond(n.yes, k+1) && n.yes.yes == n.no:
		return o.branchConst(testEq, n.left, k+1, n.yes.no, n.no, n.pos)
	case beyond(n.no, k-1) && n.no.no == n.yes:
		return o.branchConst(testEq, n.left, k, n.no.yes, n.yes, n.pos)
	}
	return nil
}

func (o *optimizer) let(variable, to *value, next *node, pos span) *node {
	return o.make(node{kind: nodeLet, left: variable, right: to, yes: next, pos: pos})
}

func (o *optimizer) walk(c *chain, yes, no *node, pos span) *node {
	return o.make(node{kind: nodeChain, chain: c, yes: yes, no: no, pos: pos})
}

// branch asks whether left op right in the simplest way. What comes out are
// tests of these kinds: a value equals a constant, is greater than a constant,
// has one of several bits, or is compared with another value by testEq, testGt
// and testSet.
func (o *optimizer) branch(op testOp, left, right *value, yes, no *node, pos span) *node {
	if left.isConst() {
		if right.isConst() {
			if compare(op, left.k, right.k) {
				return yes
			}
			return no
		}
		switch op {
		case testGt: // k > v is not v >= k
			return o.branch(testGe, right, left, no, yes, pos)
		case testGe:
			return o.branch(testGt, right, left, no, yes, pos)
		}
		left, right = right, left
	}
	if right.isConst() {
		return o.branchConst(op, left, right.k, yes, no, pos)
	}
	return o.branchBoth(op, left, right, yes, no, pos)
}

func compare(op testOp, l, r uint32) bool {
	switch op {
	case testEq:
		return l == r
	case testGt:
		return l > r
	case testGe:
		return l >= r
	}
	return l&r != 0
}

// branchBoth compares two values that are not constants.
func (o *optimizer) branchBoth(op testOp, left, right *value, yes, no *node, pos span) *node {
	if op == testGe { // l >= r is not r > l
		return o.branchBoth(testGt, right, left, no, yes, pos)
	}
	if left == right {
		switch op {
		case testEq:
			return yes
		case testGt:
			return no
		}
		return o.branchConst(testGt, left, 0, yes, no, pos)
	}
	l, r := o.boundsOf(left), o.boundsOf(right)
	switch op {
	case testEq:
		if _, ok := l.meet(r); !ok {
			return no
		}
	case testGt:
		if l.lo > r.hi {
			return yes
		}
		if l.hi <= r.lo {
			return no
		}
	case testSet:
		if l.maybe&r.maybe == 0 {
			return no
		}
		if l.ones&r.ones != 0 {
			return yes
		}
	}
	if op != testGt && left.id > right.id {
		left, right = right, left
	}
	return o.make(node{kind: nodeTest, op: op, left: left, right: right, yes: yes, no: no, pos: pos})
}

// branchConst compares v with k.
func (o *optimizer) branchConst(op testOp, v *value, k uint32, yes, no *node, pos span) *node {
	if op == testGe {
		if k == 0 {
			return yes
		}
		op, k = testGt, k-1
	}
	if sure, answer := decide(op, o.boundsOf(v), k); sure {
		if answer {
			return yes
		}
		return no
	}
	var n *node
	switch op {
	case testEq:
		n = o.branchEq(v, k, yes, no, pos)
	case testGt:
		n = o.branchGt(v, k, yes, no, pos)
	default:
		n = o.branchSet(v, k, yes, no, pos)
	}
	if n == nil {
		n = o.make(node{kind: nodeTest, op: op, left: v, right: o.g.constant(k), yes: yes, no: no, pos: pos})
	}
	return n
}

// decide reports whether what is known of a value settles value op k.
func decide(op testOp, v bounds, k uint32) (sure, answer bool) {
	switch op {
	case testEq:
		if k < v.lo || k > v.hi || k&^v.maybe != 0 || v.ones&^k != 0 {
			return true, false
		}
		return v.constant(), true
	case testGt:
		return v.lo > k || v.hi <= k, v.lo > k
	case testGe:
		return v.lo >= k || v.hi < k, v.lo >= k
	}
	return v.ones&k != 0 || v.maybe&k == 0, v.ones&k != 0
}

// branchRange asks whether lo <= v <= hi.
func (o *optimizer) branchRange(v *value, lo, hi uint32, yes, no *node, pos span) *node {
	if lo == hi {
		return o.branchConst(testEq, v, lo, yes, no, pos)
	}
	if hi != 1<<32-1 {
		yes = o.branchConst(testGt, v, hi, no, yes, pos)
	}
	return o.branchConst(testGe, v, lo, yes, no, pos)
}

// branchEq undoes what was computed on v before it was compared with k. It
// returns nil when there is nothing to undo.
func (o *optimizer) branchEq(v *value, k uint32, yes, no *node, pos span) *node {
	if v.op == valueNeg {
		return o.branchConst(testEq, v.left, -k, yes, no, pos)
	}
	if v.op == valueSub && k == 0 || v.op == valueXor && k == 0 && !v.right.isConst() {
		return o.branch(testEq, v.left, v.right, yes, no, pos)
	}
	if v.right == nil || !v.right.isConst() || v.op == valueLoad {
		return nil
	}
	l, c := v.left, v.right.k
	switch v.op {
	case valueAdd:
		return o.branchConst(testEq, l, k-c, yes, no, pos)
	case valueXor:
		return o.branchConst(testEq, l, k^c, yes, no, pos)
	case valueOr:
		return o.branchMasked(l, ^c, k&^c, yes, no, pos)
	case valueAnd:
		return o.branchMasked(l, c, k, yes, no, pos)
	case valueLsh:
		return o.branchMasked(l, ^uint32(0)>>c, k>>c, yes, no, pos)
	case valueRsh:
		return o.branchRange(l, k<<c, k<<c|(1<<c-1), yes, no, pos)
	case valueMul:
		if over, _ := bits.Mul32(o.boundsOf(l).hi, c); over == 0 {
			if k%c != 0 {
				return no
			}
			return o.branchConst(testEq, l, k/c, yes, no, pos)
		}
	case valueDiv:
		if over, lo := bits.Mul32(k, c); over == 0 && lo+c-1 >= lo {
			return o.branchRange(l, lo, lo+c-1, yes, no, pos)
		}
	}
	return nil
}

// branchMasked asks whether v & mask == k, for a k within the mask.
func (o *optimizer) branchMasked(v *value, mask, k uint32, yes, no *node, pos span) *node {
	b := o.boundsOf(v)
	mask &= b.maybe
	k &= mask
	switch {
	case mask == b.maybe:
		return o.branchConst(testEq, v, k, yes, no, pos)
	case k == 0:
		return o.branchConst(testSet, v, mask, no, yes, pos)
	case k == mask && mask&(mask-1) == 0:
		return o.branchConst(testSet, v, mask, yes, no, pos)
	case isPrefix(mask, b.maybe): // all the bits from one on
		return o.branchRange(v, k, k|b.maybe&^mask, yes, no, pos)
	}
	if part, shift := o.narrow(v, mask); part != v && mask>>shift == o.boundsOf(part).maybe {
		return o.branchMasked(part, mask>>shift, k>>shift, yes, no, pos)
	}
	masked := o.alu(valueAnd, v, o.g.constant(mask))
	if masked.op != valueAnd || !masked.right.isConst() {
		return o.branchConst(testEq, masked, k, yes, no, pos)
	}
	return o.make(node{kind: nodeTest, op: testEq, left: masked, right: o.g.constant(k), yes: yes, no: no, pos: pos})
}

// isPrefix reports whether mask has all bits of maybe from its lowest one up,
// and maybe has all bits below its highest.
func isPrefix(mask, maybe uint32) bool {
	low := mask & -mask
	return mask != 0 && maybe&(maybe+1) == 0 && mask == maybe&^(low-1)
}

// narrow is the smallest load that holds the bits of mask of the load v.
func (o *optimizer) narrow(v *value, mask uint32) (part *value, shift uint32) {
	if v.op != valueLoad || v.size == 1 {
		return v, 0
	}
	for size := uint8(1); size < v.size; size *= 2 {
		for at := uint8(0); at < v.size; at += size {
			shift = uint32(v.size-at-size) * 8
			if mask&^((1<<(size*8)-1)<<shift) == 0 {
				return o.part(v, at, size), shift
			}
		}
	}
	return v, 0
}

// branchGt does for v > k what branchEq does for v == k.
func (o *optimizer) branchGt(v *value, k uint32, yes, no *node, pos span) *node {
	if k == 0 && o.boundsOf(v).hi == 1 {
		return o.branchConst(testSet, v, 1, yes, no, pos)
	}
	if v.right == nil || !v.right.isConst() || v.op == valueLoad {
		if k == 0 && (v.op == valueSub || v.op == valueXor) {
			return o.branchEq(v, 0, no, yes, pos)
		}
		return nil
	}
	l, c := v.left, v.right.k
	b := o.boundsOf(l)
	switch v.op {
	case valueAdd:
		if b.hi <= ^c { // does not wrap, and k >= c because v >= c
			return o.branchConst(testGt, l, k-c, yes, no, pos)
		}
		if k == 0 {
			return o.branchConst(testEq, l, -c, no, yes, pos)
		}
	case valueAnd:
		switch {
		case k == 0:
			return o.branchConst(testSet, l, c, yes, no, pos)
		case isPrefix(c&b.maybe, b.maybe):
			return o.branchConst(testGt, l, k|b.maybe&^c, yes, no, pos)
		}
	case valueLsh:
		if b.hi<<c>>c == b.hi {
			return o.branchConst(testGt, l, k>>c, yes, no, pos)
		}
	case valueRsh:
		return o.branchConst(testGt, l, k<<c|(1<<c-1), yes, no, pos)
	case valueMul:
		if over, _ := bits.Mul32(b.hi, c); over == 0 {
			return o.branchConst(testGt, l, k/c, yes, no, pos)
		}
	case valueDiv:
		if over, lo := bits.Mul32(k, c); over == 0 && lo+c-1 >= lo {
			return o.branchConst(testGt, l, lo+c-1, yes, no, pos)
		}
	}
	return nil
}

// branchSet does for v & k != 0 what branchEq does for v == k.
func (o *optimizer) branchSet(v *value, k uint32, yes, no *node, pos span) *node {
	b := o.boundsOf(v)
	if m := k & b.maybe; m != k {
		return o.branchConst(testSet, v, m, yes, no, pos)
	}
	if isPrefix(k, b.maybe) && k != b.maybe&-b.maybe {
		return o.branchConst(testGt, v, k&-k-1, yes, no, pos)
	}
	if v.right == nil || !v.right.isConst() {
		return nil
	}
	l, c := v.left, v.right.k
	switch v.op {
	case valueAnd:
		return o.branchConst(testSet, l, k&c, yes, no, pos)
	case valueOr, valueXor:
		if c&k == 0 {
			return o.branchConst(testSet, l, k, yes, no, pos)
		}
	case valueLsh:
		return o.branchConst(testSet, l, k>>c, yes, no, pos)
	case valueRsh:
		return o.branchConst(testSet, l, k<<c, yes, no, pos)
	}
	return nil
}
