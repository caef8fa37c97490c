package flow

import (
	"github.com/tapdump/tapdump/bpf"
)

// operands brings left into A and right into X, or the other way round when
// that is allowed and easier.
func (s *selector) operands(left, right *Value, swap bool) (swapped bool) {
	_, header := left.headerLength()
	switch {
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
	case s.overX(left, right):
		s.intoX(right)
		s.intoA(left)
	case swap && s.overX(right, left):
		s.intoX(left)
		s.intoA(right)
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
		return v.Left != nil && v.Left != s.now.x
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
