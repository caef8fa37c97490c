package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// mtp2 tests the length indicator of a signal unit, which tells its kind
// (ITU-T Q.703, clause 2.3.3 and annex A for high speed links).
func (g *generator) mtp2(op syntax.TermOp) *pred {
	switch g.link.kind {
	case capture.LinkMTP2, capture.LinkMTP2_WITH_PHDR, capture.LinkERF:
	default:
		g.reworded("'%s' supported only on SS7", op)
		if op >= syntax.TermHFISU {
			g.fail("'%s' supported only on MTP2_HSL", op)
		}
		g.fail("'%s' supported only on MTP2", op)
	}
	length, two := g.masked(g.load(atPacket, g.link.li, 1), 0x3f), uint32(2)
	if op >= syntax.TermHFISU {
		length, two = g.masked(g.load(atPacket, g.link.liHSL, 2), 0xff80), 2<<7
	}
	switch op {
	case syntax.TermFISU, syntax.TermHFISU:
		return g.is(length, 0)
	case syntax.TermLSSU, syntax.TermHLSSU:
		return and(
			g.compare(syntax.RelGreater, length, g.graph.Constant(0)),
			g.compare(syntax.RelLessEqual, length, g.graph.Constant(two)))
	}
	return g.compare(syntax.RelGreater, length, g.graph.Constant(two))
}

// mtp3 compares a field of the service information octet and the routing label
// (ITU-T Q.704, clause 2.2), which are bits of little-endian words.
func (g *generator) mtp3(t *syntax.Term) *pred {
	op, l, shift, word := t.Op, &g.link, uint32(0), t.Op
	if op >= syntax.TermHSIO {
		op, shift = op-syntax.TermHSIO+syntax.TermSIO, 3
	}
	field := func(off, most uint32, size uint8, mask, value uint32) *pred {
		if off == notSet {
			g.reworded("'%s' supported only on SS7", word)
			g.fail("'%s' supported only on SS7", op)
		}
		if t.Num > most {
			g.reworded("%s %d greater than maximum %d", word, t.Num, most)
			g.fail("%s value %d too big; max value = %d", op, t.Num, most)
		}
		v := g.masked(g.load(atPacket, off+shift, size), mask)
		return g.compare(t.Rel, v, g.graph.Constant(value))
	}
	n := t.Num
	switch op {
	case syntax.TermSIO:
		return field(l.sio, 255, 1, 0xffffffff, n)
	case syntax.TermOPC:
		return field(l.opc, 16383, 4, 0x00c0ff0f, n&0x3c00>>10+n&0x3fc<<6+n&3<<22)
	case syntax.TermDPC:
		return field(l.dpc, 16383, 4, 0xff3f0000, n&0xff<<24+n&0x3f00<<8)
	}
	return field(l.sls, 15, 1, 0xf0, n<<4)
}
