package compile

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
func aluKnown(op valueOp, l, r bounds) bounds {
	out := anything
	switch op {
	case valueAdd:
		if hi := l.hi + r.hi; hi >= l.hi {
			out = upTo(hi)
			out.lo = l.lo + r.lo
		}
	case valueSub:
		if l.lo >= r.hi {
			out = upTo(l.hi - r.lo)
			out.lo = l.lo - r.hi
		}
	case valueMul:
		if over, hi := bits.Mul32(l.hi, r.hi); over == 0 {
			out = upTo(hi)
			out.lo = l.lo * r.lo
		}
	case valueDiv:
		out = upTo(l.hi / max(r.lo, 1))
		if r.hi != 0 {
			out.lo = l.lo / r.hi
		}
	case valueMod:
		out = upTo(min(l.hi, max(r.hi, 1)-1))
	case valueAnd:
		out = bounds{hi: min(l.hi, r.hi), ones: l.ones & r.ones, maybe: l.maybe & r.maybe}
	case valueOr:
		out = bounds{lo: max(l.lo, r.lo), hi: 1<<32 - 1, ones: l.ones | r.ones, maybe: l.maybe | r.maybe}
	case valueXor:
		out = bounds{hi: 1<<32 - 1, ones: l.ones&^r.maybe | r.ones&^l.maybe, maybe: (l.maybe | r.maybe) &^ (l.ones & r.ones)}
	case valueLsh:
		out = lshKnown(l, r)
	case valueRsh:
		if r.constant() {
			out = bounds{l.lo >> r.lo, l.hi >> r.lo, l.ones >> r.lo, l.maybe >> r.lo}
		} else {
			out = upTo(l.hi)
		}
	case valueNeg:
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
func apply(op valueOp, l, r uint32) (v uint32, ok bool) {
	switch op {
	case valueAdd:
		return l + r, true
	case valueSub:
		return l - r, true
	case valueMul:
		return l * r, true
	case valueDiv:
		if r == 0 {
			return 0, false
		}
		return l / r, true
	case valueMod:
		if r == 0 {
			return 0, false
		}
		return l % r, true
	case valueAnd:
		return l & r, true
	case valueOr:
		return l | r, true
	case valueXor:
		return l ^ r, true
	case valueLsh:
		return l << r, true
	case valueRsh:
		return l >> r, true
	}
	return -l, true // valueNeg
}

func (op valueOp) commutes() bool {
	switch op {
	case valueAdd, valueMul, valueAnd, valueOr, valueXor:
		return true
	}
	return false
}

func (v *value) isConst() bool { return v != nil && v.op == valueConst }

// simplify rewrites v by the laws of arithmetic.
func (o *optimizer) simplify(v *value) *value {
	switch v.op {
	case valueConst, valueLength, valueAncillary, valueVariable:
		return v
	}
	if s := o.simple.get(v); s != nil {
		return *s
	}
	var s *value
	switch {
	case v.op == valueLoad && v.left == nil:
		s = v
	case v.op == valueLoad:
		s = o.loadAt(o.simplify(v.left), v.size, v.k)
	case v.op == valueNeg:
		s = o.negate(o.simplify(v.left))
	default:
		s = o.alu(v.op, o.simplify(v.left), o.simplify(v.right))
	}
	o.simple.set(v, s)
	return s
}

// maxOffset is where offsets begin that Linux takes for others than those of
// bytes of the packet (SKF_LL_OFF).
const maxOffset = 1<<32 - 0x200000

// loadAt folds what is constant in base into the offset, where the sum cannot
// wrap.
func (o *optimizer) loadAt(base *value, size uint8, off uint32) *value {
	if base == impossible {
		return impossible
	}
	for {
		switch {
		case base.op == valueConst && off < maxOffset && base.k < maxOffset-off:
			return o.g.load(size, base.k+off)
		case base.op == valueAdd && base.right.isConst() && off < maxOffset && base.right.k < maxOffset-off &&
			o.boundsOf(base.left).hi <= ^base.right.k:
			off += base.right.k
			base = base.left
		default:
			return o.g.loadAt(base, size, off)
		}
	}
}

func (o *optimizer) negate(v *value) *value {
	if v == impossible {
		return impossible
	}
	switch v.op {
	case valueConst:
		return o.g.constant(-v.k)
	case valueNeg:
		return v.left
	case valueSub:
		return o.alu(valueSub, v.right, v.left)
	}
	return o.g.alu(valueNeg, v, nil)
}

// alu is l op r in its simplest form, for simple l and r.
func (o *optimizer) alu(op valueOp, l, r *value) *value {
	if l == impossible || r == impossible || (op == valueDiv || op == valueMod) && r.isConst() && r.k == 0 {
		return impossible
	}
	if l.isConst() && r.isConst() {
		k, _ := apply(op, l.k, r.k)
		return o.g.constant(k)
	}
	if op.commutes() && (l.isConst() || !r.isConst() && l.id > r.id) {
		l, r = r, l
	}
	if k := aluKnown(op, o.boundsOf(l), o.boundsOf(r)); k.constant() {
		return o.g.constant(k.lo)
	}
	var v *value
	if r.isConst() {
		v = o.aluConst(op, l, r.k)
	} else {
		v = o.aluBoth(op, l, r)
	}
	if v == nil {
		v = o.g.alu(op, l, r)
	}
	return v
}

// aluBoth knows the laws for two operands that are not constants.
func (o *optimizer) aluBoth(op valueOp, l, r *value) *value {
	switch {
	case l == r && (op == valueSub || op == valueXor):
		return o.g.constant(0)
	case l == r && (op == valueAnd || op == valueOr):
		return l
	case op == valueSub && l.isConst() && l.k == 0:
		return o.negate(r)
	case op == valueAdd && r.op == valueNeg:
		return o.alu(valueSub, l, r.left)
	case op == valueAdd && l.op == valueNeg:
		return o.alu(valueSub, r, l.left)
	case op == valueSub && r.op == valueNeg:
		return o.alu(valueAdd, l, r.left)
	case (op == valueAdd || op == valueSub) && l.op == valueAdd && l.right.isConst():
		return o.alu(valueAdd, o.alu(op, l.left, r), l.right)
	case (op == valueAdd || op == valueSub) && r.op == valueAdd && r.right.isConst():
		k, _ := apply(op, 0, r.right.k)
		return o.alu(valueAdd, o.alu(op, l, r.left), o.g.constant(k))
	case op == valueSub && l.op == valueAdd && l.left == r:
		return l.right
	case op == valueSub && l.op == valueAdd && l.right == r:
		return l.left
	}
	return nil
}

// aluConst knows the laws for a constant on the right.
func (o *optimizer) aluConst(op valueOp, l *value, k uint32) *value {
	switch {
	case k == 0 && (op == valueAdd || op == valueSub || op == valueOr || op == valueXor || op == valueLsh || op == valueRsh):
		return l
	case k == 1 && (op == valueMul || op == valueDiv):
		return l
	case op == valueSub:
		return o.alu(valueAdd, l, o.g.constant(-k))
	case op == valueMul && k&(k-1) == 0:
		return o.alu(valueLsh, l, o.g.constant(uint32(bits.TrailingZeros32(k))))
	case op == valueDiv && k&(k-1) == 0 && k != 0:
		return o.alu(valueRsh, l, o.g.constant(uint32(bits.TrailingZeros32(k))))
	case op == valueMod && k&(k-1) == 0 && k != 0:
		return o.alu(valueAnd, l, o.g.constant(k-1))
	case op == valueMod && o.boundsOf(l).hi < k:
		return l
	case l.op == op && l.right.isConst() && op != valueSub && op != valueDiv && op != valueMod:
		return o.aluTwice(op, l, k)
	}
	switch op {
	case valueAnd:
		return o.andConst(l, k)
	case valueOr:
		if o.boundsOf(l).maybe&^k == 0 {
			return o.g.constant(k)
		}
	case valueLsh:
		if l.op == valueRsh && l.right.isConst() && l.right.k == k {
			return o.alu(valueAnd, l.left, o.g.constant(^uint32(0)<<k))
		}
	case valueRsh:
		return o.rshConst(l, k)
	}
	return nil
}

// aluTwice is (l.left op l.right) op k for constants l.right and k.
func (o *optimizer) aluTwice(op valueOp, l *value, k uint32) *value {
	if op == valueLsh || op == valueRsh {
		if k += l.right.k; k > 31 {
			return o.g.constant(0)
		}
		return o.alu(op, l.left, o.g.constant(k))
	}
	k, _ = apply(op, l.right.k, k)
	return o.alu(op, l.left, o.g.constant(k))
}

// andConst is l & k. Masks move inwards, to the loads.
func (o *optimizer) andConst(l *value, k uint32) *value {
	maybe := o.boundsOf(l).maybe
	switch {
	case maybe&^k == 0:
		return l
	case l.op == valueOr && l.right.isConst() && l.right.k&k == 0:
		return o.alu(valueAnd, l.left, o.g.constant(k))
	case l.op == valueLsh && l.right.isConst():
		return o.alu(valueLsh, o.alu(valueAnd, l.left, o.g.constant(k>>l.right.k)), l.right)
	case l.op == valueRsh && l.right.isConst() && k<<l.right.k>>l.right.k == k:
		return o.alu(valueRsh, o.alu(valueAnd, l.left, o.g.constant(k<<l.right.k)), l.right)
	case l.op == valueLoad && l.size == 4 && k == 0xffff:
		return o.part(l, 2, 2)
	case l.op == valueLoad && l.size > 1 && k == 0xff:
		return o.part(l, l.size-1, 1)
	case k&maybe != k:
		return o.alu(valueAnd, l, o.g.constant(k&maybe))
	}
	return nil
}

// part is the load of size bytes of l, from byte at on.
func (o *optimizer) part(l *value, at, size uint8) *value {
	if l.left == nil {
		return o.g.load(size, l.k+uint32(at))
	}
	return o.g.loadAt(l.left, size, l.k+uint32(at))
}

func (o *optimizer) rshConst(l *value, k uint32) *value {
	switch {
	case l.op == valueLoad && l.size == 4 && (k == 24 || k == 16):
		return o.part(l, 0, uint8(4-k/8))
	case l.op == valueLoad && l.size == 2 && k == 8:
		return o.part(l, 0, 1)
	case l.op == valueLsh && l.right.isConst() && o.boundsOf(l.left).hi<<l.right.k>>l.right.k == o.boundsOf(l.left).hi:
		if l.right.k >= k {
			return o.alu(valueLsh, l.left, o.g.constant(l.right.k-k))
		}
		return o.alu(valueRsh, l.left, o.g.constant(k-l.right.k))
	}
	return nil
}

// boundsOf is what holds of v whatever the packet.
func (o *optimizer) boundsOf(v *value) bounds {
	switch v.op {
	case valueConst:
		return exactly(v.k)
	case valueLoad:
		if v.size == 4 {
			return anything
		}
		return upTo(1<<(8*v.size) - 1)
	case valueLength, valueAncillary, valueVariable:
		return anything
	}
	if k := o.limits.get(v); k != nil {
		return *k
	}
	r := anything
	if v.right != nil {
		r = o.boundsOf(v.right)
	}
	k := aluKnown(v.op, o.boundsOf(v.left), r)
	o.limits.set(v, k)
	return k
}
