package compile

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/tapdump/tapdump/bpf"
)

// The search for packets on which programs answer otherwise: a run keeps where
// each number came from, so that the bytes behind a comparison can be changed
// to turn it. Packets wander through the branches of both programs.

// packet is what a filter can look at.
type packet struct {
	data []byte
	wire uint32
	anc  [64]byte // ancillary words by offset, big-endian
}

func (p *packet) clone() *packet {
	q := *p
	q.data = append([]byte(nil), p.data...)
	return &q
}

// origin is a number of a run and where it came from.
type origin struct {
	v     uint32
	from  source
	size  int    // of bytes
	off   uint32 // of bytes, or of an ancillary word
	op    valueOp
	a, b  *origin // operands; b is nil for valueNeg
	fixed bool    // does not depend on the packet
}

type source uint8

const (
	fromConstant source = iota
	fromBytes
	fromLength
	fromAncillary
	fromOperator
)

// site is a comparison that a run made.
type site struct {
	pc   int
	op   testOp
	a, b *origin
	yes  bool
}

// machine is a run of a program on a packet.
type machine struct {
	p       *packet
	a, x    *origin
	scratch [bpf.ScratchWords]*origin
	sites   []site
	past    bool // it read past the end of the packet or divided by 0
	steps   int
}

func fixed(v uint32) *origin { return &origin{v: v, fixed: true} }

// trace runs a program and lists the comparisons. past is set when it read past
// the end of the packet or divided by 0.
func trace(prog []bpf.Instruction, p *packet) (ret uint32, sites []site, past bool) {
	m := run(prog, p)
	if m.past {
		return 0, m.sites, true
	}
	return m.a.v, m.sites, false
}

// run runs a program, which leaves its answer in A.
func run(prog []bpf.Instruction, p *packet) *machine {
	m := &machine{p: p, a: fixed(0), x: fixed(0)}
	for pc := 0; ; m.steps++ {
		if m.steps > 100000 { // a loop of protochain that runs in circles
			m.past = true
			return m
		}
		ins := prog[pc]
		pc++
		switch ins.Op & 7 {
		case bpf.JMP:
			pc += m.jump(ins, pc)
		case bpf.RET:
			if ins.Op&0x18 != bpf.A {
				m.a = fixed(ins.K)
			}
			return m
		default:
			if m.step(ins); m.past {
				return m
			}
		}
	}
}

// operand is what an ALU instruction or a jump has on the right.
func (m *machine) operand(ins bpf.Instruction) *origin {
	if ins.Op&bpf.X != 0 {
		return m.x
	}
	return fixed(ins.K)
}

// jump returns how many instructions to skip.
func (m *machine) jump(ins bpf.Instruction, pc int) int {
	if ins.Op&0xf0 == bpf.JA {
		return int(int32(ins.K))
	}
	s := site{pc: pc, op: liftTests[ins.Op&0xf0], a: m.a, b: m.operand(ins)}
	s.yes = compare(s.op, s.a.v, s.b.v)
	m.sites = append(m.sites, s)
	if s.yes {
		return int(ins.Jt)
	}
	return int(ins.Jf)
}

func (m *machine) step(ins bpf.Instruction) {
	switch ins.Op & 7 {
	case bpf.LD:
		m.a = m.load(ins)
	case bpf.LDX:
		m.x = m.load(ins)
	case bpf.ST:
		m.scratch[ins.K] = m.a
	case bpf.STX:
		m.scratch[ins.K] = m.x
	case bpf.ALU:
		m.a = m.operate(liftOps[ins.Op&0xf0], m.a, m.operand(ins))
	case bpf.MISC:
		if ins.Op&0xf8 == bpf.TAX {
			m.x = m.a
		} else {
			m.a = m.x
		}
	}
}

