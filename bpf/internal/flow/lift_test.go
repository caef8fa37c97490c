package flow_test

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
)

// lifter turns a program back into a flow graph, so that programs of others
// can be put to the optimizer. Scratch words that different stores may have
// written become variables.
type lifter struct {
	g         *flow.Graph
	prog      []bpf.Instruction
	live      []liveSet // by instruction, before it
	variables [bpf.ScratchWords]*flow.Value
	memo      map[liftState]*flow.Node
}

// liveSet has a bit for each scratch word, then A and X.
type liveSet uint32

const (
	liveA liveSet = 1 << bpf.ScratchWords
	liveX liveSet = 1 << (bpf.ScratchWords + 1)
)

type liftState struct {
	pc      int
	a, x    *flow.Value
	scratch [bpf.ScratchWords]*flow.Value
}

// lift makes the graph of a verified program without loops.
func lift(g *flow.Graph, prog []bpf.Instruction) *flow.Node {
	l := &lifter{g: g, prog: prog, memo: map[liftState]*flow.Node{}}
	l.findLive()
	l.findVariables()
	zero := g.Constant(0)
	return l.node(liftState{a: zero, x: zero})
}

// uses gives what an instruction reads and what it writes.
func uses(ins bpf.Instruction) (reads, writes liveSet) {
	switch ins.Op & 7 {
	case bpf.LD:
		writes = liveA
	case bpf.LDX:
		writes = liveX
	case bpf.ST:
		return liveA, 1 << ins.K
	case bpf.STX:
		return liveX, 1 << ins.K
	case bpf.ALU:
		reads, writes = liveA, liveA
		if ins.Op&bpf.X != 0 {
			reads |= liveX
		}
	case bpf.JMP:
		if ins.Op != bpf.JMP|bpf.JA {
			reads = liveA
			if ins.Op&bpf.X != 0 {
				reads |= liveX
			}
		}
	case bpf.MISC:
		reads, writes = liveA, liveX
		if ins.Op == bpf.MISC|bpf.TXA {
			reads, writes = liveX, liveA
		}
	}
	if ins.Op&7 <= bpf.LDX {
		switch ins.Op & 0xe0 {
		case bpf.MEM:
			reads = 1 << ins.K
		case bpf.IND:
			reads = liveX
		}
	}
	return reads, writes
}

// next lists where instruction i goes.
func (l *lifter) next(i int) []int {
	ins := l.prog[i]
	switch {
	case ins.Op&7 == bpf.RET:
		return nil
	case ins.Op == bpf.JMP|bpf.JA:
		return []int{i + 1 + int(ins.K)}
	case ins.Op&7 == bpf.JMP:
		return []int{i + 1 + int(ins.Jt), i + 1 + int(ins.Jf)}
	}
	return []int{i + 1}
}

func (l *lifter) findLive() {
	l.live = make([]liveSet, len(l.prog))
	for i := len(l.prog) - 1; i >= 0; i-- {
		reads, writes := uses(l.prog[i])
		var out liveSet
		for _, to := range l.next(i) {
			out |= l.live[to]
		}
		l.live[i] = out&^writes | reads
	}
}

// findVariables finds the scratch words with a load that several stores reach.
func (l *lifter) findVariables() {
	const many = -2
	reach := make([][bpf.ScratchWords]int, len(l.prog))
	for i := range reach {
		for w := range reach[i] {
			reach[i][w] = -1 // none
		}
	}
	for i, ins := range l.prog {
		now := reach[i]
		switch {
		case ins.Op == bpf.ST || ins.Op == bpf.STX:
			now[ins.K] = i
		case (ins.Op == bpf.LD|bpf.MEM || ins.Op == bpf.LDX|bpf.MEM) && now[ins.K] == many && l.variables[ins.K] == nil:
			l.variables[ins.K] = l.g.Variable()
		}
		for _, to := range l.next(i) {
			for w := range now {
				switch old := reach[to][w]; {
				case old == -1:
					reach[to][w] = now[w]
				case now[w] != -1 && old != now[w]:
					reach[to][w] = many
				}
			}
		}
	}
}

