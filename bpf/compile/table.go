package compile

// table holds something for values or nodes, by id.
type table[T any] struct {
	items []*T
	n     int // how many are set
}

func (t *table[T]) at(id int) *T {
	if id < len(t.items) {
		return t.items[id]
	}
	return nil
}

func (t *table[T]) put(id int, x *T) {
	for id >= len(t.items) {
		t.items = append(t.items, make([]*T, max(16, len(t.items)))...)
	}
	if t.items[id] == nil {
		t.n++
	}
	t.items[id] = x
}

func (t *table[T]) get(v *value) *T    { return t.at(v.id) }
func (t *table[T]) set(v *value, x *T) { t.put(v.id, x) }

// bitset is a set of small numbers.
type bitset []uint64

func (s bitset) has(i int) bool { return i>>6 < len(s) && s[i>>6]>>(i&63)&1 != 0 }

func (s *bitset) set(i int) {
	for i>>6 >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[i>>6] |= 1 << (i & 63)
}

func (s bitset) clone() bitset { return append(bitset(nil), s...) }

func (s bitset) union(t bitset) bitset {
	if len(s) < len(t) {
		s, t = t, s
	}
	u := s.clone()
	for i := range t {
		u[i] |= t[i]
	}
	return u
}
