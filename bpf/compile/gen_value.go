package compile

import "github.com/tapdump/tapdump/bpf"

// impossible is a load that lies outside every packet: computing it rejects.
var impossible = &value{op: valueLoad, size: 1, k: notSet}

// notSet is an offset that a link type does not have.
const notSet = 0xffffffff

// load is the number in size bytes at offset off of the packet, or the word of
// ancillary data at an offset from bpf.AncillaryBase up.
func load(g *graph, size uint8, off uint32) *value {
	switch {
	case off < 1<<31:
		return g.load(size, off)
	case off >= bpf.AncillaryBase && off%4 == 0 && off-bpf.AncillaryBase <= bpf.AncVLANProtocol:
		return g.ancillary(off - bpf.AncillaryBase)
	}
	return impossible
}

// loadAt is the number in size bytes at base + off.
func loadAt(g *graph, base *value, size uint8, off uint32) *value {
	switch {
	case base == nil:
		return load(g, size, off)
	case base == impossible:
		return impossible
	case base.op == valueConst:
		return load(g, size, base.k+off)
	case base.op == valueAdd && base.right.op == valueConst && base.right.k < 1<<16 && off < 1<<16:
		return loadAt(g, base.left, size, base.right.k+off)
	case off >= 1<<31:
		return impossible
	}
	return g.loadAt(base, size, off)
}

// compute is left op right, done at once where both are constants.
func compute(g *graph, op valueOp, left, right *value) *value {
	switch {
	case left == impossible || right == impossible:
		return impossible
	case left.op == valueConst && right != nil && right.op == valueConst && (right.k != 0 || op != valueDiv && op != valueMod):
		return g.constant(fold(op, left.k, right.k))
	}
	return g.alu(op, left, right)
}

// fold is a op b; b is not 0 where a division asks for it.
func fold(op valueOp, a, b uint32) uint32 {
	switch op {
	case valueAdd:
		return a + b
	case valueSub:
		return a - b
	case valueMul:
		return a * b
	case valueDiv:
		return a / b
	case valueMod:
		return a % b
	case valueAnd:
		return a & b
	case valueOr:
		return a | b
	case valueXor:
		return a ^ b
	case valueLsh:
		return a << b
	}
	return a >> b
}

// offset is a place in a packet: base + k, base being nil where the place does
// not vary.
type offset struct {
	base     *value
	k        uint32
	variable bool // base is kept in a scratch word by libpcap
	word     bool // and that word is taken
}

// anchor says what an offset in a test is relative to.
type anchor uint8

const (
	atPacket anchor = iota
	atLink
	atPrevLink
	atLLC
	atPrevMPLS
	atPayload // header of the network layer
	atPayloadNoSNAP
	atType
	atTransport4
	atTransport6
)

func (g *generator) from(o *offset, off uint32) (base *value, k uint32) {
	if o.variable && !o.word {
		o.word = true
		g.takeWord()
	}
	return o.base, o.k + off
}

// resolve is where off from a place lies.
func (g *generator) resolve(at anchor, off uint32) (base *value, k uint32) {
	l := &g.link
	switch at {
	case atLink:
		return g.from(&l.hdr, off)
	case atPrevLink:
		return g.from(&l.prevHdr, off)
	case atLLC:
		return g.from(&l.payload, off)
	case atPrevMPLS:
		return g.from(&l.payload, l.nl-4+off)
	case atPayload:
		return g.from(&l.payload, l.nl+off)
	case atPayloadNoSNAP:
		return g.from(&l.payload, l.nlNoSNAP+off)
	case atType:
		return g.from(&l.typ, off)
	case atTransport4:
		base, k = g.from(&l.payload, l.nl)
		return g.sum(base, g.headerLength(base, k)), k + off
	case atTransport6:
		return g.from(&l.payload, l.nl+40+off)
	}
	return nil, off
}

// headerLength is the length of the IPv4 header at base + k.
func (g *generator) headerLength(base *value, k uint32) *value {
	low := compute(g.graph, valueAnd, loadAt(g.graph, base, 1, k), g.graph.constant(0xf))
	return compute(g.graph, valueLsh, low, g.graph.constant(2))
}

// sum is a + b, a being nil for 0.
func (g *generator) sum(a, b *value) *value {
	if a == nil {
		return b
	}
	return compute(g.graph, valueAdd, a, b)
}

func (g *generator) load(at anchor, off uint32, size uint8) *value {
	base, k := g.resolve(at, off)
	return loadAt(g.graph, base, size, k)
}

func (g *generator) yes() *pred { return &pred{op: predTrue, pos: g.pos} }
func (g *generator) no() *pred  { return &pred{op: predFalse, pos: g.pos} }

// compare tests left against right.
func (g *generator) compare(rel relation, left, right *value) *pred {
	if g.tests++; g.tests > maxTests {
		panic(tooLong("more than %d tests", maxTests))
	}
	if g.graph.values > maxValues {
		panic(tooLong("more than %d values", maxValues))
	}
	p := &pred{op: predTest, left: left, right: right, pos: g.pos}
	switch rel {
	case relNotEqual, relLess, relLessEqual:
		switch rel {
		case relNotEqual:
			p.test = testEq
		case relLess:
			p.test = testGe
		case relLessEqual:
			p.test = testGt
		}
		return not(p)
	case relGreater:
		p.test = testGt
	case relGreaterEqual:
		p.test = testGe
	case relAnd:
		p.test = testSet
	}
	return p
}

func (g *generator) is(v *value, want uint32) *pred {
	return g.compare(relEqual, v, g.graph.constant(want))
}

// masked is v & mask.
func (g *generator) masked(v *value, mask uint32) *value {
	if mask == 0xffffffff {
		return v
	}
	return compute(g.graph, valueAnd, v, g.graph.constant(mask))
}

// atFirst says what libpcap's optimizer takes for the left side of a test in
// its first pass.
func (g *generator) atFirst(p *pred, left *value) {
	p.leaf().early = left
}

// equal tests the number in size bytes at a place.
func (g *generator) equal(at anchor, off uint32, size uint8, want uint32) *pred {
	return g.is(g.load(at, off, size), want)
}

// maskedEqual tests bits of the number in size bytes at a place.
func (g *generator) maskedEqual(at anchor, off uint32, size uint8, want, mask uint32) *pred {
	if want == 0 && mask != 0xffffffff {
		bits := g.load(at, off, size)
		p := not(g.compare(relAnd, bits, g.graph.constant(mask)))
		if g.literal {
			g.atFirst(p, g.graph.alu(valueAnd, bits, g.graph.constant(mask)))
		}
		return p
	}
	return g.is(g.masked(g.load(at, off, size), mask), want)
}

// bits tests whether one of the bits in mask is set in a byte.
func (g *generator) bits(at anchor, off uint32, mask uint32) *pred {
	return g.compare(relAnd, g.load(at, off, 1), g.graph.constant(mask))
}

// bytes tests a string of bytes, the end of it first.
func (g *generator) bytes(at anchor, off uint32, want []byte) *pred {
	var all *pred
	for size := uint8(4); size >= 1; size /= 2 {
		for len(want) >= int(size) {
			n := len(want) - int(size)
			v := uint32(0)
			for _, c := range want[n:] {
				v = v<<8 | uint32(c)
			}
			all = and(all, g.equal(at, off+uint32(n), size, v))
			want = want[:n]
		}
	}
	if all == nil {
		return g.yes()
	}
	return all
}
