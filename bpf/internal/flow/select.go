package flow

import (
	"slices"

	"github.com/tapdump/tapdump/bpf"
)

// Instruction selection and register allocation. A node becomes a block that computes what the
// node asks about. Ways to it that have a part of that in the registers
// already enter the block behind the instructions they do not need.

// selected is an instruction with the registers before it.
type selected struct {
	ins  bpf.Instruction
	a, x *Value
	word *Value // content of the scratch word that a load reads
}

// selector makes blocks of the nodes of a graph.
type selector struct {
	o        *optimizer
	arrivals table[[]arrival] // by node
	wants    table[*Value]    // by node: what the nodes from it on want in X first
	compared table[int]       // by value: how many tests compare it with what is no constant
	uses     table[int]       // by value: how many nodes and values are computed from it
	sums     table[*Value]    // by base of loads: the least sum with a constant that is computed from it
	summed   bool             // there are such sums
	unfolded bool             // loads start at sums
	words    uint32           // scratch words that are not variables
	stores   bool             // there are stores
	err      error
	slab     []arrival
	bodies   []bpf.Instruction
	needed   []need
	ends     blockEnds

	// The block in work.
	now   registers
	steps []selected
	held  uint32 // scratch words that must not be overwritten, as bits
}

// arrival is a way to a node.
type arrival struct {
	from *block
	yes  bool
	regs registers
}

// selectCode is instruction selection with register allocation: it makes the
// program of the graph from entry on.
//
// With unfolded, a load relative to a value that is asked for with a constant
// added starts at that sum, which is in X then for whoever compares it.
func (o *optimizer) selectCode(entry *Node, unfolded bool) (Code, error) {
	if o.g.variables > bpf.ScratchWords {
		return Code{}, errScratch
	}
	s := &o.selector
	s.o, s.words, s.stores, s.err = o, bpf.ScratchWords-o.g.variables, false, nil
	s.wants.clear()
	s.arrivals.clear()
	s.uses.clear()
	s.compared.clear()
	s.sums.clear()
	s.summed, s.unfolded = false, unfolded
	order := o.topological(entry)
	s.countUses(order)
	s.wants.reserve(o.g.nodeCount + 1)
	s.arrivals.reserve(o.g.nodeCount + 1)
	for _, n := range slices.Backward(order) {
		s.wants.put(n.id, s.findWanted(n))
	}
	start := &block{end: bpf.Instruction{Op: bpf.JMP | bpf.JA}}
	s.arrive(entry, arrival{from: start, yes: true})
	blocks := make([]block, len(order))
	for i, n := range order {
		s.block(n, &blocks[i])
		if s.err != nil {
			return Code{}, s.err
		}
	}
	if s.stores {
		dropDeadStores(blocks)
	}
	if len(blocks) <= largeGraph { // in long lists hardly any are alike
		if s.ends == nil {
			s.ends = make(blockEnds)
		}
		s.ends.mergeEnds(start, blocks)
	}
	return place(start.yes.to), nil
}

func (s *selector) arrive(n *Node, a arrival) {
	if as := s.arrivals.at(n.id); as != nil {
		*as = append(*as, a)
		return
	}
	if len(s.slab) == 0 {
		s.slab = make([]arrival, 64)
	}
	s.slab[0] = a
	s.arrivals.put(n.id, s.slab[:1:1])
	s.slab = s.slab[1:]
}

// findWanted is what n wants in X.
func (s *selector) findWanted(n *Node) *Value {
	switch n.Kind {
	case NodeTest:
		if b := s.firstBase(n.Left); b != nil {
			return b
		}
		if n.Right.IsConst() {
			if x := s.wantedOf(n.Yes); x != nil {
				return x
			}
			return s.wantedOf(n.No)
		}
	case NodeLet:
		if b := s.firstBase(n.Right); b != nil {
			return b
		}
		return s.wantedOf(n.Yes)
	}
	return nil
}

func (s *selector) wantedOf(n *Node) *Value {
	if w := s.wants.at(n.id); w != nil {
		return *w
	}
	return nil
}

// firstBase is the base of the load that v starts with.
func (s *selector) firstBase(v *Value) *Value {
	for v != nil && v.Op != OpLoad {
		v = v.Left
	}
	if v == nil {
		return nil
	}
	base, _ := s.base(v)
	return base
}

// base is what the load v is relative to, and its offset from there.
func (s *selector) base(v *Value) (base *Value, off uint32) {
	if s.unfolded && v.Left != nil && v.Left != s.now.x {
		if sum := s.sums.get(v.Left); sum != nil && (*sum).Right.K <= v.K {
			return *sum, v.K - (*sum).Right.K
		}
	}
	return v.Left, v.K
}

