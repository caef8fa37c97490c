package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// folding is as much of libpcap's optimizer as decides what libpcap refuses: the
// same moves of branches, in the same order, on tests alone. See libpcap.go.

// maxFoldBlocks bounds the formulas that are looked at to the end.
const maxFoldBlocks = 2000

// folding is a formula as tests with two ways each.
type folding struct {
	blocks []*foldBlock
	root   *foldBlock
	led    bool           // for libpcap, a test of constants stands before the root
	levels [][]*foldBlock // by the longest way to an end
	edges  int            // numbered: twice the block, plus 0 or 1
	pass   int
	early  bool // there are tests with other values in the first pass
	moved  bool // in this pass
	folded bool // and not by branches alone

	fullMask bool // a mask of all bits is not taken for one that leaves something
	effort   int
}

// foldBlock is a test, or one of the two ends.
type foldBlock struct {
	test    *pred // nil: an end
	accepts bool
	next    [2]*foldBlock // where to go when the test holds, and when not
	id      int
	level   int
	marked  int // the last pass that came by
	in      []foldEdge
	known   [2]bitset // edges that every way over next takes
	before  bitset    // blocks that every way to this one passes
}

// foldEdge is a way out of a block.
type foldEdge struct {
	from *foldBlock
	way  int
}

func newFolding(p *pred) *folding {
	f := &folding{led: p.led()}
	yes, no := &foldBlock{accepts: true}, &foldBlock{}
	f.blocks = append(f.blocks, no, yes)
	f.root = f.lower(p, yes, no)
	return f
}

// led reports whether p begins with what always or never holds.
func (p *pred) led() bool {
	for p.op == predAnd || p.op == predOr || p.op == predNot {
		p = p.a
	}
	return p.op == predTrue || p.op == predFalse
}

// lower makes blocks of p and returns the first of them.
func (f *folding) lower(p *pred, yes, no *foldBlock) *foldBlock {
	for {
		switch p.op {
		case predTrue, predSet:
			return yes
		case predFalse, predAbort:
			return no
		case predNot:
			p, yes, no = p.a, no, yes
			continue
		case predAnd:
			yes = f.lower(p.b, yes, no)
			p = p.a
			continue
		case predOr:
			no = f.lower(p.b, yes, no)
			p = p.a
			continue
		}
		b := &foldBlock{test: p, next: [2]*foldBlock{yes, no}}
		f.early = f.early || p.early != nil
		f.blocks = append(f.blocks, b)
		return b
	}
}

// maxFoldEffort bounds the comparisons of tests with those before them.
const maxFoldEffort = 1 << 20

// constant says which way a test goes that needs no packet.
func (p *pred) constant() (way int, ok bool) {
	switch {
	case p.left == nil:
		return 0, false
	case p.left.Op == flow.OpConst && p.right.Op == flow.OpConst:
		return p.evaluate(p.left.K, p.right.K), true
	case p.test == flow.TestSet && p.right.Op == flow.OpConst && p.right.K == 0:
		return 1, true
	}
	return 0, false
}

// after says which way a test goes after another came out one way: the same
// way, if it is the same test, and not at all, if the other found the value
// equal to another constant. The values are those on the left.
func (p *pred) after(other *pred, way int, value, otherValue *flow.Value) (int, bool) {
	if value != otherValue || p.test != other.test || p.left == nil || other.left == nil {
		return 0, false
	}
	if p.right == other.right {
		return way, true
	}
	constants := p.right.Op == flow.OpConst && other.right.Op == flow.OpConst
	return 1, way == 0 && p.test == flow.TestEq && constants
}

// evaluate is 0 when the test of a and b holds, 1 if not.
func (p *pred) evaluate(a, b uint32) int {
	holds := false
	switch p.test {
	case flow.TestEq:
		holds = a == b
	case flow.TestGt:
		holds = a > b
	case flow.TestGe:
		holds = a >= b
	case flow.TestSet:
		holds = a&b != 0
	}
	if holds {
		return 0
	}
	return 1
}

// value is what libpcap has in the accumulator at the test of b. In the first
// pass that is still the difference or the bits that the test is about.
func (f *folding) value(b *foldBlock) *flow.Value {
	if b.test == nil {
		return nil
	}
	if f.pass == 1 && b.test.early != nil {
		return b.test.early
	}
	return b.test.left
}

// rejects moves branches until nothing moves any more, and reports whether
// nothing but rejection is left.
func (f *folding) rejects() bool {
	if len(f.blocks) > maxFoldBlocks {
		return false
	}
	f.moveBranches()
	end := f.end()
	return end.test == nil && !end.accepts
}

