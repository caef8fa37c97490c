package flow

import "math/bits"

// bounds are what holds of a value on every packet: lo <= value <= hi, the bits
// in ones are set, those outside maybe are not.
type bounds struct{ lo, hi, ones, maybe uint32 }

var anything = bounds{hi: 1<<32 - 1, maybe: 1<<32 - 1}

func exactly(k uint32) bounds { return bounds{k, k, k, k} }

// upTo is what is known of a value of at most hi.
func upTo(hi uint32) bounds { return bounds{hi: hi, maybe: 1<<bits.Len32(hi) - 1} }

func (k bounds) constant() bool { return k.lo == k.hi }

// tight carries what is known from the bounds to the bits and back. ok is
// false when nothing satisfies k.
func (k bounds) tight() (_ bounds, ok bool) {
	k.hi = min(k.hi, k.maybe)
	k.lo = max(k.lo, k.ones)
	if k.lo > k.hi || k.ones&^k.maybe != 0 {
		return k, false
	}
	same := ^uint32(0) << bits.Len32(k.lo^k.hi) // bits that the bounds share
	k.ones |= k.lo & same
	k.maybe &= k.lo | ^same
	return k, k.ones&^k.maybe == 0
}

// meet is what holds when both k and l do.
func (k bounds) meet(l bounds) (bounds, bool) {
	return bounds{max(k.lo, l.lo), min(k.hi, l.hi), k.ones | l.ones, k.maybe & l.maybe}.tight()
}

// join is what holds when k or l does.
func (k bounds) join(l bounds) bounds {
	return bounds{min(k.lo, l.lo), max(k.hi, l.hi), k.ones & l.ones, k.maybe | l.maybe}
}

// aluKnown is what is known of l op r.
func aluKnown(op Op, l, r bounds) bounds {
	out := anything
	switch op {
	case OpAdd:
		if hi := l.hi + r.hi; hi >= l.hi {
			out = upTo(hi)
			out.lo = l.lo + r.lo
		}
	case OpSub:
		if l.lo >= r.hi {
			out = upTo(l.hi - r.lo)
			out.lo = l.lo - r.hi
		}
	case OpMul:
		if over, hi := bits.Mul32(l.hi, r.hi); over == 0 {
			out = upTo(hi)
			out.lo = l.lo * r.lo
		}
	case OpDiv:
		out = upTo(l.hi / max(r.lo, 1))
		if r.hi != 0 {
			out.lo = l.lo / r.hi
		}
	case OpMod:
		out = upTo(min(l.hi, max(r.hi, 1)-1))
	case OpAnd:
		out = bounds{hi: min(l.hi, r.hi), ones: l.ones & r.ones, maybe: l.maybe & r.maybe}
	case OpOr:
		out = bounds{lo: max(l.lo, r.lo), hi: 1<<32 - 1, ones: l.ones | r.ones, maybe: l.maybe | r.maybe}
	case OpXor:
		out = bounds{hi: 1<<32 - 1, ones: l.ones&^r.maybe | r.ones&^l.maybe, maybe: (l.maybe | r.maybe) &^ (l.ones & r.ones)}
	case OpLsh:
		out = lshKnown(l, r)
	case OpRsh:
		if r.constant() {
			out = bounds{l.lo >> r.lo, l.hi >> r.lo, l.ones >> r.lo, l.maybe >> r.lo}
		} else {
			out = upTo(l.hi)
		}
	case OpNeg:
		if l.constant() {
			out = exactly(-l.lo)
		}
	}
	out, _ = out.tight()
	return out
}

func lshKnown(l, r bounds) bounds {
	if l.hi == 0 {
		return exactly(0)
	}
	if !r.constant() {
		return anything
	}
	out := bounds{hi: 1<<32 - 1, ones: l.ones << r.lo, maybe: l.maybe << r.lo}
	if r.lo < 32 && l.hi<<r.lo>>r.lo == l.hi {
		out.lo, out.hi = l.lo<<r.lo, l.hi<<r.lo
	}
	return out
}

// apply computes l op r; ok is false for a division by zero.
func apply(op Op, l, r uint32) (v uint32, ok bool) {
	switch op {
	case OpAdd:
		return l + r, true
	case OpSub:
		return l - r, true
	case OpMul:
		return l * r, true
	case OpDiv:
		if r == 0 {
			return 0, false
		}
		return l / r, true
	case OpMod:
		if r == 0 {
			return 0, false
		}
		return l % r, true
	case OpAnd:
		return l & r, true
	case OpOr:
		return l | r, true
	case OpXor:
		return l ^ r, true
	case OpLsh:
		return l << r, true
	case OpRsh:
		return l >> r, true
	}
	return -l, true // OpNeg
}

func (op Op) commutes() bool {
	switch op {
	case OpAdd, OpMul, OpAnd, OpOr, OpXor:
		return true
	}
	return false
}