// node is what the program does from state s on.
func (l *lifter) node(s liftState) *flow.Node {
	live := l.live[s.pc]
	if live&liveA == 0 {
		s.a = nil
	}
	if live&liveX == 0 {
		s.x = nil
	}
	for w := range s.scratch {
		if live>>w&1 == 0 {
			s.scratch[w] = nil
		}
	}
	if n := l.memo[s]; n != nil {
		return n
	}
	n := l.make(s)
	l.memo[s] = n
	return n
}

var liftTests = map[uint16]flow.TestOp{bpf.JEQ: flow.TestEq, bpf.JGT: flow.TestGt, bpf.JGE: flow.TestGe, bpf.JSET: flow.TestSet}

func (l *lifter) make(s liftState) *flow.Node {
	for {
		ins := l.prog[s.pc]
		switch ins.Op & 7 {
		case bpf.RET:
			if ins.K == 0 {
				return l.g.Reject()
			}
			return l.g.Accept()
		case bpf.JMP:
			if ins.Op == bpf.JMP|bpf.JA {
				s.pc += 1 + int(ins.K)
				continue
			}
			right := l.g.Constant(ins.K)
			if ins.Op&bpf.X != 0 {
				right = s.x
			}
			yes, no := s, s
			yes.pc += 1 + int(ins.Jt)
			no.pc += 1 + int(ins.Jf)
			ny, nn := l.node(yes), l.node(no)
			return l.g.Test(liftTests[ins.Op&0xf0], s.a, right, ny, nn, flow.Span{})
		case bpf.ST, bpf.STX:
			v := s.a
			if ins.Op == bpf.STX {
				v = s.x
			}
			if variable := l.variables[ins.K]; variable != nil {
				s.scratch[ins.K] = variable
				s.pc++
				return l.g.Let(variable, v, l.node(s), flow.Span{})
			}
			s.scratch[ins.K] = v
		default:
			l.step(&s, ins)
		}
		s.pc++
	}
}

var liftOps = map[uint16]flow.Op{
	bpf.ADD: flow.OpAdd, bpf.SUB: flow.OpSub, bpf.MUL: flow.OpMul, bpf.DIV: flow.OpDiv, bpf.MOD: flow.OpMod, bpf.AND: flow.OpAnd,
	bpf.OR: flow.OpOr, bpf.XOR: flow.OpXor, bpf.LSH: flow.OpLsh, bpf.RSH: flow.OpRsh, bpf.NEG: flow.OpNeg,
}

// step follows an instruction that computes.
func (l *lifter) step(s *liftState, ins bpf.Instruction) {
	switch ins.Op & 7 {
	case bpf.ALU:
		right := l.g.Constant(ins.K)
		switch {
		case ins.Op&0xf0 == bpf.NEG:
			right = nil
		case ins.Op&bpf.X != 0:
			right = s.x
		}
		s.a = l.g.ALU(liftOps[ins.Op&0xf0], s.a, right)
	case bpf.MISC:
		if ins.Op == bpf.MISC|bpf.TXA {
			s.a = s.x
		} else {
			s.x = s.a
		}
	case bpf.LD:
		s.a = l.load(s, ins)
	case bpf.LDX:
		s.x = l.load(s, ins)
	}
}

func (l *lifter) load(s *liftState, ins bpf.Instruction) *flow.Value {
	size := uint8(4 >> (ins.Op >> 3 & 3))
	switch ins.Op & 0xe0 {
	case bpf.IMM:
		return l.g.Constant(ins.K)
	case bpf.LEN:
		return l.g.Length()
	case bpf.MEM:
		return s.scratch[ins.K]
	case bpf.MSH:
		return l.g.ALU(flow.OpLsh, l.g.ALU(flow.OpAnd, l.g.Load(1, ins.K), l.g.Constant(0xf)), l.g.Constant(2))
	case bpf.IND:
		return l.g.LoadAt(s.x, size, ins.K)
	case bpf.ABS:
		if ins.K >= bpf.AncillaryBase && ins.K < bpf.AncillaryBase+64 {
			return l.g.Ancillary(ins.K - bpf.AncillaryBase)
		}
		return l.g.Load(size, ins.K)
	}
	panic(fmt.Sprintf("cannot lift opcode %#x", ins.Op))
}
