package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// notSet is an offset that a link type does not have.
const notSet = 0xffffffff

// offset is a place in a packet: base + k, base being nil where the place does
// not vary.
type offset struct {
	base     *flow.Value
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

func (g *generator) from(o *offset, off uint32) (base *flow.Value, k uint32) {
	if o.variable && !o.word {
		o.word = true
		g.takeWord()
	}
	return o.base, o.k + off
}

// resolve is where off from a place lies.
func (g *generator) resolve(at anchor, off uint32) (base *flow.Value, k uint32) {
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
func (g *generator) headerLength(base *flow.Value, k uint32) *flow.Value {
	low := compute(g.graph, flow.OpAnd, loadAt(g.graph, base, 1, k), g.graph.Constant(0xf))
	return compute(g.graph, flow.OpLsh, low, g.graph.Constant(2))
}

// sum is a + b, a being nil for 0.
func (g *generator) sum(a, b *flow.Value) *flow.Value {
	if a == nil {
		return b
	}
	return compute(g.graph, flow.OpAdd, a, b)
}

func (g *generator) load(at anchor, off uint32, size uint8) *flow.Value {
	base, k := g.resolve(at, off)
	return loadAt(g.graph, base, size, k)
}

func (g *generator) yes() *pred { return &pred{op: predTrue, pos: g.pos} }
func (g *generator) no() *pred  { return &pred{op: predFalse, pos: g.pos} }

// compare tests left against right.
func (g *generator) compare(rel syntax.Relation, left, right *flow.Value) *pred {
	if g.tests++; g.tests > maxTests {
		panic(syntax.TooLong("more than %d tests", maxTests))
	}
	if g.graph.Values() > maxValues {
		panic(syntax.TooLong("more than %d values", maxValues))
	}
	p := &pred{op: predTest, left: left, right: right, pos: g.pos}
	switch rel {
	case syntax.RelNotEqual, syntax.RelLess, syntax.RelLessEqual:
		switch rel {
		case syntax.RelNotEqual:
			p.test = flow.TestEq
		case syntax.RelLess:
			p.test = flow.TestGe
		case syntax.RelLessEqual:
			p.test = flow.TestGt
		}
		return not(p)
	case syntax.RelGreater:
		p.test = flow.TestGt
	case syntax.RelGreaterEqual:
		p.test = flow.TestGe
	case syntax.RelAnd:
		p.test = flow.TestSet
	}
	return p
}

func (g *generator) is(v *flow.Value, want uint32) *pred {
	return g.compare(syntax.RelEqual, v, g.graph.Constant(want))
}

// masked is v & mask.
func (g *generator) masked(v *flow.Value, mask uint32) *flow.Value {
	if mask == 0xffffffff {
		return v
	}
	return compute(g.graph, flow.OpAnd, v, g.graph.Constant(mask))
}

// atFirst says what libpcap's optimizer takes for the left side of a test in
// its first pass.
func (g *generator) atFirst(p *pred, left *flow.Value) {
	p.leaf().early = left
}

// equal tests the number in size bytes at a place.
func (g *generator) equal(at anchor, off uint32, size uint8, want uint32) *pred {
	return g.is(g.load(at, off, size), want)
}

// maskedEqual tests bits of the number in size bytes at a place.
func (g *generator) maskedEqual(at anchor, off uint32, size uint8, want, mask uint32) *pred {
	if mask == 0 && g.follows(fewerTests) {
		return g.always(want == 0)
	}
	if want == 0 && mask != 0xffffffff {
		bits := g.load(at, off, size)
		p := not(g.compare(syntax.RelAnd, bits, g.graph.Constant(mask)))
		if g.literal {
			g.atFirst(p, g.graph.ALU(flow.OpAnd, bits, g.graph.Constant(mask)))
		}
		return p
	}
	return g.is(g.masked(g.load(at, off, size), mask), want)
}

// bits tests whether one of the bits in mask is set in a byte.
func (g *generator) bits(at anchor, off uint32, mask uint32) *pred {
	return g.compare(syntax.RelAnd, g.load(at, off, 1), g.graph.Constant(mask))
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
