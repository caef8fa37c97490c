// Package steer looks for packets on which two filter programs answer
// otherwise, and makes random expressions, for tests of what makes programs. It
// shares no code with the compiler.
package steer

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/tapdump/tapdump/bpf"
)

// The search for packets on which programs answer otherwise: a run keeps where
// each number came from, so that the bytes behind a comparison can be changed
// to turn it. Packets wander through the branches of both programs.

// Packet is what a filter can look at.
type Packet struct {
	Data      []byte
	Wire      uint32
	Ancillary [64]byte // ancillary words by offset, big-endian
}

func (p *Packet) clone() *Packet {
	q := *p
	q.Data = append([]byte(nil), p.Data...)
	return &q
}

// origin is a number of a run and where it came from.
type origin struct {
	v     uint32
	from  source
	size  int     // of bytes
	off   uint32  // of bytes, or of an ancillary word
	op    uint16  // bits of an ALU instruction
	a, b  *origin // operands; b does not count for NEG
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
	op   uint16 // bits of a jump
	a, b *origin
	yes  bool
}

// machine is a run of a program on a packet.
type machine struct {
	p       *Packet
	a, x    *origin
	scratch [bpf.ScratchWords]*origin
	sites   []site
	past    bool // it read past the end of the packet or divided by 0
	steps   int
}

func fixed(v uint32) *origin { return &origin{v: v, fixed: true} }

// trace runs a program and lists the comparisons. past is set when it read past
// the end of the packet or divided by 0.
func trace(prog []bpf.Instruction, p *Packet) (ret uint32, sites []site, past bool) {
	m := run(prog, p)
	if m.past {
		return 0, m.sites, true
	}
	return m.a.v, m.sites, false
}

// Answer is what a program returns for p. past reports whether it read past the
// end of the packet or divided by 0, which rejects.
func Answer(prog []bpf.Instruction, p *Packet) (ret uint32, past bool) {
	ret, _, past = trace(prog, p)
	return ret, past
}

// Steps is how many instructions a program runs for p, before the return.
func Steps(prog []bpf.Instruction, p *Packet) int { return run(prog, p).steps }

// run runs a program, which leaves its answer in A.
func run(prog []bpf.Instruction, p *Packet) *machine {
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
	s := site{pc: pc, op: ins.Op & 0xf0, a: m.a, b: m.operand(ins)}
	s.yes = holds(s.op, s.a.v, s.b.v)
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
		m.a = m.operate(ins.Op&0xf0, m.a, m.operand(ins))
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
		return &origin{v: m.p.Wire, from: fromLength}
	case bpf.IND:
		return m.bytes(uint64(ins.K)+uint64(m.x.v), size)
	case bpf.MSH:
		low := m.operate(bpf.AND, m.bytes(uint64(ins.K), 1), fixed(0xf))
		return m.operate(bpf.LSH, low, fixed(2))
	}
	if ins.K < bpf.AncillaryBase {
		return m.bytes(uint64(ins.K), size)
	}
	off := ins.K - bpf.AncillaryBase
	if off > uint32(len(m.p.Ancillary)-4) { // no such word: as past the end
		m.past = true
		return fixed(0)
	}
	return &origin{v: binary.BigEndian.Uint32(m.p.Ancillary[off:]), from: fromAncillary, off: off}
}

func (m *machine) bytes(off uint64, size int) *origin {
	if off+uint64(size) > uint64(len(m.p.Data)) {
		m.past = true
		return fixed(0)
	}
	o := &origin{from: fromBytes, size: size, off: uint32(off)}
	for _, c := range m.p.Data[off:][:size] {
		o.v = o.v<<8 | uint32(c)
	}
	return o
}

func (m *machine) operate(op uint16, a, b *origin) *origin {
	v, ok := calculate(op, a.v, b.v)
	if !ok {
		m.past = true
	}
	return &origin{v: v, from: fromOperator, op: op, a: a, b: b, fixed: a.fixed && (b.fixed || op == bpf.NEG)}
}

// holds reports what a comparison answers.
func holds(op uint16, l, r uint32) bool {
	switch op {
	case bpf.JEQ:
		return l == r
	case bpf.JGT:
		return l > r
	case bpf.JGE:
		return l >= r
	}
	return l&r != 0
}

// calculate is the result of an ALU instruction. ok is false for a division by
// 0, which rejects the packet.
func calculate(op uint16, l, r uint32) (v uint32, ok bool) {
	switch op {
	case bpf.ADD:
		return l + r, true
	case bpf.SUB:
		return l - r, true
	case bpf.MUL:
		return l * r, true
	case bpf.DIV:
		if r == 0 {
			return 0, false
		}
		return l / r, true
	case bpf.MOD:
		if r == 0 {
			return 0, false
		}
		return l % r, true
	case bpf.AND:
		return l & r, true
	case bpf.OR:
		return l | r, true
	case bpf.XOR:
		return l ^ r, true
	case bpf.LSH:
		return l << r, true
	case bpf.RSH:
		return l >> r, true
	}
	return -l, true
}

