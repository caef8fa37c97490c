package compile

// rejectsAll reports whether libpcap would refuse the formula because no packet
// can pass. Only what its optimizer sees counts: tests between constants, and
// tests that every way to them has decided already, by the same test or by one
// for equality with another constant. Arithmetic is computed at the beginning
// of the formula alone.
//
// Contradictions that take more to see make programs that never accept, here as
// there.
func rejectsAll(p *pred) bool {
	f := folding{blocks: make([]foldBlock, 2)} // block 0 rejects, block 1 accepts
	root := f.lower(p, 1, 0)
	if f.passable(root) {
		return false
	}
	for f.changed = true; f.changed && f.effort < maxFoldEffort; {
		f.changed = false
		f.findFacts(root)
		for i := 2; i < len(f.blocks); i++ {
			if f.blocks[i].reached {
				f.thread(i, 0)
				f.thread(i, 1)
			}
		}
	}
	return f.end(root) == 0
}

// end follows the tests from root on that are decided whatever a packet holds.
// As in libpcap, a test that has the same operands as the one before is not.
func (f *folding) end(root int) int {
	var operands [2]uint32
	for first := true; root > 1; first = false {
		b := &f.blocks[root]
		if b.next[0] == b.next[1] {
			root = b.next[0]
			continue
		}
		way, here, ok := b.test.decided()
		if !ok || here == operands && !first {
			return root
		}
		operands, root = here, b.next[way]
	}
	return root
}

// maxFoldEffort bounds the comparisons of tests with what is known before them.
const maxFoldEffort = 1 << 20

// folding shortens the ways through a formula.
type folding struct {
	blocks  []foldBlock // each after its successors
	changed bool
	effort  int
}

// foldBlock is a test with its successors, when it holds and when not.
type foldBlock struct {
	test    *pred
	next    [2]int
	reached bool
	facts   *fact
}

// fact is a test that every way to a block has passed, and how it came out.
type fact struct {
	test  *pred
	way   int // 0: it held
	outer *fact
	depth int
}

// lower makes blocks of p and returns the first of them.
func (f *folding) lower(p *pred, yes, no int) int {
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
		f.blocks = append(f.blocks, foldBlock{test: p, next: [2]int{yes, no}})
		return len(f.blocks) - 1
	}
}

// passable looks for a way to acceptance on which no test is decided otherwise
// by the tests before it: it is there for most expressions, and soon found. It
// leaves the search after a while.
func (f *folding) passable(root int) bool {
	budget := 2 * len(f.blocks)
	var search func(at int, known *fact) bool
	search = func(at int, known *fact) bool {
		for {
			if at < 2 || budget == 0 || f.effort >= maxFoldEffort {
				return at == 1
			}
			budget--
			b := &f.blocks[at]
			b.facts = known
			if way, ok := f.decide(b.test, known); ok {
				at = b.next[way]
				continue
			}
			if _, _, ok := b.test.decided(); ok {
				return false // not for this search
			}
			if search(b.next[0], b.fact(0)) {
				return true
			}
			at, known = b.next[1], b.fact(1)
		}
	}
	return search(root, nil)
}

// findFacts finds what is known at each block that can be reached.
func (f *folding) findFacts(root int) {
	for i := range f.blocks {
		f.blocks[i].reached, f.blocks[i].facts = false, nil
	}
	f.blocks[root].reached = true
	for i := root; i > 1; i-- {
		b := &f.blocks[i]
		if !b.reached {
			continue
		}
		for way, to := range b.next {
			s := &f.blocks[to]
			if here := b.fact(way); s.reached {
				s.facts = f.common(s.facts, here)
			} else {
				s.reached, s.facts = true, here
			}
		}
	}
}

// fact is what is known behind b.
func (b *foldBlock) fact(way int) *fact {
	depth := 1
	if b.facts != nil {
		depth += b.facts.depth
	}
	return &fact{test: b.test, way: way, outer: b.facts, depth: depth}
}

// common is what is known on both of two ways.
func (f *folding) common(a, b *fact) *fact {
	for a != b {
		f.effort++
		switch {
		case a == nil || b == nil:
			return nil
		case a.depth > b.depth:
			a = a.outer
		case b.depth > a.depth:
			b = b.outer
		default:
			a, b = a.outer, b.outer
		}
	}
	return a
}

// thread makes an edge lead past the tests that are decided on it.
func (f *folding) thread(i, way int) {
	b := &f.blocks[i]
	known := b.fact(way)
	for to := b.next[way]; to > 1; b.next[way] = to {
		s := &f.blocks[to]
		if s.next[0] == s.next[1] {
			to = s.next[0]
		} else if w, ok := f.decide(s.test, known); ok {
			to = s.next[w]
		} else {
			return
		}
		f.changed = true
	}
}

// decide says which way a test goes after what is known.
func (f *folding) decide(p *pred, known *fact) (way int, ok bool) {
	if p.left == nil {
		return 0, false
	}
	if p.left.op == valueConst && p.right.op == valueConst {
		return p.evaluate(p.left.k, p.right.k), true
	}
	if p.test == testSet && p.right.op == valueConst && p.right.k == 0 {
		return 1, true
	}
	for ; known != nil; known = known.outer {
		f.effort++
		t := known.test
		if t.left != p.left || t.test != p.test || t.indexed != p.indexed {
			continue
		}
		if t.right == p.right {
			return known.way, true
		}
		if known.way == 0 && p.test == testEq && t.right.op == valueConst && p.right.op == valueConst {
			return 1, true
		}
	}
	return 0, false
}

// evaluate is 0 when the test of a and b holds, 1 if not.
func (p *pred) evaluate(a, b uint32) int {
	holds := false
	switch p.test {
	case testEq:
		holds = a == b
	case testGt:
		holds = a > b
	case testGe:
		holds = a >= b
	case testSet:
		holds = a&b != 0
	}
	if holds {
		return 0
	}
	return 1
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
	// libpcap takes all bits for some bits: x & 0xffffffff is never 0 to it.
	if p.test == testEq && operands[1] == 0 && p.left.op == valueAnd {
		mask, ok := known(p.left.right)
		return 1, operands, ok && mask == 0xffffffff
	}
	return 0, operands, false
}

// known is the number that v always is, as far as libpcap sees that.
func known(v *value) (k uint32, ok bool) {
	switch {
	case v.op == valueConst:
		return v.k, true
	case v.op < valueAdd:
		return 0, false
	}
	a, aKnown := known(v.left)
	if v.right == nil {
		return -a, aKnown
	}
	b, bKnown := known(v.right)
	if bKnown && b == 0 && (v.op == valueMul || v.op == valueAnd) {
		return 0, true
	}
	if aKnown && a == 0 && !bKnown {
		switch v.op {
		case valueMul, valueDiv, valueMod, valueAnd, valueLsh, valueRsh:
			return 0, true
		}
	}
	if !aKnown || !bKnown || b == 0 && (v.op == valueDiv || v.op == valueMod) {
		return 0, false
	}
	return fold(v.op, a, b), true
}
