package flow

import (
	"errors"

	"github.com/tapdump/tapdump/bpf"
)

// errScratch is the answer to an expression that takes too many operands and
// variables at once.
var errScratch = errors.New("expression needs more scratch words than the machine has")

// plain is the selection for unoptimized programs: every node computes what it
// needs anew, operands go through scratch words, variables live in the last
// ones.
type plain struct {
	blocks map[*Node]*block
	reject *Node
	body   []bpf.Instruction
	words  uint32 // scratch words that are not variables
	err    error
}

// SelectPlain turns the graph from entry on into a program as it stands.
func SelectPlain(g *Graph, entry *Node) (Code, error) {
	if g.variables > bpf.ScratchWords {
		return Code{}, errScratch
	}
	p := plain{reject: g.Reject(), blocks: make(map[*Node]*block), words: bpf.ScratchWords - g.variables}
	b := p.block(entry)
	if p.err != nil {
		return Code{}, p.err
	}
	return place(b), nil
}

func (p *plain) block(n *Node) *block {
	if n.Outside() {
		n = p.reject
	}
	if b := p.blocks[n]; b != nil {
		return b
	}
	b := &block{pos: n.pos}
	p.blocks[n] = b
	p.body = nil
	switch n.Kind {
	case NodeReturn:
		b.end = bpf.Instruction{Op: bpf.RET | bpf.K, K: n.SnapLen}
		return b
	case NodeTest:
		b.end = p.test(n)
	case NodeLet:
		p.eval(n.Right, 0)
		p.emit(bpf.ST, variableWord(n.Left))
		b.end.Op = bpf.JMP | bpf.JA
	case NodeChain:
		p.operands(n.chain.Next, n.chain.At, 0)
		p.loop(n.chain)
		b.end = bpf.Instruction{Op: bpf.JMP | bpf.JEQ | bpf.K, K: n.chain.Want}
	}
	b.body = p.body
	b.yes.to = p.block(n.Yes)
	if n.No != nil {
		b.no.to = p.block(n.No)
	}
	return b
}

func (p *plain) emit(op uint16, k uint32) {
	p.body = append(p.body, bpf.Instruction{Op: op, K: k})
}

// jumpOps are the opcodes of tests.
var jumpOps = [...]uint16{TestEq: bpf.JEQ, TestGt: bpf.JGT, TestGe: bpf.JGE, TestSet: bpf.JSET}

func (p *plain) test(n *Node) bpf.Instruction {
	op := bpf.JMP | jumpOps[n.Op]
	if n.Right.Op == OpConst {
		p.eval(n.Left, 0)
		return bpf.Instruction{Op: op | bpf.K, K: n.Right.K}
	}
	p.operands(n.Left, n.Right, 0)
	return bpf.Instruction{Op: op | bpf.X}
}

// operands leaves left in A and right in X.
func (p *plain) operands(left, right *Value, word uint32) {
	if right.Op == OpVariable {
		p.eval(left, word)
		p.emit(bpf.LDX|bpf.MEM, variableWord(right))
		return
	}
	if word >= p.words || p.err != nil {
		p.err = errScratch
		return
	}
	p.eval(right, word)
	p.emit(bpf.ST, word)
	p.eval(left, word+1)
	p.emit(bpf.LDX|bpf.MEM, word)
}

// variableWord is the scratch word of a variable.
func variableWord(v *Value) uint32 { return bpf.ScratchWords - 1 - v.K }

// aluOps are the opcodes of operators.
var aluOps = [...]uint16{
	OpAdd: bpf.ADD, OpSub: bpf.SUB, OpMul: bpf.MUL, OpDiv: bpf.DIV, OpMod: bpf.MOD, OpAnd: bpf.AND,
	OpOr: bpf.OR, OpXor: bpf.XOR, OpLsh: bpf.LSH, OpRsh: bpf.RSH, OpNeg: bpf.NEG,
}

// loadSizes are the opcodes of loads by their number of bytes.
var loadSizes = [...]uint16{1: bpf.B, 2: bpf.H, 4: bpf.W}

// eval leaves v in A. It uses X and the scratch words from word on.
func (p *plain) eval(v *Value, word uint32) {
	switch v.Op {
	case OpConst:
		p.emit(bpf.LD|bpf.IMM, v.K)
	case OpLength:
		p.emit(bpf.LD|bpf.LEN, 0)
	case OpAncillary:
		p.emit(bpf.LD|bpf.W|bpf.ABS, bpf.AncillaryBase+v.K)
	case OpVariable:
		p.emit(bpf.LD|bpf.MEM, variableWord(v))
	case OpLoad:
		if v.Left == nil {
			p.emit(bpf.LD|loadSizes[v.Size]|bpf.ABS, v.K)
			return
		}
		p.base(v.Left, word)
		p.emit(bpf.LD|loadSizes[v.Size]|bpf.IND, v.K)
	case OpNeg:
		p.eval(v.Left, word)
		p.emit(bpf.ALU|bpf.NEG, 0)
	default:
		if v.Right.Op == OpConst {
			p.eval(v.Left, word)
			p.emit(bpf.ALU|aluOps[v.Op]|bpf.K, v.Right.K)
			return
		}
		p.operands(v.Left, v.Right, word)
		p.emit(bpf.ALU|aluOps[v.Op]|bpf.X, 0)
	}
}

// base leaves v in X.
func (p *plain) base(v *Value, word uint32) {
	if off, ok := v.headerLength(); ok {
		p.emit(bpf.LDX|bpf.MSH|bpf.B, off)
		return
	}
	if v.Op == OpVariable {
		p.emit(bpf.LDX|bpf.MEM, variableWord(v))
		return
	}
	p.eval(v, word)
	p.emit(bpf.MISC|bpf.TAX, 0)
}

// headerLength reports whether v is what ldxb 4*([off]&0xf) loads.
func (v *Value) headerLength() (off uint32, ok bool) {
	if v.Op != OpLsh || v.Right.Op != OpConst || v.Right.K != 2 {
		return 0, false
	}
	low := v.Left
	if low.Op != OpAnd || low.Right.Op != OpConst || low.Right.K != 0xf {
		return 0, false
	}
	l := low.Left
	return l.K, l.Op == OpLoad && l.Size == 1 && l.Left == nil
}
