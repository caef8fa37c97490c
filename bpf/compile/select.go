package compile

import (
	"slices"

	"github.com/tapdump/tapdump/bpf"
)

// Selection of instructions. A node becomes a block that computes what the
// node asks about. Ways to it that have a part of that in the registers
// already enter the block behind the instructions they do not need.

// registers is what the machine holds at a point, nil for unknown.
type registers struct {
	a, x    *value
	scratch *words // never changed; nil: nothing
}

// words is what scratch words hold.
type words [bpf.ScratchWords]*value

func (r *registers) meet(s *registers) {
	if r.a != s.a {
		r.a = nil
	}
	if r.x != s.x {
		r.x = nil
	}
	if r.scratch == s.scratch || r.scratch == nil {
		return
	}
	if s.scratch == nil {
		r.scratch = nil
		return
	}
	both, any := *r.scratch, false
	for i := range both {
		if both[i] != s.scratch[i] {
			both[i] = nil
		}
		any = any || both[i] != nil
	}
	if r.scratch = nil; any {
		r.scratch = &both
	}
}

// at is what scratch word w holds.
func (r *registers) at(w uint32) *value {
	if r.scratch == nil {
		return nil
	}
	return r.scratch[w]
}

// store notes that scratch word w holds v.
func (r *registers) store(w uint32, v *value) {
	if r.at(w) == v {
		return
	}
	var next words
	if r.scratch != nil {
		next = *r.scratch
	}
	next[w] = v
	r.scratch = &next
}

// word finds the scratch word that holds v.
func (r *registers) word(v *value) (w uint32, ok bool) {
	if r.scratch != nil {
		for i := range r.scratch {
			if r.scratch[i] == v {
				return uint32(i), true
			}
		}
	}
	return 0, false
}

// selected is an instruction with the registers before it.
type selected struct {
	ins  bpf.Instruction
	a, x *value
	word *value // content of the scratch word that a load reads
}

