package flow

// The flow graph: what the generator makes of an expression and what the
// optimizer works on. It speaks of values of the packet and of tests on them;
// accumulator, index register and scratch words exist only after selection.

// Span is the part of the expression that something comes from, in bytes.
type Span struct{ Start, End int32 }

func (s Span) Length() int { return int(s.End - s.Start) }

// Op says how a value is computed.
type Op uint8

const (
	OpConst     Op = iota // k
	OpLoad                // size bytes at offset k, from left if that is not nil
	OpLength              // length of the packet on the wire
	OpAncillary           // word at offset k of Linux's ancillary data
	OpAdd                 // left op right, modulo 2^32, from here on
	OpSub
	OpMul
	OpDiv // rejects the packet when right is 0
	OpMod // rejects the packet when right is 0
	OpAnd
	OpOr
	OpXor
	OpLsh      // 0 when right is above 31
	OpRsh      // 0 when right is above 31
	OpNeg      // of left
	OpVariable // what the last let of variable k gave it
	OpTest     // 1 when left and right pass the test of number size, else 0
	OpOutside  // what lies outside every packet, or is computed from that: computing it rejects
)

// Value is an unsigned 32-bit number that depends on the packet alone. The
// graph makes equal values once, so that equality is equality of pointers.
//
// Computing a value that reads past the end of the captured bytes rejects the
// packet.
type Value struct {
	Op          Op
	Size        uint8 // of a load: 1, 2 or 4
	K           uint32
	Left, Right *Value
	id          int32 // order of creation
}

// TestOp compares two values, without sign.
type TestOp uint8

const (
	TestEq  TestOp = iota // left == right
	TestGt                // left > right
	TestGe                // left >= right
	TestSet               // left & right != 0
)

// NodeKind tells nodes apart.
type NodeKind uint8

const (
	NodeReturn NodeKind = iota
	NodeTest
	NodeLet
	NodeChain
)

// Node is a point of the program: a return, a test, an assignment, or a walk
// along a chain of headers that ends like a test does.
type Node struct {
	Kind        NodeKind
	Op          TestOp
	SnapLen     uint32 // of a return: bytes to take, 0 rejects
	Left, Right *Value // of a let: the variable, and what it becomes
	chain       *Chain
	Yes, No     *Node // of a let: yes alone
	pos         Span  // the term that asks
	id          int32 // order of creation
	Near        int32 // how many nodes lead to acceptance at least, far when there is none
}

// far is the near of a node from which no way leads to acceptance.
const far = 1 << 30

// Chain is the walk of `protochain`: from header to header of an IP packet
// until one of protocol want comes, with next giving the protocol of the first
// header and at where it starts. off is the offset of the IP header, to which
// at is relative.
type Chain struct {
	Want     uint32
	Next, At *Value
	Off      uint32
	IP6      bool // extension headers of IPv6 are passed, not only AH
}

// Graph makes the values and nodes of one expression.
type Graph struct {
	table      []*Value // of values, by hash; its length is a power of two
	valueCount int
	slab       []Value // room for values
	nodeSlab   []Node
	variables  uint32
	nodeCount  int
	rejecting,
	accepting *Node
}

// NewGraph makes an empty graph whose accepting return takes snaplen bytes.
func NewGraph(snaplen uint32) *Graph {
	g := &Graph{table: make([]*Value, 64)}
	g.rejecting = g.newNode(Node{Kind: NodeReturn})
	g.accepting = g.newNode(Node{Kind: NodeReturn, SnapLen: snaplen})
	return g
}

// Values is how many values were made, nodes how many nodes.
func (g *Graph) Values() int { return g.valueCount }
func (g *Graph) Nodes() int  { return g.nodeCount }

// hash mixes the content of v.
func (v *Value) hash() uint64 {
	h := uint64(v.Op)<<40 | uint64(v.Size)<<32 | uint64(v.K)
	if v.Left != nil {
		h ^= uint64(v.Left.id) << 44
	}
	if v.Right != nil {
		h ^= uint64(v.Right.id) << 52
		h += uint64(v.Right.id) >> 12
	}
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>32
}

func (v *Value) same(w *Value) bool {
	return v.Op == w.Op && v.Size == w.Size && v.K == w.K && v.Left == w.Left && v.Right == w.Right
}

// intern is the value with this content, made once: global common-subexpression
// elimination by value numbering (hash consing).
func (g *Graph) intern(v Value) *Value {
	mask := uint64(len(g.table) - 1)
	i := v.hash() & mask
	for ; g.table[i] != nil; i = (i + 1) & mask {
		if g.table[i].same(&v) {
			return g.table[i]
		}
	}
	if len(g.slab) == 0 {
		g.slab = make([]Value, min(max(32, g.valueCount), 1024))
	}
	made := &g.slab[0]
	g.slab = g.slab[1:]
	g.valueCount++
	v.id = int32(g.valueCount)
	*made = v
	g.table[i] = made
	if 2*g.valueCount > len(g.table) {
		g.grow()
	}
	return made
}