// IsConst reports whether v is a constant.
func (v *Value) IsConst() bool { return v != nil && v.Op == OpConst }

// simplify is algebraic simplification with constant folding: it rewrites v by
// the laws of arithmetic.
func (o *optimizer) simplify(v *Value) *Value {
	switch v.Op {
	case OpConst, OpLength, OpAncillary, OpVariable, OpOutside:
		return v
	}
	if s := o.simple.get(v); s != nil {
		return *s
	}
	var s *Value
	switch {
	case v.Op == OpLoad && v.Left == nil:
		s = v
	case v.Op == OpLoad:
		s = o.loadAt(o.simplify(v.Left), v.Size, v.K)
	case v.Op == OpNeg:
		s = o.negate(o.simplify(v.Left))
	default:
		s = o.alu(v.Op, o.simplify(v.Left), o.simplify(v.Right))
	}
	o.simple.set(v, s)
	return s
}

// maxOffset is where offsets begin that Linux takes for others than those of
// bytes of the packet (SKF_LL_OFF).
const maxOffset = 1<<32 - 0x200000

// loadAt folds what is constant in base into the offset, where the sum cannot
// wrap.
func (o *optimizer) loadAt(base *Value, size uint8, off uint32) *Value {
	if base.Outside() {
		return o.g.Outside(base, size, off)
	}
	for {
		switch {
		case base.Op == OpConst && off < maxOffset && base.K < maxOffset-off:
			return o.g.Load(size, base.K+off)
		case base.Op == OpAdd && base.Right.IsConst() && off < maxOffset && base.Right.K < maxOffset-off &&
			o.boundsOf(base.Left).hi <= ^base.Right.K:
			off += base.Right.K
			base = base.Left
		default:
			return o.g.LoadAt(base, size, off)
		}
	}
}

func (o *optimizer) negate(v *Value) *Value {
	if v.Outside() {
		return o.g.ALU(OpNeg, v, nil)
	}
	switch v.Op {
	case OpConst:
		return o.g.Constant(-v.K)
	case OpNeg:
		return v.Left
	case OpSub:
		return o.alu(OpSub, v.Right, v.Left)
	}
	return o.g.ALU(OpNeg, v, nil)
}

// alu is l op r in its simplest form, for simple l and r.
func (o *optimizer) alu(op Op, l, r *Value) *Value {
	if l.Outside() || r.Outside() || (op == OpDiv || op == OpMod) && r.IsConst() && r.K == 0 {
		return o.g.outsideALU(op, l, r)
	}
	if l.IsConst() && r.IsConst() {
		k, _ := apply(op, l.K, r.K)
		return o.g.Constant(k)
	}
	if op.commutes() && (l.IsConst() || !r.IsConst() && l.id > r.id) {
		l, r = r, l
	}
	if k := aluKnown(op, o.boundsOf(l), o.boundsOf(r)); k.constant() {
		return o.g.Constant(k.lo)
	}
	var v *Value
	if r.IsConst() {
		v = o.aluConst(op, l, r.K)
	} else {
		v = o.aluBoth(op, l, r)
	}
	if v == nil {
		v = o.g.ALU(op, l, r)
	}
	return v
}

// aluBoth knows the laws for two operands that are not constants.
func (o *optimizer) aluBoth(op Op, l, r *Value) *Value {
	switch {
	case l == r && (op == OpSub || op == OpXor):
		return o.g.Constant(0)
	case l == r && (op == OpAnd || op == OpOr):
		return l
	case op == OpSub && l.IsConst() && l.K == 0:
		return o.negate(r)
	case op == OpAdd && r.Op == OpNeg:
		return o.alu(OpSub, l, r.Left)
	case op == OpAdd && l.Op == OpNeg:
		return o.alu(OpSub, r, l.Left)
	case op == OpSub && r.Op == OpNeg:
		return o.alu(OpAdd, l, r.Left)
	case (op == OpAdd || op == OpSub) && l.Op == OpAdd && l.Right.IsConst():
		return o.alu(OpAdd, o.alu(op, l.Left, r), l.Right)
	case (op == OpAdd || op == OpSub) && r.Op == OpAdd && r.Right.IsConst():
		k, _ := apply(op, 0, r.Right.K)
		return o.alu(OpAdd, o.alu(op, l, r.Left), o.g.Constant(k))
	case op == OpSub && l.Op == OpAdd && l.Left == r:
		return l.Right
	case op == OpSub && l.Op == OpAdd && l.Right == r:
		return l.Left
	}
	return nil
}