// late is the first error that libpcap would find in the tests that are left
// after branches have moved. Some it finds only after it has computed tests of
// constants.
func (f *folding) late() *syntax.Error {
	if len(f.blocks) <= maxFoldBlocks {
		f.moveBranches()
	} else {
		f.number(f.root)
	}
	for f.led && f.root.test != nil && f.root.next[0] == f.root.next[1] {
		f.root = f.root.next[0]
	}
	if err := f.firstLate(false); err != nil {
		return err
	}
	for _, b := range f.blocks {
		if b.test == nil {
			continue
		}
		if way, _, ok := f.decided(b.test); ok {
			b.next[1-way] = b.next[way]
		}
	}
	return f.firstLate(true)
}

func (f *folding) firstLate(again bool) (err *syntax.Error) {
	f.pass++
	f.findLevels()
	f.fromRoot(func(b *foldBlock) {
		if e := b.test.late; err == nil && e != nil && e.again == again {
			err = e.Error
		}
	})
	return err
}

func (f *folding) moveBranches() {
	f.number(f.root)
	idle := 0
	for f.moved = true; f.moved && idle < 100 && f.effort < maxFoldEffort; {
		f.pass++
		f.moved = f.pass == 1 && f.early
		f.folded = f.moved
		f.findLevels()
		f.findBefore()
		f.findKnown()
		f.foldConstants()
		f.threadAll()
		f.findIn()
		for _, level := range f.levels[1:] {
			for i := len(level) - 1; i >= 0; i-- {
				f.pullUp(level[i], 0)
				f.pullUp(level[i], 1)
			}
		}
		if idle++; f.folded {
			idle = 0
		}
	}
}

// threadAll leads all ways past tests that are decided on them.
func (f *folding) threadAll() {
	for _, level := range f.levels[1:] {
		for i := len(level) - 1; i >= 0; i-- {
			f.thread(level[i], 0)
			f.thread(level[i], 1)
		}
	}
}

// number gives the blocks that can be reached their numbers.
func (f *folding) number(root *foldBlock) {
	f.blocks = f.blocks[:0]
	var visit func(b *foldBlock)
	visit = func(b *foldBlock) {
		if b.marked != 0 {
			return
		}
		b.marked, b.id = -1, len(f.blocks)
		f.blocks = append(f.blocks, b)
		if b.test != nil {
			visit(b.next[0])
			visit(b.next[1])
		}
	}
	visit(root)
	n := len(f.blocks)
	f.edges = 2 * n
	words := (n + 63) / 64
	sets := make(bitset, 5*words*n)
	cut := func(n int) (s bitset) { s, sets = sets[:n:n], sets[n:]; return s }
	for _, b := range f.blocks {
		b.before, b.known = cut(words), [2]bitset{cut(2 * words), cut(2 * words)}
	}
}

// findLevels orders the blocks by the longest way to an end. Within a level,
// those found last come first for libpcap.
func (f *folding) findLevels() {
	f.levels = f.levels[:0]
	var visit func(b *foldBlock)
	visit = func(b *foldBlock) {
		if b.marked == f.pass {
			return
		}
		b.marked, b.level = f.pass, 0
		if b.test != nil {
			visit(b.next[0])
			visit(b.next[1])
			b.level = max(b.next[0].level, b.next[1].level) + 1
		}
		for len(f.levels) <= b.level {
			f.levels = append(f.levels, nil)
		}
		f.levels[b.level] = append(f.levels[b.level], b)
	}
	visit(f.root)
}

// fromRoot calls do for each block that is not an end, the highest level first.
func (f *folding) fromRoot(do func(*foldBlock)) {
	for l := len(f.levels) - 1; l > 0; l-- {
		for i := len(f.levels[l]) - 1; i >= 0; i-- {
			do(f.levels[l][i])
		}
	}
}

func (f *folding) findBefore() {
	for _, b := range f.blocks {
		b.before.fill()
	}
	clear(f.root.before)
	f.fromRoot(func(b *foldBlock) {
		b.before.set(b.id)
		b.next[0].before.intersect(b.before)
		b.next[1].before.intersect(b.before)
		f.effort += len(b.before)
	})
	for _, b := range f.levels[0] {
		b.before.set(b.id)
	}
}

func (f *folding) findKnown() {
	for _, b := range f.blocks {
		b.known[0].fill()
		b.known[1].fill()
	}
	clear(f.root.known[0])
	clear(f.root.known[1])
	n := len(f.blocks)
	f.fromRoot(func(b *foldBlock) {
		for way, to := range b.next {
			b.known[way].set(b.id + way*n)
			to.known[0].intersect(b.known[way])
			to.known[1].intersect(b.known[way])
		}
		f.effort += 4 * len(b.known[0])
	})
}