// solve changes p so that o, of a run on it, becomes want, or as near as it can
// be had. It reports whether there is a way; the run may go another one then.
func (p *Packet) solve(o *origin, want uint32, rnd *rand.Rand) bool {
	if o.fixed || o.v == want {
		return o.v == want
	}
	switch o.from {
	case fromBytes:
		if o.size < 4 && want>>(8*o.size) != 0 {
			return false
		}
		for i := range o.size {
			p.Data[int(o.off)+i] = byte(want >> (8 * (o.size - 1 - i)))
		}
		return true
	case fromLength:
		p.Wire = want
		return true
	case fromAncillary:
		binary.BigEndian.PutUint32(p.Ancillary[o.off:], want)
		return true
	}
	if o.op != bpf.NEG && (o.a.fixed || !o.b.fixed && rnd.IntN(2) == 0) {
		return p.solveRight(o, want, rnd)
	}
	a, b := o.a.v, o.b.v
	switch o.op {
	case bpf.ADD:
		return p.solve(o.a, want-b, rnd)
	case bpf.SUB:
		return p.solve(o.a, want+b, rnd)
	case bpf.XOR:
		return p.solve(o.a, want^b, rnd)
	case bpf.NEG:
		return p.solve(o.a, -want, rnd)
	case bpf.MUL:
		return b != 0 && p.solve(o.a, want/b, rnd)
	case bpf.DIV:
		return p.solve(o.a, want*b+rnd.Uint32N(max(b, 1)), rnd)
	case bpf.MOD:
		return b != 0 && want < b && p.solve(o.a, a-a%b+want, rnd)
	case bpf.AND:
		if want&^b != 0 && !o.b.fixed {
			b |= want
			p.solve(o.b, b, rnd)
		}
		return p.solve(o.a, want&b|a&^b, rnd)
	case bpf.OR:
		return p.solve(o.a, want&^b|rnd.Uint32()&b, rnd)
	case bpf.LSH:
		return b < 32 && want>>b<<b == want && p.solve(o.a, want>>b, rnd)
	}
	return b < 32 && p.solve(o.a, want<<b|rnd.Uint32()&(1<<b-1), rnd)
}

func (p *Packet) solveRight(o *origin, want uint32, rnd *rand.Rand) bool {
	a := o.a.v
	switch o.op {
	case bpf.ADD:
		return p.solve(o.b, want-a, rnd)
	case bpf.SUB:
		return p.solve(o.b, a-want, rnd)
	case bpf.XOR:
		return p.solve(o.b, want^a, rnd)
	case bpf.AND, bpf.OR:
		return p.solve(o.b, want, rnd)
	case bpf.MOD:
		if want < 1<<31 { // the remainder of what is not larger than twice it
			return p.solve(o.b, want+1+rnd.Uint32N(want+1), rnd)
		}
	}
	return p.solve(o.b, rnd.Uint32N(34), rnd)
}

// turn changes p so that s, of a run on it, comes out the other way: just so, or
// anywhere beyond.
func (p *Packet) turn(s *site, rnd *rand.Rand) bool {
	o, v, other, left := s.a, s.a.v, s.b.v, true
	if !s.b.fixed && (s.a.fixed || rnd.IntN(2) == 0) {
		o, v, other, left = s.b, s.b.v, s.a.v, false
	}
	beyond := uint32(0)
	if rnd.IntN(2) == 0 {
		beyond = rnd.Uint32N(300)
	}
	switch {
	case s.op == bpf.JEQ && s.yes:
		v ^= 1 << rnd.IntN(32)
		if o.from == fromBytes {
			v &= 1<<(8*o.size) - 1
		}
	case s.op == bpf.JEQ:
		v = other
	case s.op == bpf.JSET && s.yes:
		v &^= other
	case s.op == bpf.JSET && rnd.IntN(2) == 0:
		v |= other
	case s.op == bpf.JSET:
		v |= 1 << rnd.IntN(32) & other
	default:
		edge := uint32(0)
		if (s.op == bpf.JGT) != s.yes {
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
	p      *Packet
	known  map[uint64]bool // ways that were taken
	corpus []*Packet       // a packet for each
}

// fresh starts from another packet.
func (h *hunter) fresh() {
	p := &Packet{Data: make([]byte, 512), Wire: h.rnd.Uint32N(2000)}
	switch h.rnd.IntN(3) {
	case 0:
		for range 40 {
			p.Data[h.rnd.IntN(128)] = byte(h.rnd.Uint32())
		}
	case 1:
		for i := range p.Data {
			p.Data[i] = byte(h.rnd.Uint32())
		}
	}
	for i := 0; i < len(p.Ancillary); i += 4 {
		binary.BigEndian.PutUint32(p.Ancillary[i:], h.rnd.Uint32N(4)*h.rnd.Uint32N(100))
	}
	h.p = p
}

// next makes the next packet.
func (h *hunter) next() *Packet {
	switch n := h.rnd.IntN(40); {
	case h.p == nil || n == 0:
		h.fresh()
	case n < 7 && len(h.corpus) > 0:
		h.p = h.corpus[h.rnd.IntN(len(h.corpus))].clone()
	case n == 7:
		h.p.Data[h.rnd.IntN(len(h.p.Data))] = byte(h.rnd.Uint32())
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
func (h *hunter) saw(p *Packet, i int, sites []site) {
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

// Hunt calls see with packets that lead through all programs, until that
// returns false.
func Hunt(rnd *rand.Rand, tries int, see func(p *Packet) bool, progs ...[]bpf.Instruction) {
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

// Difference looks for a packet on which two programs answer otherwise though
// neither reads past its end.
func Difference(one, other []bpf.Instruction, rnd *rand.Rand, tries int) (found *Packet) {
	Hunt(rnd, tries, func(p *Packet) bool {
		a, _, pastA := trace(one, p)
		b, _, pastB := trace(other, p)
		if a != b && !pastA && !pastB {
			found = p
		}
		return found == nil
	}, one, other)
	return found
}