// countUses notes how often values are used again.
func (s *selector) countUses(order []*Node) {
	for _, n := range order {
		if n.Kind == NodeTest {
			s.countUse(n.Left)
			if !n.Right.IsConst() {
				s.compared.set(n.Left, s.shared(n.Left)+1)
				s.compared.set(n.Right, s.shared(n.Right)+1)
			} else {
				s.compared.set(n.Left, s.shared(n.Left)-1)
			}
		}
		if n.Kind == NodeChain {
			s.countUse(n.chain.Next)
			s.countUse(n.chain.At)
		}
		s.countUse(n.Right)
	}
}

func (s *selector) countUse(v *Value) {
	if v == nil || v.Left == nil { // takes one instruction
		return
	}
	if n := s.uses.get(v); n != nil {
		*n++
		return
	}
	s.uses.set(v, 0)
	if v.Op == OpAdd && v.Right.IsConst() {
		s.noteSum(v)
	}
	s.countUse(v.Left)
	s.countUse(v.Right)
}

// noteSum notes that v, a value and a constant, is computed. Sums that may wrap
// are no offsets.
func (s *selector) noteSum(v *Value) {
	if s.o.boundsOf(v.Left).hi > ^v.Right.K {
		return
	}
	if old := s.sums.get(v.Left); old == nil || (*old).Right.K > v.Right.K {
		s.sums.set(v.Left, v)
		s.summed = true
	}
}

// block makes the block of n.
func (s *selector) block(n *Node, b *block) {
	b.pos = n.pos
	as := *s.arrivals.at(n.id)
	if n.Kind == NodeReturn {
		b.end = bpf.Instruction{Op: bpf.RET | bpf.K, K: n.SnapLen}
		for i := range as {
			as[i].enter(b, 0)
		}
		return
	}
	s.now, s.steps, s.held = as[0].regs, s.steps[:0], 0
	for i := range as[1:] {
		s.now.meet(&as[i+1].regs)
	}
	switch n.Kind {
	case NodeTest:
		b.end = s.test(n)
	case NodeLet:
		s.let(n)
		b.end.Op = bpf.JMP | bpf.JA
	case NodeChain:
		s.chain(n.chain)
		b.end = bpf.Instruction{Op: bpf.JMP | bpf.JEQ | bpf.K, K: n.chain.Want}
	}
	after := s.enter(n, b, as)
	if len(s.bodies) < len(s.steps) {
		s.bodies = make([]bpf.Instruction, 128+len(s.steps))
	}
	b.body, s.bodies = s.bodies[:len(s.steps):len(s.steps)], s.bodies[len(s.steps):]
	for i := range s.steps {
		b.body[i] = s.steps[i].ins
	}
	yes, no := n.Yes, n.No
	if n.Kind == NodeTest && b.end.Op&0xf0 == bpf.JGE { // operands the other way round
		yes, no = no, yes
	}
	s.arrive(yes, arrival{b, true, after})
	if no != nil {
		s.arrive(no, arrival{b, false, after})
	}
}

func (a *arrival) enter(b *block, skip int) {
	if a.yes {
		a.from.yes = edge{b, skip}
	} else {
		a.from.no = edge{b, skip}
	}
}

// enter leads each arrival into the block, as late as it can, and returns what
// the registers hold behind it on all ways.
func (s *selector) enter(n *Node, b *block, as []arrival) registers {
	if len(as) == 1 { // knows what s.now began with
		as[0].enter(b, 0)
		return s.now
	}
	needs := s.needs(b.end)
	needs[len(s.steps)].never = needs[len(s.steps)].never || n.Kind == NodeLet
	keep := len(s.steps) // ways that do not have what this instruction puts into X must run it
	if x := s.now.x; x != nil && len(as) > 1 && (n.Yes != nil && s.wantedOf(n.Yes) == x || n.No != nil && s.wantedOf(n.No) == x) {
		for keep--; keep >= 0 && !writesX(s.steps[keep].ins.Op); keep-- {
		}
	}
	var after registers
	for i := range as {
		a := &as[i]
		skip := len(s.steps)
		if keep < len(s.steps) && keep >= 0 && a.regs.x != s.now.x {
			skip = keep
		}
		for ; skip > 0 && !needs[skip].satisfied(&a.regs); skip-- {
		}
		a.enter(b, skip)
		regs := a.regs
		for _, st := range s.steps[skip:] {
			s.write(&regs, st.ins)
		}
		if n.Kind == NodeLet {
			regs.rename(n.Left)
			s.assigned(&regs, n.Left)
		}
		if i == 0 {
			after = regs
		} else {
			after.meet(&regs)
		}
	}
	return after
}

