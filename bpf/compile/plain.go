package compile

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
	blocks map[*node]*block
	body   []bpf.Instruction
	words  uint32 // scratch words that are not variables
	err    error
}

// selectPlain turns the graph from entry on into a program as it stands.
func selectPlain(g *graph, entry *node) (code, error) {
	if g.variables > bpf.ScratchWords {
		return code{}, errScratch
	}
	p := plain{blocks: make(map[*node]*block), words: bpf.ScratchWords - g.variables}
	b := p.block(entry)
	if p.err != nil {
		return code{}, p.err
	}
	return place(b), nil
}

func (p *plain) block(n *node) *block {
	if b := p.blocks[n]; b != nil {
		return b
	}
	b := &block{pos: n.pos}
	p.blocks[n] = b
	p.body = nil
	switch n.kind {
	case nodeReturn:
		b.end = bpf.Instruction{Op: bpf.RET | bpf.K, K: n.snaplen}
		return b
	case nodeTest:
		b.end = p.test(n)
	case nodeLet:
		p.eval(n.right, 0)
		p.emit(bpf.ST, variableWord(n.left))
		b.end.Op = bpf.JMP | bpf.JA
	case nodeChain:
		p.operands(n.chain.next, n.chain.at, 0)
		p.loop(n.chain)
		b.end = bpf.Instruction{Op: bpf.JMP | bpf.JEQ | bpf.K, K: n.chain.want}
	}
	b.body = p.body
	b.yes.to = p.block(n.yes)
	if n.no != nil {
		b.no.to = p.block(n.no)
	}
	return b
}

func (p *plain) emit(op uint16, k uint32) {
	p.body = append(p.body, bpf.Instruction{Op: op, K: k})
}

// jumpOps are the opcodes of tests.
var jumpOps = [...]uint16{testEq: bpf.JEQ, testGt: bpf.JGT, testGe: bpf.JGE, testSet: bpf.JSET}

func (p *plain) test(n *node) bpf.Instruction {
	op := bpf.JMP | jumpOps[n.op]
	if n.right.op == valueConst {
		p.eval(n.left, 0)
		return bpf.Instruction{Op: op | bpf.K, K: n.right.k}
	}
	p.operands(n.left, n.right, 0)
	return bpf.Instruction{Op: op | bpf.X}
}

// operands leaves left in A and right in X.
func (p *plain) operands(left, right *value, word uint32) {
	if right.op == valueVariable {
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
func variableWord(v *value) uint32 { return bpf.ScratchWords - 1 - v.k }

// aluOps are the opcodes of operators.
var aluOps = [...]uint16{
	valueAdd: bpf.ADD, valueSub: bpf.SUB, valueMul: bpf.MUL, valueDiv: bpf.DIV, valueMod: bpf.MOD, valueAnd: bpf.AND,
	valueOr: bpf.OR, valueXor: bpf.XOR, valueLsh: bpf.LSH, valueRsh: bpf.RSH, valueNeg: bpf.NEG,
}

// loadSizes are the opcodes of loads by their number of bytes.
var loadSizes = [...]uint16{1: bpf.B, 2: bpf.H, 4: bpf.W}

// eval leaves v in A. It uses X and the scratch words from word on.
func (p *plain) eval(v *value, word uint32) {
	switch v.op {
	case valueConst:
		p.emit(bpf.LD|bpf.IMM, v.k)
	case valueLength:
		p.emit(bpf.LD|bpf.LEN, 0)
	case valueAncillary:
		p.emit(bpf.LD|bpf.W|bpf.ABS, bpf.AncillaryBase+v.k)
	case valueVariable:
		p.emit(bpf.LD|bpf.MEM, variableWord(v))
	case valueLoad:
		if v.left == nil {
			p.emit(bpf.LD|loadSizes[v.size]|bpf.ABS, v.k)
			return
		}
		p.base(v.left, word)
		p.emit(bpf.LD|loadSizes[v.size]|bpf.IND, v.k)
	case valueNeg:
		p.eval(v.left, word)
		p.emit(bpf.ALU|bpf.NEG, 0)
	default:
		if v.right.op == valueConst {
			p.eval(v.left, word)
			p.emit(bpf.ALU|aluOps[v.op]|bpf.K, v.right.k)
			return
		}
		p.operands(v.left, v.right, word)
		p.emit(bpf.ALU|aluOps[v.op]|bpf.X, 0)
	}
}

// base leaves v in X.
func (p *plain) base(v *value, word uint32) {
	if off, ok := v.headerLength(); ok {
		p.emit(bpf.LDX|bpf.MSH|bpf.B, off)
		return
	}
	if v.op == valueVariable {
		p.emit(bpf.LDX|bpf.MEM, variableWord(v))
		return
	}
	p.eval(v, word)
	p.emit(bpf.MISC|bpf.TAX, 0)
}

// headerLength reports whether v is what ldxb 4*([off]&0xf) loads.
func (v *value) headerLength() (off uint32, ok bool) {
	if v.op != valueLsh || v.right.op != valueConst || v.right.k != 2 {
		return 0, false
	}
	low := v.left
	if low.op != valueAnd || low.right.op != valueConst || low.right.k != 0xf {
		return 0, false
	}
	l := low.left
	return l.k, l.op == valueLoad && l.size == 1 && l.left == nil
}
