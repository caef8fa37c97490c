package flow

import "github.com/tapdump/tapdump/bpf"

// Tail merging (cross jumping) of blocks. Ends of blocks that came out alike,
// since what they ask about is in a register already, are kept once: a port of
// IPv4 and one of IPv6, both in A, go on to the same comparison.

// maxEnd is how many instructions before its jump an end may have.
const maxEnd = 4

// blockEnd is what a block does from some instruction on.
type blockEnd struct {
	body    [maxEnd]bpf.Instruction
	length  int
	jump    bpf.Instruction
	yes, no edge
}

// blockEnds keeps the first of equal ends.
type blockEnds map[blockEnd]edge

// mergeEnds leads ways to equal ends to one of them. Blocks come before their
// successors; start leads to the first.
func (m blockEnds) mergeEnds(start *block, blocks []block) {
	clear(m)
	for i := len(blocks) - 1; i >= 0; i-- {
		b := &blocks[i]
		b.yes, b.no = m.first(b.yes), m.first(b.no)
	}
	start.yes = m.first(start.yes)
}

// first is the first way to an end like that of e, whose block leads to first
// ends.
func (m blockEnds) first(e edge) edge {
	e = e.resolve()
	if e.to == nil {
		return e
	}
	rest := e.to.body[e.skip:]
	if len(rest) > maxEnd {
		return e
	}
	end := blockEnd{length: len(rest), jump: e.to.end, yes: e.to.yes, no: e.to.no}
	copy(end.body[:], rest)
	if f, ok := m[end]; ok {
		return f
	}
	m[end] = e
	return e
}