// write marks what ins writes as what it holds at the end of the block, which
// is right for all that is still there then.
func (s *selector) write(regs *registers, ins bpf.Instruction) {
	switch {
	case writesX(ins.Op):
		regs.x = s.now.x
	case ins.Op == bpf.ST || ins.Op == bpf.STX:
		regs.store(ins.K, s.now.at(ins.K))
	case ins.Op&7 == bpf.LD || ins.Op&7 == bpf.ALU || ins.Op == bpf.MISC|bpf.TXA:
		regs.a = s.now.a
	case ins.Op&7 == bpf.JMP: // a walk along headers
		*regs = registers{}
	}
}

func writesX(op uint16) bool { return op&7 == bpf.LDX || op == bpf.MISC|bpf.TAX }

// needs lists the needs before each instruction, and behind the last.
func (s *selector) needs(end bpf.Instruction) []need {
	if cap(s.needed) <= len(s.steps) {
		s.needed = make([]need, 2*len(s.steps)+8)
	}
	needs := s.needed[:len(s.steps)+1]
	var n need
	if end.Op&7 == bpf.JMP && end.Op != bpf.JMP|bpf.JA {
		n.a = s.now.a
		n.never = n.a == nil
		if end.Op&bpf.X != 0 {
			n.x = s.now.x
		}
	}
	needs[len(s.steps)] = n
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := &s.steps[i]
		op := st.ins.Op
		switch {
		case op == bpf.ST || op == bpf.STX:
			words := []wordNeed(nil)
			for _, w := range n.scratch {
				if w.word != st.ins.K {
					words = append(words, w)
				}
			}
			n.scratch = words
			if op == bpf.ST {
				n.a = st.a
			} else {
				n.x = st.x
			}
		case op == bpf.MISC|bpf.TAX:
			n.x, n.a = nil, st.a
		case op == bpf.MISC|bpf.TXA:
			n.a, n.x = nil, st.x
		case op&7 == bpf.LD:
			n.a = nil
			if op&0xe0 == bpf.IND {
				n.x = st.x
			}
		case op&7 == bpf.LDX:
			n.x = nil
		case op&7 == bpf.ALU:
			n.a = st.a
			if op&bpf.X != 0 {
				n.x = st.x
			}
		default: // within a walk along headers
			n.never = true
		}
		if (op&7 == bpf.LD || op&7 == bpf.LDX) && op&0xe0 == bpf.MEM {
			n.scratch = append(n.scratch[:len(n.scratch):len(n.scratch)], wordNeed{st.ins.K, st.word})
		}
		needs[i] = n
	}
	needs[0] = need{}
	return needs
}

// emit adds an instruction that leaves result in A, X or a scratch word.
func (s *selector) emit(op uint16, k uint32, result *Value) {
	st := selected{ins: bpf.Instruction{Op: op, K: k}, a: s.now.a, x: s.now.x}
	switch {
	case op == bpf.ST || op == bpf.STX:
		s.now.store(k, result)
		s.stores = true
	case writesX(op):
		if op == bpf.LDX|bpf.MEM {
			st.word = result
		}
		s.now.x = result
	default:
		if op == bpf.LD|bpf.MEM {
			st.word = result
		}
		s.now.a = result
	}
	s.steps = append(s.steps, st)
}

// test computes what n compares and returns the jump that compares it. JGE
// stands for an n with its operands swapped.
func (s *selector) test(n *Node) bpf.Instruction {
	op := bpf.JMP | jumpOps[n.Op]
	if n.Right.IsConst() {
		s.intoA(n.Left)
		return bpf.Instruction{Op: op, K: n.Right.K}
	}
	if s.operands(n.Left, n.Right, true) && n.Op == TestGt {
		op = bpf.JMP | bpf.JGE
	}
	return bpf.Instruction{Op: op | bpf.X}
}

// freeWord picks a scratch word to write to.
func (s *selector) freeWord() uint32 {
	pick, found := uint32(0), false
	for w := uint32(0); w < s.words; w++ {
		if s.held>>w&1 != 0 {
			continue
		}
		if s.now.at(w) == nil {
			return w
		}
		if !found {
			pick, found = w, true
		}
	}
	if !found {
		s.err = errScratch
	}
	return pick
}