// grow doubles the table of values.
func (g *Graph) grow() {
	old := g.table
	g.table = make([]*Value, 2*len(old))
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

func (g *Graph) Constant(k uint32) *Value { return g.intern(Value{Op: OpConst, K: k}) }

// Load is the number in size bytes at offset off of the packet.
func (g *Graph) Load(size uint8, off uint32) *Value {
	return g.intern(Value{Op: OpLoad, Size: size, K: off})
}

// LoadAt is the number in size bytes at offset base + off of the packet. The
// sum does not wrap: base and off must each lie in the packet.
func (g *Graph) LoadAt(base *Value, size uint8, off uint32) *Value {
	return g.intern(Value{Op: OpLoad, Size: size, K: off, Left: base})
}

// Outside is a number in size bytes at an offset, from base if that is not nil, that
// no packet has.
func (g *Graph) Outside(base *Value, size uint8, off uint32) *Value {
	return g.intern(Value{Op: OpOutside, Size: size, K: off, Left: base})
}

// outsideALU is left op right where there is no such number.
func (g *Graph) outsideALU(op Op, left, right *Value) *Value {
	return g.intern(Value{Op: OpOutside, Size: 16 + uint8(op), Left: left, Right: right})
}

// Outside reports whether v lies outside every packet.
func (v *Value) Outside() bool { return v != nil && v.Op == OpOutside }

func (g *Graph) Length() *Value { return g.intern(Value{Op: OpLength}) }

// Ancillary is a word of Linux's ancillary data; off is one of bpf's Ext
// offsets, without the base.
func (g *Graph) Ancillary(off uint32) *Value {
	return g.intern(Value{Op: OpAncillary, Size: 4, K: off})
}

// ALU is left op right; right is nil for OpNeg. A constant divisor of 0 and
// a constant shift by more than 31 are the generator's to refuse.
func (g *Graph) ALU(op Op, left, right *Value) *Value {
	if left.Outside() || right.Outside() {
		return g.outsideALU(op, left, right)
	}
	return g.intern(Value{Op: op, Left: left, Right: right})
}

// Variable makes a new variable, for values that depend on the way to a node:
// where a header starts behind another of variable length, or which of several
// tags was found. Every way to a use must pass a let.
func (g *Graph) Variable() *Value {
	g.variables++
	return g.intern(Value{Op: OpVariable, K: g.variables - 1})
}

func (g *Graph) newNode(n Node) *Node {
	if len(g.nodeSlab) == 0 {
		g.nodeSlab = make([]Node, min(max(16, g.nodeCount), 1024))
	}
	made := &g.nodeSlab[0]
	g.nodeSlab = g.nodeSlab[1:]
	g.nodeCount++
	n.id = int32(g.nodeCount)
	n.Near = n.distance()
	*made = n
	return made
}

// distance is near, by that of the nodes that follow.
func (n *Node) distance() int32 {
	d := int32(far)
	switch {
	case n.Kind == NodeReturn && n.SnapLen != 0:
		return 0
	case n.Kind == NodeReturn:
		return far
	case n.No != nil:
		d = n.No.Near
	}
	return 1 + min(d, n.Yes.Near, far-1)
}

// Accept is the node that takes the packet, reject the one that does not.
func (g *Graph) Accept() *Node { return g.accepting }
func (g *Graph) Reject() *Node { return g.rejecting }

// Test goes on with yes when left op right holds, with no otherwise.
func (g *Graph) Test(op TestOp, left, right *Value, yes, no *Node, pos Span) *Node {
	return g.newNode(Node{Kind: NodeTest, Op: op, Left: left, Right: right, Yes: yes, No: no, pos: pos})
}

// Outside reports whether n tests what lies outside every packet, which rejects.
func (n *Node) Outside() bool { return n.Left.Outside() || n.Right.Outside() }

// Let gives variable another value, which may be computed from its old one,
// and goes on with next. Bases of nested headers belong in variables, so that
// values do not double with each level.
func (g *Graph) Let(variable, to *Value, next *Node, pos Span) *Node {
	return g.newNode(Node{Kind: NodeLet, Left: variable, Right: to, Yes: next, pos: pos})
}

// Walk goes on with yes when the chain has the protocol, with no otherwise.
func (g *Graph) Walk(c Chain, yes, no *Node, pos Span) *Node {
	return g.newNode(Node{Kind: NodeChain, chain: &c, Yes: yes, No: no, pos: pos})
}

// Uses reports whether part is in v.
func (v *Value) Uses(part *Value) bool {
	return v == part || v != nil && (v.Left != nil && v.Left.Uses(part) || v.Right != nil && v.Right.Uses(part))
}
