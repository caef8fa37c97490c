package compile

// The flow graph: what the generator makes of an expression and what the
// optimizer works on. It speaks of values of the packet and of tests on them;
// accumulator, index register and scratch words exist only after selection.

// span is the part of the expression that something comes from, in bytes.
type span struct{ start, end int32 }

func (s span) length() int { return int(s.end - s.start) }

// valueOp says how a value is computed.
type valueOp uint8

const (
	valueConst     valueOp = iota // k
	valueLoad                     // size bytes at offset k, from left if that is not nil
	valueLength                   // length of the packet on the wire
	valueAncillary                // word at offset k of Linux's ancillary data
	valueAdd                      // left op right, modulo 2^32, from here on
	valueSub
	valueMul
	valueDiv // rejects the packet when right is 0
	valueMod // rejects the packet when right is 0
	valueAnd
	valueOr
	valueXor
	valueLsh      // 0 when right is above 31
	valueRsh      // 0 when right is above 31
	valueNeg      // of left
	valueVariable // what the last let of variable k gave it
	valueTest     // 1 when left and right pass the test of number size, else 0
)

// value is an unsigned 32-bit number that depends on the packet alone. The
// graph makes equal values once, so that equality is equality of pointers.
//
// Computing a value that reads past the end of the captured bytes rejects the
// packet.
type value struct {
	op          valueOp
	size        uint8 // of a load: 1, 2 or 4
	k           uint32
	left, right *value
	id          int32 // order of creation
}

// testOp compares two values, without sign.
type testOp uint8

const (
	testEq  testOp = iota // left == right
	testGt                // left > right
	testGe                // left >= right
	testSet               // left & right != 0
)

// nodeKind tells nodes apart.
type nodeKind uint8

const (
	nodeReturn nodeKind = iota
	nodeTest
	nodeLet
	nodeChain
)

// node is a point of the program: a return, a test, an assignment, or a walk
// along a chain of headers that ends like a test does.
type node struct {
	kind        nodeKind
	op          testOp
	snaplen     uint32 // of a return: bytes to take, 0 rejects
	left, right *value // of a let: the variable, and what it becomes
	chain       *chain
	yes, no     *node // of a let: yes alone
	pos         span  // the term that asks
	id          int32 // order of creation
	near        int32 // how many nodes lead to acceptance at least, far when there is none
}

// far is the near of a node from which no way leads to acceptance.
const far = 1 << 30

// chain is the walk of `protochain`: from header to header of an IP packet
// until one of protocol want comes, with next giving the protocol of the first
// header and at where it starts. off is the offset of the IP header, to which
// at is relative.
type chain struct {
	want     uint32
	next, at *value
	off      uint32
	ip6      bool // extension headers of IPv6 are passed, not only AH
}

// graph makes the values and nodes of one expression.
type graph struct {
	table     []*value // of values, by hash; its length is a power of two
	values    int
	slab      []value // room for values
	nodeSlab  []node
	variables uint32
	nodes     int
	rejecting,
	accepting *node
}

// newGraph makes an empty graph whose accepting return takes snaplen bytes.
func newGraph(snaplen uint32) *graph {
	g := &graph{table: make([]*value, 64)}
	g.rejecting = g.newNode(node{kind: nodeReturn})
	g.accepting = g.newNode(node{kind: nodeReturn, snaplen: snaplen})
	return g
}

// hash mixes the content of v.
func (v *value) hash() uint64 {
	h := uint64(v.op)<<40 | uint64(v.size)<<32 | uint64(v.k)
	if v.left != nil {
		h ^= uint64(v.left.id) << 44
	}
	if v.right != nil {
		h ^= uint64(v.right.id) << 52
		h += uint64(v.right.id) >> 12
	}
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>32
}

func (v *value) same(w *value) bool {
	return v.op == w.op && v.size == w.size && v.k == w.k && v.left == w.left && v.right == w.right
}