func (m *machine) load(ins bpf.Instruction) *origin {
	size := map[uint16]int{bpf.W: 4, bpf.H: 2, bpf.B: 1}[ins.Op&0x18]
	switch ins.Op & 0xe0 {
	case bpf.IMM:
		return fixed(ins.K)
	case bpf.MEM:
		return m.scratch[ins.K]
	case bpf.LEN:
		return &origin{v: m.p.wire, from: fromLength}
	case bpf.IND:
		return m.bytes(uint64(ins.K)+uint64(m.x.v), size)
	case bpf.MSH:
		low := m.operate(valueAnd, m.bytes(uint64(ins.K), 1), fixed(0xf))
		return m.operate(valueLsh, low, fixed(2))
	}
	if ins.K < bpf.AncillaryBase {
		return m.bytes(uint64(ins.K), size)
	}
	off := ins.K - bpf.AncillaryBase
	return &origin{v: binary.BigEndian.Uint32(m.p.anc[off:]), from: fromAncillary, off: off}
}

func (m *machine) bytes(off uint64, size int) *origin {
	if off+uint64(size) > uint64(len(m.p.data)) {
		m.past = true
		return fixed(0)
	}
	o := &origin{from: fromBytes, size: size, off: uint32(off)}
	for _, c := range m.p.data[off:][:size] {
		o.v = o.v<<8 | uint32(c)
	}
	return o
}

func (m *machine) operate(op valueOp, a, b *origin) *origin {
	v, ok := apply(op, a.v, b.v)
	if !ok {
		m.past = true
	}
	return &origin{v: v, from: fromOperator, op: op, a: a, b: b, fixed: a.fixed && (b.fixed || op == valueNeg)}
}

// solve changes p so that o, of a run on it, becomes want. It reports whether
// there is a way; the run may go another one then.
func (p *packet) solve(o *origin, want uint32, rnd *rand.Rand) bool {
	if o.fixed || o.v == want {
		return o.v == want
	}
	switch o.from {
	case fromBytes:
		if o.size < 4 && want>>(8*o.size) != 0 {
			return false
		}
		for i := range o.size {
			p.data[int(o.off)+i] = byte(want >> (8 * (o.size - 1 - i)))
		}
		return true
	case fromLength:
		p.wire = want
		return true
	case fromAncillary:
		binary.BigEndian.PutUint32(p.anc[o.off:], want)
		return true
	}
	if o.op != valueNeg && (o.a.fixed || !o.b.fixed && rnd.IntN(2) == 0) {
		return p.solveRight(o, want, rnd)
	}
	a, b := o.a.v, o.b.v
	switch o.op {
	case valueAdd:
		return p.solve(o.a, want-b, rnd)
	case valueSub:
		return p.solve(o.a, want+b, rnd)
	case valueXor:
		return p.solve(o.a, want^b, rnd)
	case valueNeg:
		return p.solve(o.a, -want, rnd)
	case valueMul:
		return b != 0 && want%b == 0 && p.solve(o.a, want/b, rnd)
	case valueDiv:
		return p.solve(o.a, want*b+rnd.Uint32N(max(b, 1)), rnd)
	case valueMod:
		return b != 0 && want < b && p.solve(o.a, a-a%b+want, rnd)
	case valueAnd:
		return want&^b == 0 && p.solve(o.a, want|a&^b, rnd)
	case valueOr:
		return b&^want == 0 && p.solve(o.a, want&^b|rnd.Uint32()&b, rnd)
	case valueLsh:
		return b < 32 && want>>b<<b == want && p.solve(o.a, want>>b, rnd)
	}
	return b < 32 && p.solve(o.a, want<<b|rnd.Uint32()&(1<<b-1), rnd)
}

func (p *packet) solveRight(o *origin, want uint32, rnd *rand.Rand) bool {
	a := o.a.v
	switch o.op {
	case valueAdd:
		return p.solve(o.b, want-a, rnd)
	case valueSub:
		return p.solve(o.b, a-want, rnd)
	case valueXor:
		return p.solve(o.b, want^a, rnd)
	case valueAnd:
		return want&^a == 0 && p.solve(o.b, want, rnd)
	case valueOr:
		return a&^want == 0 && p.solve(o.b, want, rnd)
	}
	return p.solve(o.b, rnd.Uint32N(34), rnd)
}