// aluConst knows the laws for a constant on the right.
func (o *optimizer) aluConst(op Op, l *Value, k uint32) *Value {
	switch {
	case k == 0 && (op == OpAdd || op == OpSub || op == OpOr || op == OpXor || op == OpLsh || op == OpRsh):
		return l
	case k == 1 && (op == OpMul || op == OpDiv):
		return l
	case op == OpSub:
		return o.alu(OpAdd, l, o.g.Constant(-k))
	case op == OpMul && k&(k-1) == 0:
		return o.alu(OpLsh, l, o.g.Constant(uint32(bits.TrailingZeros32(k))))
	case op == OpDiv && k&(k-1) == 0 && k != 0:
		return o.alu(OpRsh, l, o.g.Constant(uint32(bits.TrailingZeros32(k))))
	case op == OpMod && k&(k-1) == 0 && k != 0:
		return o.alu(OpAnd, l, o.g.Constant(k-1))
	case op == OpMod && o.boundsOf(l).hi < k:
		return l
	case l.Op == op && l.Right.IsConst() && op != OpSub && op != OpDiv && op != OpMod:
		return o.aluTwice(op, l, k)
	}
	switch op {
	case OpAnd:
		return o.andConst(l, k)
	case OpOr:
		if o.boundsOf(l).maybe&^k == 0 {
			return o.g.Constant(k)
		}
	case OpLsh:
		if l.Op == OpRsh && l.Right.IsConst() && l.Right.K == k {
			return o.alu(OpAnd, l.Left, o.g.Constant(^uint32(0)<<k))
		}
	case OpRsh:
		return o.rshConst(l, k)
	}
	return nil
}

// aluTwice is (l.left op l.right) op k for constants l.right and k.
func (o *optimizer) aluTwice(op Op, l *Value, k uint32) *Value {
	if op == OpLsh || op == OpRsh {
		if k += l.Right.K; k > 31 {
			return o.g.Constant(0)
		}
		return o.alu(op, l.Left, o.g.Constant(k))
	}
	k, _ = apply(op, l.Right.K, k)
	return o.alu(op, l.Left, o.g.Constant(k))
}

// andConst is l & k. Masks move inwards, to the loads.
func (o *optimizer) andConst(l *Value, k uint32) *Value {
	maybe := o.boundsOf(l).maybe
	switch {
	case maybe&^k == 0:
		return l
	case l.Op == OpOr && l.Right.IsConst() && l.Right.K&k == 0:
		return o.alu(OpAnd, l.Left, o.g.Constant(k))
	case l.Op == OpLsh && l.Right.IsConst():
		return o.alu(OpLsh, o.alu(OpAnd, l.Left, o.g.Constant(k>>l.Right.K)), l.Right)
	case l.Op == OpRsh && l.Right.IsConst() && k<<l.Right.K>>l.Right.K == k:
		return o.alu(OpRsh, o.alu(OpAnd, l.Left, o.g.Constant(k<<l.Right.K)), l.Right)
	case l.Op == OpLoad && l.Size == 4 && k == 0xffff:
		return o.part(l, 2, 2)
	case l.Op == OpLoad && l.Size > 1 && k == 0xff:
		return o.part(l, l.Size-1, 1)
	case k&maybe != k:
		return o.alu(OpAnd, l, o.g.Constant(k&maybe))
	}
	return nil
}

// part is the load of size bytes of l, from byte at on.
func (o *optimizer) part(l *Value, at, size uint8) *Value {
	if l.Left == nil {
		return o.g.Load(size, l.K+uint32(at))
	}
	return o.g.LoadAt(l.Left, size, l.K+uint32(at))
}

func (o *optimizer) rshConst(l *Value, k uint32) *Value {
	switch {
	case l.Op == OpLoad && l.Size == 4 && (k == 24 || k == 16):
		return o.part(l, 0, uint8(4-k/8))
	case l.Op == OpLoad && l.Size == 2 && k == 8:
		return o.part(l, 0, 1)
	case l.Op == OpLsh && l.Right.IsConst() && o.boundsOf(l.Left).hi<<l.Right.K>>l.Right.K == o.boundsOf(l.Left).hi:
		if l.Right.K >= k {
			return o.alu(OpLsh, l.Left, o.g.Constant(l.Right.K-k))
		}
		return o.alu(OpRsh, l.Left, o.g.Constant(k-l.Right.K))
	}
	return nil
}

// boundsOf is what holds of v whatever the packet.
func (o *optimizer) boundsOf(v *Value) bounds {
	switch v.Op {
	case OpConst:
		return exactly(v.K)
	case OpLoad:
		if v.Size == 4 {
			return anything
		}
		return upTo(1<<(8*v.Size) - 1)
	case OpLength, OpAncillary, OpVariable:
		return anything
	case OpTest:
		return upTo(1)
	}
	if k := o.limits.get(v); k != nil {
		return *k
	}
	r := anything
	if v.Right != nil {
		r = o.boundsOf(v.Right)
	}
	k := aluKnown(v.Op, o.boundsOf(v.Left), r)
	o.limits.set(v, k)
	return k
}