// intern is the value with this content, made once.
func (g *graph) intern(v value) *value {
	mask := uint64(len(g.table) - 1)
	i := v.hash() & mask
	for ; g.table[i] != nil; i = (i + 1) & mask {
		if g.table[i].same(&v) {
			return g.table[i]
		}
	}
	if len(g.slab) == 0 {
		g.slab = make([]value, min(max(32, g.values), 1024))
	}
	made := &g.slab[0]
	g.slab = g.slab[1:]
	g.values++
	v.id = int32(g.values)
	*made = v
	g.table[i] = made
	if 2*g.values > len(g.table) {
		g.grow()
	}
	return made
}

// grow doubles the table of values.
func (g *graph) grow() {
	old := g.table
	g.table = make([]*value, 2*len(old))
	mask := uint64(len(g.table) - 1)
	for _, v := range old {
		if v == nil {
			continue
		}
		i := v.hash() & mask
		for g.table[i] != nil {
			i = (i + 1) & mask
		}
		g.table[i] = v
	}
}

func (g *graph) constant(k uint32) *value { return g.intern(value{op: valueConst, k: k}) }

// load is the number in size bytes at offset off of the packet.
func (g *graph) load(size uint8, off uint32) *value {
	return g.intern(value{op: valueLoad, size: size, k: off})
}

// loadAt is the number in size bytes at offset base + off of the packet. The
// sum does not wrap: base and off must each lie in the packet.
func (g *graph) loadAt(base *value, size uint8, off uint32) *value {
	return g.intern(value{op: valueLoad, size: size, k: off, left: base})
}

func (g *graph) length() *value { return g.intern(value{op: valueLength}) }

// ancillary is a word of Linux's ancillary data; off is one of bpf's Ext
// offsets, without the base.
func (g *graph) ancillary(off uint32) *value {
	return g.intern(value{op: valueAncillary, size: 4, k: off})
}

// alu is left op right; right is nil for valueNeg. A constant divisor of 0 and
// a constant shift by more than 31 are the generator's to refuse.
func (g *graph) alu(op valueOp, left, right *value) *value {
	return g.intern(value{op: op, left: left, right: right})
}

// variable makes a new variable, for values that depend on the way to a node:
// where a header starts behind another of variable length, or which of several
// tags was found. Every way to a use must pass a let.
func (g *graph) variable() *value {
	g.variables++
	return g.intern(value{op: valueVariable, k: g.variables - 1})
}

func (g *graph) newNode(n node) *node {
	if len(g.nodeSlab) == 0 {
		g.nodeSlab = make([]node, min(max(16, g.nodes), 1024))
	}
	made := &g.nodeSlab[0]
	g.nodeSlab = g.nodeSlab[1:]
	g.nodes++
	n.id = int32(g.nodes)
	n.near = n.distance()
	*made = n
	return made
}

// distance is near, by that of the nodes that follow.
func (n *node) distance() int32 {
	d := int32(far)
	switch {
	case n.kind == nodeReturn && n.snaplen != 0:
		return 0
	case n.kind == nodeReturn:
		return far
	case n.no != nil:
		d = n.no.near
	}
	return 1 + min(d, n.yes.near, far-1)
}

// accept is the node that takes the packet, reject the one that does not.
func (g *graph) accept() *node { return g.accepting }
func (g *graph) reject() *node { return g.rejecting }

// test goes on with yes when left op right holds, with no otherwise.
func (g *graph) test(op testOp, left, right *value, yes, no *node, pos span) *node {
	return g.newNode(node{kind: nodeTest, op: op, left: left, right: right, yes: yes, no: no, pos: pos})
}

// let gives variable another value, which may be computed from its old one,
// and goes on with next. Bases of nested headers belong in variables, so that
// values do not double with each level.
func (g *graph) let(variable, to *value, next *node, pos span) *node {
	return g.newNode(node{kind: nodeLet, left: variable, right: to, yes: next, pos: pos})
}

// walk goes on with yes when the chain has the protocol, with no otherwise.
func (g *graph) walk(c chain, yes, no *node, pos span) *node {
	return g.newNode(node{kind: nodeChain, chain: &c, yes: yes, no: no, pos: pos})
}