// turn changes p so that s, of a run on it, comes out the other way: just so, or
// anywhere beyond.
func (p *packet) turn(s *site, rnd *rand.Rand) bool {
	o, v, other, left := s.a, s.a.v, s.b.v, true
	if !s.b.fixed && (s.a.fixed || rnd.IntN(2) == 0) {
		o, v, other, left = s.b, s.b.v, s.a.v, false
	}
	beyond := uint32(0)
	if rnd.IntN(2) == 0 {
		beyond = rnd.Uint32N(300)
	}
	switch {
	case s.op == testEq && s.yes:
		v ^= 1 << rnd.IntN(32)
		if o.from == fromBytes {
			v &= 1<<(8*o.size) - 1
		}
	case s.op == testEq:
		v = other
	case s.op == testSet && s.yes:
		v &^= other
	case s.op == testSet && rnd.IntN(2) == 0:
		v |= other
	case s.op == testSet:
		v |= 1 << rnd.IntN(32) & other
	default:
		edge := uint32(0)
		if (s.op == testGt) != s.yes {
			edge = 1
		}
		if v = other + edge + beyond; left == s.yes {
			v = other - edge - beyond
		}
	}
	return p.solve(o, v, rnd)
}

// hunter leads packets through programs.
type hunter struct {
	rnd    *rand.Rand
	progs  [][]bpf.Instruction
	p      *packet
	known  map[uint64]bool // ways that were taken
	corpus []*packet       // a packet for each
}

// fresh starts from another packet.
func (h *hunter) fresh() {
	p := &packet{data: make([]byte, 512), wire: h.rnd.Uint32N(2000)}
	switch h.rnd.IntN(3) {
	case 0:
		for range 40 {
			p.data[h.rnd.IntN(128)] = byte(h.rnd.Uint32())
		}
	case 1:
		for i := range p.data {
			p.data[i] = byte(h.rnd.Uint32())
		}
	}
	for i := 0; i < len(p.anc); i += 4 {
		binary.BigEndian.PutUint32(p.anc[i:], h.rnd.Uint32N(4)*h.rnd.Uint32N(100))
	}
	h.p = p
}

// next makes the next packet.
func (h *hunter) next() *packet {
	switch n := h.rnd.IntN(40); {
	case h.p == nil || n == 0:
		h.fresh()
	case n < 7 && len(h.corpus) > 0:
		h.p = h.corpus[h.rnd.IntN(len(h.corpus))].clone()
	case n == 7:
		h.p.data[h.rnd.IntN(len(h.p.data))] = byte(h.rnd.Uint32())
	}
	prog := h.progs[h.rnd.IntN(len(h.progs))]
	for range 1 + h.rnd.IntN(4) {
		_, sites, _ := trace(prog, h.p)
		if len(sites) == 0 {
			break
		}
		i := h.rnd.IntN(len(sites))
		if h.rnd.IntN(2) == 0 { // rather one of the last
			i = len(sites) - 1 - h.rnd.IntN(min(3, len(sites)))
		}
		h.p.turn(&sites[i], h.rnd)
	}
	return h.p
}

// saw keeps p when it went a way through program i that is new.
func (h *hunter) saw(p *packet, i int, sites []site) {
	way := uint64(i + 1)
	for _, s := range sites {
		way = (way ^ uint64(s.pc)<<1) * 0x9e3779b97f4a7c15
		if s.yes {
			way = (way + 1) * 0x9e3779b97f4a7c15
		}
	}
	if !h.known[way] && len(h.corpus) < 2000 {
		h.known[way] = true
		h.corpus = append(h.corpus, p.clone())
	}
}

// hunt calls see with packets that lead through all programs, until that
// returns false.
func hunt(rnd *rand.Rand, tries int, see func(p *packet) bool, progs ...[]bpf.Instruction) {
	h := hunter{rnd: rnd, progs: progs, known: make(map[uint64]bool)}
	for range tries {
		p := h.next()
		if !see(p) {
			return
		}
		for i, prog := range progs {
			_, sites, _ := trace(prog, p)
			h.saw(p, i, sites)
		}
	}
}

// difference looks for a packet on which two programs answer otherwise though
// neither reads past its end.
func difference(one, other []bpf.Instruction, rnd *rand.Rand, tries int) (found *packet) {
	hunt(rnd, tries, func(p *packet) bool {
		a, _, pastA := trace(one, p)
		b, _, pastB := trace(other, p)
		if a != b && !pastA && !pastB {
			found = p
		}
		return found == nil
	}, one, other)
	return found
}