// selector makes blocks of the nodes of a graph.
type selector struct {
	o        *optimizer
	arrivals table[[]arrival] // by node
	wants    table[*value]    // by node: what the nodes from it on want in X first
	uses     table[int]       // by value: how many nodes and values are computed from it
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

func (o *optimizer) selectCode(entry *node) (code, error) {
	if o.g.variables > bpf.ScratchWords {
		return code{}, errScratch
	}
	s := &o.selector
	s.o, s.words, s.stores, s.err = o, bpf.ScratchWords-o.g.variables, false, nil
	s.wants.clear()
	s.arrivals.clear()
	s.uses.clear()
	order := o.topological(entry)
	s.wants.reserve(o.g.nodes + 1)
	s.arrivals.reserve(o.g.nodes + 1)
	for _, n := range slices.Backward(order) {
		s.wants.put(n.id, s.findWanted(n))
	}
	s.countUses(order)
	start := &block{end: bpf.Instruction{Op: bpf.JMP | bpf.JA}}
	s.arrive(entry, arrival{from: start, yes: true})
	blocks := make([]block, len(order))
	for i, n := range order {
		s.block(n, &blocks[i])
		if s.err != nil {
			return code{}, s.err
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

func (s *selector) arrive(n *node, a arrival) {
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
func (s *selector) findWanted(n *node) *value {
	switch n.kind {
	case nodeTest:
		if b := n.left.firstBase(); b != nil {
			return b
		}
		if n.right.isConst() {
			if x := s.wantedOf(n.yes); x != nil {
				return x
			}
			return s.wantedOf(n.no)
		}
	case nodeLet:
		if b := n.right.firstBase(); b != nil {
			return b
		}
		return s.wantedOf(n.yes)
	}
	return nil
}

func (s *selector) wantedOf(n *node) *value {
	if w := s.wants.at(n.id); w != nil {
		return *w
	}
	return nil
}

// firstBase is the base of the load that v starts with.
func (v *value) firstBase() *value {
	for v != nil && v.op != valueLoad {
		v = v.left
	}
	if v == nil {
		return nil
	}
	return v.left
}

// countUses notes how often values are used again.
func (s *selector) countUses(order []*node) {
	for _, n := range order {
		if n.kind == nodeTest {
			s.countUse(n.left)
		}
		if n.kind == nodeChain {
			s.countUse(n.chain.next)
			s.countUse(n.chain.at)
		}
		s.countUse(n.right)
	}
}

func (s *selector) countUse(v *value) {
	if v == nil || v.left == nil { // takes one instruction
		return
	}
	if n := s.uses.get(v); n != nil {
		*n++
		return
	}
	s.uses.set(v, 0)
	s.countUse(v.left)
	s.countUse(v.right)
}

// block makes the block of n.
func (s *selector) block(n *node, b *block) {
	b.pos = n.pos
	as := *s.arrivals.at(n.id)
	if n.kind == nodeReturn {
		b.end = bpf.Instruction{Op: bpf.RET | bpf.K, K: n.snaplen}
		for i := range as {
			as[i].enter(b, 0)
		}
		return
	}
	s.now, s.steps, s.held = as[0].regs, s.steps[:0], 0
	for i := range as[1:] {
		s.now.meet(&as[i+1].regs)
	}
	switch n.kind {
	case nodeTest:
		b.end = s.test(n)
	case nodeLet:
		s.let(n)
		b.end.Op = bpf.JMP | bpf.JA
	case nodeChain:
		s.chain(n.chain)
		b.end = bpf.Instruction{Op: bpf.JMP | bpf.JEQ | bpf.K, K: n.chain.want}
	}
	after := s.enter(n, b, as)
	if len(s.bodies) < len(s.steps) {
		s.bodies = make([]bpf.Instruction, 128+len(s.steps))
	}
	b.body, s.bodies = s.bodies[:len(s.steps):len(s.steps)], s.bodies[len(s.steps):]
	for i := range s.steps {
		b.body[i] = s.steps[i].ins
	}
	yes, no := n.yes, n.no
	if n.kind == nodeTest && b.end.Op&0xf0 == bpf.JGE { // operands the other way round
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
func (s *selector) enter(n *node, b *block, as []arrival) registers {
	if len(as) == 1 { // knows what s.now began with
		as[0].enter(b, 0)
		return s.now
	}
	needs := s.needs(b.end)
	needs[len(s.steps)].never = needs[len(s.steps)].never || n.kind == nodeLet
	keep := len(s.steps) // ways that do not have what this instruction puts into X must run it
	if x := s.now.x; x != nil && len(as) > 1 && (n.yes != nil && s.wantedOf(n.yes) == x || n.no != nil && s.wantedOf(n.no) == x) {
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
		if n.kind == nodeLet {
			regs.rename(n.left)
			s.assigned(&regs, n.left)
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

// need is what must hold before an instruction so that the rest of the block does its
// work.
type need struct {
	a, x    *value
	scratch []wordNeed
	never   bool
}

type wordNeed struct {
	word uint32
	v    *value
}

func (n *need) satisfied(r *registers) bool {
	if n.never || n.a != nil && n.a != r.a || n.x != nil && n.x != r.x {
		return false
	}
	for _, w := range n.scratch {
		if r.at(w.word) != w.v {
			return false
		}
	}
	return true
}

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
func (s *selector) emit(op uint16, k uint32, result *value) {
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
func (s *selector) test(n *node) bpf.Instruction {
	op := bpf.JMP | jumpOps[n.op]
	if n.right.isConst() {
		s.intoA(n.left)
		return bpf.Instruction{Op: op, K: n.right.k}
	}
	if s.operands(n.left, n.right, true) && n.op == testGt {
		op = bpf.JMP | bpf.JGE
	}
	return bpf.Instruction{Op: op | bpf.X}
}

// operands brings left into A and right into X, or the other way round when
// that is allowed and easier.
func (s *selector) operands(left, right *value, swap bool) (swapped bool) {
	_, header := left.headerLength()
	switch {
	case swap && header && s.now.a != left && s.easyX(left, right): // takes more to get into A
		s.intoA(right)
		s.intoX(left)
		return true
	case s.easyX(right, left):
		s.intoA(left)
		s.intoX(right)
	case swap && s.easyX(left, right):
		s.intoA(right)
		s.intoX(left)
		return true
	case s.overX(left, right):
		s.intoX(right)
		s.intoA(left)
	case swap && s.overX(right, left):
		s.intoX(left)
		s.intoA(right)
		return true
	default:
		s.intoA(right)
		w := s.freeWord()
		s.emit(bpf.ST, w, right)
		s.held |= 1 << w
		s.intoA(left)
		s.emit(bpf.LDX|bpf.MEM, w, right)
		s.held &^= 1 << w
	}
	return false
}

// easyX reports whether v gets into X without A once other is in A.
func (s *selector) easyX(v, other *value) bool {
	if s.now.x == v && !s.clobbersX(other) {
		return true
	}
	return s.direct(v)
}

// direct reports whether one instruction loads v into X.
func (s *selector) direct(v *value) bool {
	if v.op == valueConst || v.op == valueLength {
		return true
	}
	if _, ok := v.headerLength(); ok {
		return true
	}
	_, ok := s.now.word(v)
	return ok
}

// overX reports whether left can be computed into A while right is in X.
func (s *selector) overX(left, right *value) bool {
	if s.now.a == left || s.now.x == left {
		return false
	}
	old := s.now
	s.now.x, s.now.a = right, nil
	clobbers := s.clobbersX(left)
	s.now = old
	return !clobbers
}

// clobbersX reports whether computing v into A overwrites X.
func (s *selector) clobbersX(v *value) bool {
	if s.now.a == v || s.now.x == v {
		return false
	}
	if _, ok := s.now.word(v); ok {
		return false
	}
	switch v.op {
	case valueConst, valueLength, valueAncillary, valueVariable:
		return false
	case valueLoad:
		return v.left != nil && v.left != s.now.x
	case valueNeg:
		return s.clobbersX(v.left)
	}
	if v.right.isConst() {
		return s.clobbersX(v.left)
	}
	return true
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
func (s *selector) intoX(v *value) {
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
	switch v.op {
	case valueConst:
		s.emit(bpf.LDX|bpf.IMM, v.k, v)
		return
	case valueLength:
		s.emit(bpf.LDX|bpf.LEN, 0, v)
		return
	}
	if h := v.firstHeader(); h != nil && s.now.a != h { // X is free: shorter than by way of A
		s.intoX(h)
	}
	s.intoA(v)
	s.emit(bpf.MISC|bpf.TAX, 0, v)
}

// firstHeader is the length of an IPv4 header that v is computed from with
// constants alone.
func (v *value) firstHeader() *value {
	for v.op >= valueAdd && v.op < valueNeg && v.right.isConst() {
		if _, ok := v.headerLength(); ok {
			return v
		}
		v = v.left
	}
	return nil
}

// intoA brings v into A.
func (s *selector) intoA(v *value) {
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
	switch v.op {
	case valueConst:
		s.emit(bpf.LD|bpf.IMM, v.k, v)
	case valueLength:
		s.emit(bpf.LD|bpf.LEN, 0, v)
	case valueAncillary:
		s.emit(bpf.LD|bpf.W|bpf.ABS, bpf.AncillaryBase+v.k, v)
	case valueVariable:
		s.emit(bpf.LD|bpf.MEM, variableWord(v), v)
	case valueLoad:
		if v.left == nil {
			s.emit(bpf.LD|loadSizes[v.size]|bpf.ABS, v.k, v)
			return
		}
		s.intoX(v.left)
		s.emit(bpf.LD|loadSizes[v.size]|bpf.IND, v.k, v)
	case valueNeg:
		s.intoA(v.left)
		s.emit(bpf.ALU|bpf.NEG, 0, v)
	default:
		if v.right.isConst() {
			s.intoA(v.left)
			s.emit(bpf.ALU|aluOps[v.op]|bpf.K, v.right.k, v)
		} else {
			s.operands(v.left, v.right, v.op.commutes())
			s.emit(bpf.ALU|aluOps[v.op]|bpf.X, 0, v)
		}
	}
	s.save(v)
}

// oneStep reports whether one instruction brings v into A without a scratch
// word.
func (s *selector) oneStep(v *value) bool {
	return v.op == valueConst || v.op == valueLoad && (v.left == nil || v.left == s.now.x)
}

// save keeps a value that took work and is used again in a scratch word. A
// store that nobody reads from goes later.
func (s *selector) save(v *value) {
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

// cost is about how many instructions compute v.
func cost(v *value) int {
	if _, ok := v.headerLength(); ok || v.left == nil {
		return 1
	}
	n := 1 + cost(v.left)
	if v.right != nil && !v.right.isConst() {
		n += 1 + cost(v.right)
	}
	return n
}

// let computes the new content of a variable.
func (s *selector) let(n *node) {
	w := variableWord(n.left)
	inX := s.wantedOf(n.yes) == n.left
	if inX {
		s.intoX(n.right)
		s.emit(bpf.STX, w, n.left)
	} else {
		s.intoA(n.right)
		s.emit(bpf.ST, w, n.left)
	}
	s.now.rename(n.left)
	if inX {
		s.now.x = n.left
	} else {
		s.now.a = n.left
	}
	s.now.store(w, n.left)
}

// assigned notes in regs where the variable is after its let, on all ways.
func (s *selector) assigned(regs *registers, variable *value) {
	if s.now.a == variable {
		regs.a = variable
	}
	if s.now.x == variable {
		regs.x = variable
	}
	regs.store(variableWord(variable), variable)
}

// rename forgets values that depend on a variable that changes.
func (r *registers) rename(variable *value) {
	if r.a != nil && r.a.uses(variable) {
		r.a = nil
	}
	if r.x != nil && r.x.uses(variable) {
		r.x = nil
	}
	if r.scratch == nil {
		return
	}
	for w, v := range r.scratch {
		if v != nil && v.uses(variable) {
			r.store(uint32(w), nil)
		}
	}
}

// chain brings in the loop of the plain selection.
func (s *selector) chain(c *chain) {
	s.operands(c.next, c.at, false)
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

// dropDeadStores removes stores to words that nobody reads afterwards. Blocks
// come before their successors.
func dropDeadStores(blocks []block) {
	for i := len(blocks) - 1; i >= 0; i-- {
		b := &blocks[i]
		now := b.yes.live() | b.no.live()
		b.words = now // what some entry needs
		dead := false
		for j := len(b.body) - 1; j >= 0; j-- {
			switch ins := &b.body[j]; {
			case ins.Op&7 == bpf.JMP: // a walk along headers keeps its own words
				now = ^uint32(0)
			case ins.Op == bpf.ST || ins.Op == bpf.STX:
				if now>>ins.K&1 == 0 {
					dead = true
					ins.Jt = deadStore
				}
				now &^= 1 << ins.K
			case ins.Op == bpf.LD|bpf.MEM || ins.Op == bpf.LDX|bpf.MEM:
				now |= 1 << ins.K
			}
			b.words |= now
		}
		b.dead = dead
	}
	for i := range blocks {
		blocks[i].yes.passDead()
		blocks[i].no.passDead()
	}
	for i := range blocks {
		if b := &blocks[i]; b.dead {
			b.body = slices.DeleteFunc(b.body, func(ins bpf.Instruction) bool { return isDead(ins) })
		}
	}
}

// deadStore marks a store that goes, in a field that stores do not have.
const deadStore = 255

func isDead(ins bpf.Instruction) bool {
	return ins.Jt == deadStore && (ins.Op == bpf.ST || ins.Op == bpf.STX)
}

func (e edge) live() uint32 {
	if e.to == nil {
		return 0
	}
	return e.to.words
}

// passDead lowers the number of instructions that e skips by the dead stores
// among them.
func (e *edge) passDead() {
	if e.to == nil || !e.to.dead {
		return
	}
	skip := e.skip
	for _, ins := range e.to.body[:skip] {
		if isDead(ins) {
			e.skip--
		}
	}
}
