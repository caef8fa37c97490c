package compile

import "math/bits"

// table holds something for values or nodes, by id. Tables that are filled anew
// for each graph keep their memory.
type table[T any] struct {
	items  []T
	stamps []uint32 // an item is there when its stamp is that of the table, plus 1
	stamp  uint32
	n      int // how many are there
}

// at is what is held for id, nil for nothing. It is valid until the next put.
func (t *table[T]) at(id int32) *T {
	if int(id) < len(t.stamps) && t.stamps[id] == t.stamp+1 {
		return &t.items[id]
	}
	return nil
}

func (t *table[T]) put(id int32, x T) *T {
	if n := int(id); n >= len(t.items) {
		t.reserve(max(32, n+n/2+1))
	}
	if t.stamps[id] != t.stamp+1 {
		t.stamps[id] = t.stamp + 1
		t.n++
	}
	t.items[id] = x
	return &t.items[id]
}

// reserve makes room for ids below n.
func (t *table[T]) reserve(n int) {
	if n <= len(t.items) {
		return
	}
	n += n / 4
	items, stamps := make([]T, n), make([]uint32, n)
	if t.n > 0 {
		copy(items, t.items)
		copy(stamps, t.stamps)
	} else {
		t.stamp = 0
	}
	t.items, t.stamps = items, stamps
}

// clear removes all that is held.
func (t *table[T]) clear() {
	t.stamp++
	t.n = 0
}

func (t *table[T]) get(v *value) *T { return t.at(v.id) }

func (t *table[T]) set(v *value, x T) { t.put(v.id, x) }

// nodeTable finds nodes by content.
type nodeTable struct {
	slots []*node // by hash; the length is a power of two
	n     int
}

func (n *node) hash() uint64 {
	h := uint64(n.kind)<<60 ^ uint64(n.op)<<56
	if n.left != nil {
		h ^= uint64(n.left.id)
	}
	if n.right != nil {
		h ^= uint64(n.right.id) << 14
	}
	if n.yes != nil {
		h ^= uint64(n.yes.id) << 28
	}
	h *= 0x9e3779b97f4a7c15
	if n.no != nil {
		h = (h ^ h>>29 ^ uint64(n.no.id)) * 0x9e3779b97f4a7c15
	}
	return h ^ h>>32
}

// same reports whether two nodes do the same.
func (n *node) same(m *node) bool {
	return n.kind == m.kind && n.op == m.op && n.left == m.left && n.right == m.right && n.chain == m.chain &&
		n.yes == m.yes && n.no == m.no
}

// intern is the node of this content in g, made once.
func (t *nodeTable) intern(g *graph, n *node) *node {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	i := n.hash() & mask
	for ; t.slots[i] != nil; i = (i + 1) & mask {
		if t.slots[i].same(n) {
			return t.slots[i]
		}
	}
	made := g.newNode(*n)
	t.slots[i] = made
	t.n++
	return made
}

// reserve makes room for n nodes in an empty table.
func (t *nodeTable) reserve(n int) {
	t.slots = make([]*node, max(64, 1<<bits.Len(uint(2*n))))
}

func (t *nodeTable) grow() {
	old := t.slots
	t.slots = make([]*node, max(64, 2*len(old)))
	mask := uint64(len(t.slots) - 1)
	for _, n := range old {
		if n == nil {
			continue
		}
		i := n.hash() & mask
		for t.slots[i] != nil {
			i = (i + 1) & mask
		}
		t.slots[i] = n
	}
}

// bitset is a set of small numbers.
type bitset []uint64

func (s bitset) has(i int) bool { return i>>6 < len(s) && s[i>>6]>>(i&63)&1 != 0 }

func (s *bitset) set(i int) {
	for i>>6 >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[i>>6] |= 1 << (i & 63)
}
