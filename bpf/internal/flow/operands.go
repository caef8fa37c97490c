package flow

import (
	"github.com/tapdump/tapdump/bpf"
)

// operands brings left into A and right into X, or the other way round when
// that is allowed and easier.
func (s *selector) operands(left, right *Value, swap bool) (swapped bool) {
	_, header := left.headerLength()
	switch {
	case s.startsAt(left, right):
		s.intoX(right)
		s.intoA(left)
	case swap && s.startsAt(right, left):
		s.intoX(left)
		s.intoA(right)
		return true
	case swap && header && s.now.a != left && s.easyX(left, right): // takes more to get into A
		s.intoA(right)
		s.intoX(left)
		return true
	case s.easyX(right, left):
		s.intoA(left)
		s.intoX(right)
	case swap && s.easyX(left, right):
		s.intoA(right)
		s.intoX(left)
		return true
	case swap && s.shared(left) > s.shared(right) && s.overX(right, left):
		s.intoX(left)
		s.intoA(right)
		return true
	case s.overX(left, right):
		s.intoX(right)
		s.intoA(left)
	case swap && s.overX(right, left):
		s.intoX(left)
		s.intoA(right)
		return true
	case s.now.a == left && cost(left) > 1:
		s.aside(left, right)
	case swap && s.now.a == right && cost(right) > 1:
		s.aside(right, left)
		return true
	default:
		s.intoA(right)
		w := s.freeWord()
		s.emit(bpf.ST, w, right)
		s.held |= 1 << w
		s.intoA(left)
		s.emit(bpf.LDX|bpf.MEM, w, right)
		s.held &^= 1 << w
	}
	return false
}

// aside keeps inA, which is in A and would have to be computed once more, while
// it brings inX into X.
func (s *selector) aside(inA, inX *Value) {
	w := s.freeWord()
	s.emit(bpf.ST, w, inA)
	s.held |= 1 << w
	s.intoX(inX)
	if s.now.a != inA {
		s.emit(bpf.LD|bpf.MEM, w, inA)
	}
	s.held &^= 1 << w
}

// shared is how many tests compare v with what is no constant, less those that
// compare it with one, and want it in A.
func (s *selector) shared(v *Value) int {
	if n := s.compared.get(v); n != nil {
		return *n
	}
	return 0
}

// startsAt reports whether v begins with a load relative to base, which is still
// in X when v is computed.
func (s *selector) startsAt(v, base *Value) bool {
	return base != nil && s.firstBase(v) == base && s.now.a != v && s.overX(v, base)
}

// easyX reports whether v gets into X without A once other is in A.
func (s *selector) easyX(v, other *Value) bool {
	if s.now.x == v && !s.clobbersX(other) {
		return true
	}
	return s.direct(v)
}

// direct reports whether one instruction loads v into X.
func (s *selector) direct(v *Value) bool {
	if v.Op == OpConst || v.Op == OpLength {
		return true
	}
	if _, ok := v.headerLength(); ok {
		return true
	}
	_, ok := s.now.word(v)
	return ok
}

// overX reports whether left can be computed into A while right is in X.
func (s *selector) overX(left, right *Value) bool {
	if s.now.a == left || s.now.x == left {
		return false
	}
	old := s.now
	s.now.x, s.now.a = right, nil
	clobbers := s.clobbersX(left)
	s.now = old
	return !clobbers
}

// clobbersX reports whether computing v into A overwrites X.
func (s *selector) clobbersX(v *Value) bool {
	if s.now.a == v || s.now.x == v {
		return false
	}
	if _, ok := s.now.word(v); ok {
		return false
	}
	switch v.Op {
	case OpConst, OpLength, OpAncillary, OpVariable:
		return false
	case OpLoad:
		return s.needsX(v)
	case OpNeg:
		return s.clobbersX(v.Left)
	}
	if v.Right.IsConst() {
		return s.clobbersX(v.Left)
	}
	return true
}

// firstHeader is the length of an IPv4 header that v is computed from with
// constants alone.
func (v *Value) firstHeader() *Value {
	for v.Op >= OpAdd && v.Op < OpNeg && v.Right.IsConst() {
		if _, ok := v.headerLength(); ok {
			return v
		}
		v = v.Left
	}
	return nil
}

// cost is about how many instructions compute v.
func cost(v *Value) int {
	if _, ok := v.headerLength(); ok || v.Left == nil {
		return 1
	}
	n := 1 + cost(v.Left)
	if v.Right != nil && !v.Right.IsConst() {
		n += 1 + cost(v.Right)
	}
	return n
}
