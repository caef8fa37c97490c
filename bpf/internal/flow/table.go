package flow

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

func (t *table[T]) get(v *Value) *T { return t.at(v.id) }

func (t *table[T]) set(v *Value, x T) { t.put(v.id, x) }

// nodeTable finds nodes by content: value numbering (hash consing), so that equal
// nodes are one.
type nodeTable struct {
	slots  []*Node  // by hash; the length is a power of two
	hashes []uint32 // of the nodes in slots: most others are told apart without a look at them
	n      int
}

func (n *Node) hash() uint64 {
	h := uint64(n.Kind)<<60 ^ uint64(n.Op)<<56
	if n.Left != nil {
		h ^= uint64(n.Left.id)
	}
	if n.Right != nil {
		h ^= uint64(n.Right.id) << 14
	}
	if n.Yes != nil {
		h ^= uint64(n.Yes.id) << 28
	}
	h *= 0x9e3779b97f4a7c15
	if n.No != nil {
		h = (h ^ h>>29 ^ uint64(n.No.id)) * 0x9e3779b97f4a7c15
	}
	return h ^ h>>32
}

// same reports whether two nodes do the same.
func (n *Node) same(m *Node) bool {
	return n.Kind == m.Kind && n.Op == m.Op && n.Left == m.Left && n.Right == m.Right && n.chain == m.chain &&
		n.Yes == m.Yes && n.No == m.No
}

// intern is the node of this content in g, made once.
func (t *nodeTable) intern(g *Graph, n *Node) *Node {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	hash := n.hash()
	i := t.place(uint32(hash))
	mask := len(t.slots) - 1
	for ; t.slots[i] != nil; i = (i + 1) & mask {
		if t.hashes[i] == uint32(hash) && t.slots[i].same(n) {
			return t.slots[i]
		}
	}
	made := g.newNode(*n)
	t.slots[i], t.hashes[i] = made, uint32(hash)
	t.n++
	return made
}

// place is the slot where a node of that hash is, or behind which.
func (t *nodeTable) place(hash uint32) int { return int(hash & uint32(len(t.slots)-1)) }

// reserve makes room for n nodes in an empty table.
func (t *nodeTable) reserve(n int) { t.make(max(64, 1<<bits.Len(uint(2*n)))) }

func (t *nodeTable) make(slots int) { t.slots, t.hashes = make([]*Node, slots), make([]uint32, slots) }

func (t *nodeTable) grow() {
	slots, hashes := t.slots, t.hashes
	t.make(max(64, 2*len(slots)))
	mask := len(t.slots) - 1
	for at, n := range slots {
		if n == nil {
			continue
		}
		i := t.place(hashes[at])
		for t.slots[i] != nil {
			i = (i + 1) & mask
		}
		t.slots[i], t.hashes[i] = n, hashes[at]
	}
}
