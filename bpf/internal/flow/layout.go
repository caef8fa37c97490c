package flow

import "github.com/tapdump/tapdump/bpf"

// block is straight-line code that ends in a return or a jump. Blocks hold
// their successors; offsets exist only after layout.
type block struct {
	body    []bpf.Instruction
	end     bpf.Instruction // RET, JMP|JA or a conditional jump, offsets unset
	yes, no edge            // of JMP|JA: yes alone
	pos     Span
	seen    bool
	dead    bool   // some stores go
	words   uint32 // scratch words that are read from the block on, as bits
	start   int    // of the placed block: instructions from its first to the program's end
}

// edge is a way into a block, past the first skip instructions of its body.
type edge struct {
	to   *block
	skip int
}

// Code is a program with the term that each instruction comes from.
type Code struct {
	Instructions []bpf.Instruction
	Origins      []Span
}

// maxSkip is how far a conditional jump reaches.
const maxSkip = 255

// layout puts blocks into an order in which all jumps go forward. It works
// from the end of the program to its start: everything that a block jumps to
// has its place already, so that a jump that does not reach is known at once,
// and gets a relay beside it.
type layout struct {
	out     []bpf.Instruction // in reverse
	origins []Span
	relays  map[edge]int // nearest ja to an edge: instructions from it to the end
	scratch bool         // the program uses scratch words
}

// place lays out the blocks from entry on.
func place(entry *block) Code {
	l := layout{}
	var order []*block
	var returns []*block
	l.scratch = walk(edge{to: entry}.resolve().to, &order, &returns)
	n := len(returns)
	for _, b := range order {
		n += len(b.body) + 1
	}
	n += n / 16 // relays
	l.out, l.origins = make([]bpf.Instruction, 0, n), make([]Span, 0, n)
	// The return that takes the packet stands before the one that rejects it.
	for i := range returns {
		if returns[i].end.K == 0 {
			l.place(returns[i])
		}
	}
	for i := range returns {
		if returns[i].end.K != 0 {
			l.place(returns[i])
		}
	}
	for _, b := range order {
		l.place(b)
	}
	c := Code{make([]bpf.Instruction, len(l.out)), make([]Span, len(l.out))}
	for i := range l.out {
		c.Instructions[len(l.out)-1-i], c.Origins[len(l.out)-1-i] = l.out[i], l.origins[i]
	}
	return c
}

// walk lists what can be reached from b, each block after its successors, the
// returns apart. It reports whether scratch words are in use.
func walk(b *block, order, returns *[]*block) (scratch bool) {
	if b.seen {
		return false
	}
	b.seen = true
	b.yes, b.no = b.yes.resolve(), b.no.resolve()
	for _, ins := range b.body {
		scratch = scratch || ins.Op == bpf.ST || ins.Op == bpf.STX
	}
	if b.end.Op&7 == bpf.RET && len(b.body) == 0 {
		*returns = append(*returns, b)
		return scratch
	}
	if b.no.to != nil {
		scratch = walk(b.no.to, order, returns) || scratch
	}
	if b.yes.to != nil {
		scratch = walk(b.yes.to, order, returns) || scratch
	}
	*order = append(*order, b)
	return scratch
}

// resolve passes blocks that e enters behind all but their jump.
func (e edge) resolve() edge {
	for e.to != nil && e.to.end.Op == bpf.JMP|bpf.JA && e.skip == len(e.to.body) {
		e = e.to.yes
	}
	return e
}

func (l *layout) emit(ins bpf.Instruction, pos Span) {
	l.out = append(l.out, ins)
	l.origins = append(l.origins, pos)
}

func (l *layout) place(b *block) {
	end := b.end
	switch {
	case end.Op == bpf.JMP|bpf.JA:
		l.jump(b.yes, b.pos)
	case end.Op&7 == bpf.JMP:
		l.branch(b)
	default:
		l.emit(end, b.pos)
	}
	for i := len(b.body) - 1; i >= 0; i-- {
		l.emit(b.body[i], b.pos)
	}
	b.start = len(l.out)
}

// jump places what leads to e: nothing, when that is what comes next; when it is
// but the end of a block, that once more; or a jump.
func (l *layout) jump(e edge, pos Span) {
	t := e.position()
	if t == len(l.out) {
		return
	}
	if e.skip == len(e.to.body) {
		switch op := e.to.end.Op; {
		case op&7 == bpf.RET && !l.scratch:
			l.emit(e.to.end, e.to.pos)
			return
		case op&7 == bpf.JMP && op != bpf.JMP|bpf.JA && len(l.out)-l.near(e.to.yes) <= maxSkip && len(l.out)-l.near(e.to.no) <= maxSkip:
			l.branch(e.to)
			return
		}
	}
	l.emit(bpf.Instruction{Op: bpf.JMP | bpf.JA, K: uint32(len(l.out) - t)}, pos)
}

// position is the number of instructions from where e leads to the end.
func (e edge) position() int { return e.to.start - e.skip }

// branch places the conditional jump that ends b.
func (l *layout) branch(b *block) {
	yes, no := l.near(b.yes), l.near(b.no)
	for {
		switch at := len(l.out); {
		case at-yes > maxSkip:
			yes = l.relay(b.yes, b.pos)
		case at-no > maxSkip:
			no = l.relay(b.no, b.pos)
		default:
			end := b.end
			end.Jt, end.Jf = uint8(at-yes), uint8(at-no)
			l.emit(end, b.pos)
			return
		}
	}
}

// near is the position of the last placed way to e.
func (l *layout) near(e edge) int {
	t := e.position()
	if len(l.out)-t <= maxSkip {
		return t
	}
	return max(t, l.relays[e])
}

// relay places what brings a jump to e: a jump, or a copy of a return. Linux
// lets a return flow into the next instruction when it checks that scratch
// words are written before they are read, so that copies are left out of
// programs that use them.
func (l *layout) relay(e edge, pos Span) int {
	if e.to.end.Op&7 == bpf.RET && len(e.to.body) == 0 && !l.scratch {
		l.emit(e.to.end, e.to.pos)
		e.to.start = len(l.out)
		return len(l.out)
	}
	l.emit(bpf.Instruction{Op: bpf.JMP | bpf.JA, K: uint32(len(l.out) - e.position())}, pos)
	if l.relays == nil {
		l.relays = make(map[edge]int)
	}
	l.relays[e] = len(l.out)
	return len(l.out)
}