func (f *folding) findIn() {
	for _, b := range f.blocks {
		b.in = b.in[:0]
	}
	f.fromRoot(func(b *foldBlock) {
		b.next[0].in = append(b.next[0].in, foldEdge{b, 0})
		b.next[1].in = append(b.next[1].in, foldEdge{b, 1})
	})
}

// foldConstants makes both ways of decided tests one.
func (f *folding) foldConstants() {
	f.fromRoot(func(b *foldBlock) {
		way, ok := b.test.constant()
		if !ok || b.next[0] == b.next[1] {
			return
		}
		if b.test.test != flow.TestSet {
			f.moved, f.folded = true, true
		}
		b.next[1-way] = b.next[way]
	})
}

// thread leads a way past tests that are decided on it.
func (f *folding) thread(b *foldBlock, way int) {
	to := &b.next[way]
	if (*to).test == nil {
		return
	}
	if (*to).next[0] == (*to).next[1] {
		f.moved, f.folded = true, true
		*to = (*to).next[0]
	}
	n := len(f.blocks)
	for again := true; again && (*to).test != nil; {
		again = false
		for k := 0; k < 2*n && !again; k++ {
			if !b.known[way].has(k) {
				continue
			}
			f.effort++
			from := f.blocks[k%n]
			if from.test == nil {
				continue
			}
			if w, ok := (*to).test.after(from.test, k/n, f.value(*to), f.value(from)); ok {
				f.moved, again = true, true
				*to = (*to).next[w]
			}
		}
	}
}

// pullUp moves a test of a value up to where the value is at hand. Way 0 is for
// alternatives, which go to one block when they hold; way 1 for conditions,
// which go to one when they do not.
func (f *folding) pullUp(b *foldBlock, way int) {
	if len(b.in) == 0 {
		return
	}
	value := f.value(b.in[0].from)
	for _, e := range b.in[1:] {
		if f.value(e.from) != value {
			return
		}
	}
	other := 1 - way
	fits := func(c *foldBlock) bool { return c.test != nil && c.next[way] == b.next[way] && c.before.has(b.id) }

	// The first test in the row that needs another value, then the next one
	// that does not.
	last := b.in[len(b.in)-1].from // whose way to b may have been moved
	at := &last.next[1]
	if last.next[0] == b {
		at = &last.next[0]
	}
	top := at
	for fits(*at) && f.value(*at) == value {
		at = &(*at).next[other]
	}
	if !fits(*at) {
		return
	}
	same := &(*at).next[other]
	for fits(*same) && f.value(*same) != value {
		same = &(*same).next[other]
	}
	if !fits(*same) {
		return
	}
	pulled := *same
	*same = pulled.next[other]
	pulled.next[other] = *at
	if at == top {
		for _, e := range b.in {
			if e.from.next[0] == b {
				e.from.next[0] = pulled
			} else {
				e.from.next[1] = pulled
			}
		}
	} else {
		*at = pulled
	}
	f.moved = true
	f.findBefore()
}

// end follows the tests from the root on that are decided whatever a packet
// holds. A test that has the same operands as the one before is not decided for
// libpcap.
func (f *folding) end() *foldBlock {
	var operands [2]uint32
	b := f.root
	for first := true; b.test != nil; {
		if b.next[0] == b.next[1] {
			b = b.next[0]
			continue
		}
		way, here, ok := f.decided(b.test)
		if !ok || here == operands && !first {
			return b
		}
		operands, first, b = here, false, b.next[way]
	}
	return b
}

// decided is what libpcap knows of a test; see pred.decided.
func (f *folding) decided(p *pred) (way int, operands [2]uint32, ok bool) {
	if way, operands, ok = p.decided(); !ok && !f.fullMask && p.ofAllBits() {
		return 1, operands, true
	}
	return way, operands, ok
}

// ofAllBits reports whether p compares x & 0xffffffff with 0, which it never is to
// libpcap 1.10: that takes all bits for some bits.
func (p *pred) ofAllBits() bool {
	if p.left == nil || p.test != flow.TestEq || p.left.Op != flow.OpAnd {
		return false
	}
	zero, isConst := known(p.right)
	mask, masked := known(p.left.Right)
	return isConst && zero == 0 && masked && mask == 0xffffffff
}

// decided says which way a test goes whatever the packet holds, and what its
// operands are.
func (p *pred) decided() (way int, operands [2]uint32, ok bool) {
	if p.left == nil {
		return 0, operands, false
	}
	if operands[1], ok = known(p.right); !ok {
		return 0, operands, false
	}
	if operands[0], ok = known(p.left); ok {
		return p.evaluate(operands[0], operands[1]), operands, true
	}
	return 0, operands, false
}