// intoX brings v into X.
func (s *selector) intoX(v *Value) {
	if s.now.x == v {
		return
	}
	if s.now.a == v {
		s.emit(bpf.MISC|bpf.TAX, 0, v)
		return
	}
	if off, ok := v.headerLength(); ok {
		s.emit(bpf.LDX|bpf.MSH|bpf.B, off, v)
		return
	}
	if w, ok := s.now.word(v); ok {
		s.emit(bpf.LDX|bpf.MEM, w, v)
		return
	}
	switch v.Op {
	case OpConst:
		s.emit(bpf.LDX|bpf.IMM, v.K, v)
		return
	case OpLength:
		s.emit(bpf.LDX|bpf.LEN, 0, v)
		return
	}
	if h := v.firstHeader(); h != nil && s.now.a != h { // X is free: shorter than by way of A
		s.intoX(h)
	}
	s.intoA(v)
	s.emit(bpf.MISC|bpf.TAX, 0, v)
}

// intoA brings v into A.
func (s *selector) intoA(v *Value) {
	if s.now.a == v {
		return
	}
	if s.now.x == v {
		s.emit(bpf.MISC|bpf.TXA, 0, v)
		return
	}
	if w, ok := s.now.word(v); ok && !s.oneStep(v) {
		s.emit(bpf.LD|bpf.MEM, w, v)
		return
	}
	switch v.Op {
	case OpConst:
		s.emit(bpf.LD|bpf.IMM, v.K, v)
	case OpLength:
		s.emit(bpf.LD|bpf.LEN, 0, v)
	case OpAncillary:
		s.emit(bpf.LD|bpf.W|bpf.ABS, bpf.AncillaryBase+v.K, v)
	case OpVariable:
		s.emit(bpf.LD|bpf.MEM, variableWord(v), v)
	case OpLoad:
		if v.Left == nil {
			s.emit(bpf.LD|loadSizes[v.Size]|bpf.ABS, v.K, v)
			return
		}
		base, off := s.base(v)
		s.intoX(base)
		s.emit(bpf.LD|loadSizes[v.Size]|bpf.IND, off, v)
	case OpNeg:
		s.intoA(v.Left)
		s.emit(bpf.ALU|bpf.NEG, 0, v)
	default:
		if v.Right.IsConst() {
			s.intoA(v.Left)
			s.emit(bpf.ALU|aluOps[v.Op]|bpf.K, v.Right.K, v)
		} else {
			s.operands(v.Left, v.Right, v.Op.commutes())
			s.emit(bpf.ALU|aluOps[v.Op]|bpf.X, 0, v)
		}
	}
	s.save(v)
}

// needsX reports whether the load v is relative to what is not in X.
func (s *selector) needsX(v *Value) bool {
	base, _ := s.base(v)
	return base != nil && base != s.now.x
}

// oneStep reports whether one instruction brings v into A without a scratch
// word.
func (s *selector) oneStep(v *Value) bool {
	return v.Op == OpConst || v.Op == OpLoad && !s.needsX(v)
}

// save keeps a value that took work and is used again in a scratch word. A
// store that nobody reads from goes later.
func (s *selector) save(v *Value) {
	again := s.uses.get(v)
	if again == nil || *again == 0 || (cost(v)-1)*(*again) < 2 {
		return
	}
	if _, ok := s.now.word(v); ok {
		return
	}
	for w := uint32(0); w < s.words; w++ {
		if s.now.at(w) == nil && s.held>>w&1 == 0 {
			s.emit(bpf.ST, w, v)
			return
		}
	}
}

// let computes the new content of a variable.
func (s *selector) let(n *Node) {
	w := variableWord(n.Left)
	inX := s.wantedOf(n.Yes) == n.Left
	if inX {
		s.intoX(n.Right)
		s.emit(bpf.STX, w, n.Left)
	} else {
		s.intoA(n.Right)
		s.emit(bpf.ST, w, n.Left)
	}
	s.now.rename(n.Left)
	if inX {
		s.now.x = n.Left
	} else {
		s.now.a = n.Left
	}
	s.now.store(w, n.Left)
}

// assigned notes in regs where the variable is after its let, on all ways.
func (s *selector) assigned(regs *registers, variable *Value) {
	if s.now.a == variable {
		regs.a = variable
	}
	if s.now.x == variable {
		regs.x = variable
	}
	regs.store(variableWord(variable), variable)
}

// chain brings in the loop of the plain selection.
func (s *selector) chain(c *Chain) {
	s.operands(c.Next, c.At, false)
	p := plain{words: s.words}
	p.loop(c)
	if s.err == nil {
		s.err = p.err
	}
	for _, ins := range p.body {
		s.steps = append(s.steps, selected{ins: ins})
	}
	s.stores = true
	s.now = registers{}
}
