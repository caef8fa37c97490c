package compile

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/tapdump/tapdump/bpf"
)

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

// origin is where the number in a register comes from: size bytes at off of the
// packet under a shift and a mask, of the ancillary data, or the length. size 0
// stands for anything else.
type origin struct {
	size  int
	off   int
	anc   bool
	shift uint
}

// site is a comparison that a run made.
type site struct {
	pc    int
	from  origin
	value uint32 // what it was compared with
	yes   bool
}

// trace runs a program and lists the comparisons. past is set when it read past
// the end of the packet or divided by 0.
func trace(prog []bpf.Instruction, p *packet) (ret uint32, sites []site, past bool) {
	var a, x uint32
	var fromA, fromX origin
	var mem [bpf.ScratchWords]uint32
	var from [bpf.ScratchWords]origin
	for pc, steps := 0, 0; ; steps++ {
		if steps > 100000 { // a loop of protochain that runs in circles
			return 0, sites, true
		}
		ins := prog[pc]
		pc++
		switch ins.Op & 7 {
		case bpf.LD, bpf.LDX:
			var v uint32
			var o origin
			size := map[uint16]int{bpf.W: 4, bpf.H: 2, bpf.B: 1}[ins.Op&0x18]
			switch ins.Op & 0xe0 {
			case bpf.IMM:
				v = ins.K
			case bpf.MEM:
				v, o = mem[ins.K], from[ins.K]
			case bpf.LEN:
				v, o = p.wire, origin{size: 4, off: -1}
			case bpf.ABS, bpf.IND, bpf.MSH:
				off := uint64(ins.K)
				if ins.Op&0xe0 == bpf.IND {
					off += uint64(x)
				} else if ins.Op&0xe0 == bpf.ABS && ins.K >= bpf.AncillaryBase {
					k := int(ins.K - bpf.AncillaryBase)
					v, o = binary.BigEndian.Uint32(p.anc[k:]), origin{size: 4, off: k, anc: true}
					break
				}
				if off+uint64(size) > uint64(len(p.data)) {
					return 0, sites, true
				}
				for i := range size {
					v = v<<8 | uint32(p.data[int(off)+i])
				}
				o = origin{size: size, off: int(off)}
				if ins.Op&0xe0 == bpf.MSH {
					v, o = v&0xf*4, origin{}
				}
			}
			if ins.Op&7 == bpf.LD {
				a, fromA = v, o
			} else {
				x, fromX = v, o
			}
		case bpf.ST:
			mem[ins.K], from[ins.K] = a, fromA
		case bpf.STX:
			mem[ins.K], from[ins.K] = x, fromX
		case bpf.ALU:
			b := ins.K
			if ins.Op&bpf.X != 0 {
				b = x
			}
			v, ok := operate(ins.Op&0xf0, a, b)
			if !ok {
				return 0, sites, true
			}
			switch op := ins.Op & 0xf0; {
			case op == bpf.AND && ins.Op&bpf.X == 0:
			case op == bpf.RSH && ins.Op&bpf.X == 0:
				fromA.shift += uint(b)
			default:
				fromA = origin{}
			}
			a = v
		case bpf.JMP:
			if ins.Op&0xf0 == bpf.JA {
				pc += int(int32(ins.K))
				break
			}
			b := ins.K
			if ins.Op&bpf.X != 0 {
				b = x
			}
			yes := false
			switch ins.Op & 0xf0 {
			case bpf.JEQ:
				yes = a == b
			case bpf.JGT:
				yes = a > b
			case bpf.JGE:
				yes = a >= b
			case bpf.JSET:
				yes = a&b != 0
			}
			sites = append(sites, site{pc: pc, from: fromA, value: b, yes: yes})
			if yes {
				pc += int(ins.Jt)
			} else {
				pc += int(ins.Jf)
			}
		case bpf.RET:
			if ins.Op&0x18 == bpf.A {
				return a, sites, false
			}
			return ins.K, sites, false
		case bpf.MISC:
			if ins.Op&0xf8 == bpf.TAX {
				x, fromX = a, fromA
			} else {
				a, fromA = x, fromX
			}
		}
	}
}

func operate(op uint16, a, b uint32) (v uint32, ok bool) {
	switch op {
	case bpf.ADD:
		return a + b, true
	case bpf.SUB:
		return a - b, true
	case bpf.MUL:
		return a * b, true
	case bpf.DIV:
		if b == 0 {
			return 0, false
		}
		return a / b, true
	case bpf.MOD:
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case bpf.AND:
		return a & b, true
	case bpf.OR:
		return a | b, true
	case bpf.XOR:
		return a ^ b, true
	case bpf.LSH:
		return a << b, true
	case bpf.RSH:
		return a >> b, true
	}
	return -a, true
}

// steer changes p so that the comparison at s meets v.
func steer(p *packet, s site, v uint32) {
	v <<= s.from.shift
	switch {
	case s.from.size == 0:
	case s.from.anc:
		binary.BigEndian.PutUint32(p.anc[s.from.off:], v)
	case s.from.off < 0:
		p.wire = v
	default:
		for i := s.from.size - 1; i >= 0; i-- {
			p.data[s.from.off+i] = byte(v)
			v >>= 8
		}
	}
}

// difference looks for a packet on which two programs answer otherwise though
// neither reads past its end. It walks from packets without content along the
// branches of both: every comparison on the way is met just so, beside, and
// with one bit.
func difference(one, other []bpf.Instruction, rnd *rand.Rand, tries int) *packet {
	queue := []*packet{{data: make([]byte, 512), wire: 512}}
	seen := make(map[[3]int]int)
	for i := 0; i < len(queue) && i < tries; i++ {
		p := queue[i]
		a, sitesA, pastA := trace(one, p)
		b, sitesB, pastB := trace(other, p)
		if !pastA && !pastB && a != b {
			return p
		}
		for which, sites := range [2][]site{sitesA, sitesB} {
			for _, s := range sites {
				way := 0
				if s.yes {
					way = 1
				}
				for _, v := range []uint32{s.value, s.value + 1, s.value - 1, ^s.value, s.value | rnd.Uint32(), 1 << rnd.UintN(32)} {
					key := [3]int{which, s.pc, way}
					if seen[key] > 40 && rnd.UintN(8) != 0 {
						continue
					}
					seen[key]++
					q := p.clone()
					steer(q, s, v)
					if rnd.UintN(8) == 0 {
						q.data[rnd.IntN(128)] = byte(rnd.Uint32())
					}
					queue = append(queue, q)
				}
			}
		}
		if len(queue) < tries && i == len(queue)-1 {
			q := p.clone()
			for j := range 64 {
				q.data[j] = byte(rnd.Uint32())
			}
			queue = append(queue, q)
		}
		if len(queue) > 4*tries {
			rnd.Shuffle(len(queue)-i-1, func(x, y int) { queue[i+1+x], queue[i+1+y] = queue[i+1+y], queue[i+1+x] })
			queue = queue[:4*tries]
		}
	}
	return nil
}
