package flow

import (
	"github.com/tapdump/tapdump/bpf"
)

// registers is what the machine holds at a point, nil for unknown.
type registers struct {
	a, x    *Value
	scratch *words // never changed; nil: nothing
}

// words is what scratch words hold.
type words [bpf.ScratchWords]*Value

func (r *registers) meet(s *registers) {
	if r.a != s.a {
		r.a = nil
	}
	if r.x != s.x {
		r.x = nil
	}
	if r.scratch == s.scratch || r.scratch == nil {
		return
	}
	if s.scratch == nil {
		r.scratch = nil
		return
	}
	both, any := *r.scratch, false
	for i := range both {
		if both[i] != s.scratch[i] {
			both[i] = nil
		}
		any = any || both[i] != nil
	}
	if r.scratch = nil; any {
		r.scratch = &both
	}
}

// at is what scratch word w holds.
func (r *registers) at(w uint32) *Value {
	if r.scratch == nil {
		return nil
	}
	return r.scratch[w]
}

// store notes that scratch word w holds v.
func (r *registers) store(w uint32, v *Value) {
	if r.at(w) == v {
		return
	}
	var next words
	if r.scratch != nil {
		next = *r.scratch
	}
	next[w] = v
	r.scratch = &next
}

// word finds the scratch word that holds v.
func (r *registers) word(v *Value) (w uint32, ok bool) {
	if r.scratch != nil {
		for i := range r.scratch {
			if r.scratch[i] == v {
				return uint32(i), true
			}
		}
	}
	return 0, false
}

// need is what must hold before an instruction so that the rest of the block does its
// work.
type need struct {
	a, x    *Value
	scratch []wordNeed
	never   bool
}

type wordNeed struct {
	word uint32
	v    *Value
}

func (n *need) satisfied(r *registers) bool {
	if n.never || n.a != nil && n.a != r.a || n.x != nil && n.x != r.x {
		return false
	}
	for _, w := range n.scratch {
		if r.at(w.word) != w.v {
			return false
		}
	}
	return true
}

// rename forgets values that depend on a variable that changes.
func (r *registers) rename(variable *Value) {
	if r.a != nil && r.a.Uses(variable) {
		r.a = nil
	}
	if r.x != nil && r.x.Uses(variable) {
		r.x = nil
	}
	if r.scratch == nil {
		return
	}
	for w, v := range r.scratch {
		if v != nil && v.Uses(variable) {
			r.store(uint32(w), nil)
		}
	}
}
