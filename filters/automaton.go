package filters

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// automaton searches bytes for a regular expression in time linear in their
// number. It is a deterministic automaton whose states are made when they are
// first needed, as in RE2 (Cox, "Regular Expression Matching in the Wild").
//
// A state is the set of instructions that wait for the next byte, before jumps
// are followed: what is known then about the byte behind decides on ^, $ and \b.
// So a hit shows with the byte after it, or at the end.
type automaton struct {
	prog    *syntax.Prog
	class   [256]uint8 // bytes that no instruction tells apart
	sample  []byte     // a byte of each class
	stride  int        // classes, and one for the end of the text
	next    []int32    // state*stride + class → state
	states  []dfaState
	known   map[string]int32
	first   [256]bool // bytes that lead on from the start in the middle of a text
	skip    bool      // first may be used
	stack   []uint32
	seen    []uint32 // instruction → the round it was last seen in
	queued  []uint32 // instruction → the round it was last put into pending
	round   uint32
	size    int // instructions in states
	pending []uint32
	key     []byte
}

// dfaState is a set of instructions, and what the byte before was.
type dfaState struct {
	insts  []uint32
	before rune // as syntax.EmptyOpContext wants it: -1 at the start
}

// Values of next that are no states.
const (
	unknown int32 = -1 - iota
	hit
)

const (
	maxInstructions = 10_000
	maxStates       = 4096
	maxStateSize    = 1 << 20 // instructions in all states
)

// errTooComplex says that a pattern is refused, and why.
var errTooComplex = fmt.Errorf("the pattern is too complex: repeated parts take more than %d steps", maxInstructions)

func newAutomaton(tree *syntax.Regexp) (*automaton, error) {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if len(prog.Inst) > maxInstructions {
		return nil, errTooComplex
	}
	a := &automaton{prog: prog, seen: make([]uint32, len(prog.Inst)), queued: make([]uint32, len(prog.Inst))}
	a.partition()
	a.reset()
	a.findFirst()
	return a, nil
}

// partition sorts bytes into classes.
func (a *automaton) partition() {
	classes := 1
	split := func(in func(c byte) bool) {
		var to [256]int // class → its new half, 0: not split yet
		var inside, outside [256]bool
		for c := range 256 {
			if in(byte(c)) {
				inside[a.class[c]] = true
			} else {
				outside[a.class[c]] = true
			}
		}
		for c := range 256 {
			k := a.class[c]
			if !inside[k] || !outside[k] || !in(byte(c)) {
				continue
			}
			if to[k] == 0 {
				to[k] = classes
				classes++
			}
			a.class[c] = uint8(to[k])
		}
	}
	looks := false
	for i := range a.prog.Inst {
		inst := &a.prog.Inst[i]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			split(func(c byte) bool { return inst.MatchRune(byteRune(c)) })
		case syntax.InstEmptyWidth:
			looks = true
		}
	}
	if looks {
		split(func(c byte) bool { return c == '\n' })
		split(func(c byte) bool { return syntax.IsWordChar(rune(c)) })
	}
	a.stride = classes + 1
	a.sample = make([]byte, classes)
	for c := range 256 {
		a.sample[a.class[c]] = byte(c)
	}
}

// reset forgets all states but that at the start of a text, which is 0.
func (a *automaton) reset() {
	a.states, a.next, a.known = a.states[:0], a.next[:0], make(map[string]int32)
	a.size = 0
	a.state(nil, -1)
}

// state returns the number of the state with those instructions, in any order.
func (a *automaton) state(insts []uint32, before rune) int32 {
	slices.Sort(insts)
	a.key = append(a.key[:0], byte(before))
	for _, pc := range insts {
		a.key = append(a.key, byte(pc), byte(pc>>8))
	}
	if s, ok := a.known[string(a.key)]; ok {
		return s
	}
	s := int32(len(a.states))
	a.size += len(insts)
	a.states = append(a.states, dfaState{slices.Clone(insts), before})
	for range a.stride {
		a.next = append(a.next, unknown)
	}
	a.known[string(a.key)] = s
	return s
}

// findFirst finds the bytes at which a search in the middle of a text does
// anything at all.
func (a *automaton) findFirst() {
	for i := range a.prog.Inst {
		if a.prog.Inst[i].Op == syntax.InstEmptyWidth {
			return
		}
	}
	// Without looking around, the state before a text is that of its middle.
	a.skip = true
	for c := range 256 {
		to := a.step(0, int(a.class[c]))
		if a.first[c] = to != 0; to == hit {
			a.skip = false
			return
		}
	}
}

// before is what is remembered of a byte.
func (a *automaton) before(c byte) rune {
	if a.skip {
		return -1 // nobody asks
	}
	switch {
	case c == '\n':
		return '\n'
	case syntax.IsWordChar(rune(c)):
		return 'a'
	}
	return ' '
}

// step works out where state s goes with a class, and notes it.
func (a *automaton) step(s int32, class int) int32 {
	after, end := rune(-1), class == a.stride-1
	var c byte
	if !end {
		c = a.sample[class]
		after = rune(c)
	}
	flags := syntax.EmptyOpContext(a.states[s].before, after)
	if a.round++; a.round == 0 { // it has wrapped
		clear(a.seen)
		clear(a.queued)
		a.round = 1
	}
	a.stack = append(a.stack[:0], uint32(a.prog.Start))
	a.stack = append(a.stack, a.states[s].insts...)
	matched := a.follow(flags, byteRune(c), end)
	to := hit
	switch {
	case matched:
	case end:
		to = 0
	default:
		if len(a.states) >= maxStates || a.size >= maxStateSize {
			a.reset()
			return a.state(a.pending, a.before(c)) // s is gone, and there is no place to note it
		}
		to = a.state(a.pending, a.before(c))
	}
	a.next[int(s)*a.stride+class] = to
	return to
}

// follow follows the jumps from the instructions on the stack, and puts where
// those go that take r into pending. It is true when one of them is the end of
// the pattern.
func (a *automaton) follow(flags syntax.EmptyOp, r rune, end bool) (matched bool) {
	a.pending = a.pending[:0]
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if a.seen[pc] == a.round {
			continue
		}
		a.seen[pc] = a.round
		inst := &a.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, inst.Arg, inst.Out)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				a.stack = append(a.stack, inst.Out)
			}
		case syntax.InstMatch:
			return true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if !end && inst.MatchRune(r) && a.queued[inst.Out] != a.round {
				a.queued[inst.Out] = a.round
				a.pending = append(a.pending, inst.Out)
			}
		}
	}
	return false
}

// startOfText is what search is told when nothing was before.
const startOfText rune = -1

// search returns where the first hit to end in b ends. What was before b is
// startOfText or what before makes of a byte.
func (a *automaton) search(b []byte, before rune) (end int, ok bool) {
	s := int32(0)
	if before != startOfText {
		s = a.state(nil, before)
	}
	for i := 0; i < len(b); i++ {
		if s == 0 && a.skip {
			for i < len(b) && !a.first[b[i]] {
				i++
			}
			if i == len(b) {
				break
			}
		}
		class := int(a.class[b[i]])
		to := a.next[int(s)*a.stride+class]
		if to < 0 {
			if to == unknown {
				to = a.step(s, class)
			}
			if to == hit {
				return i, true
			}
		}
		s = to
	}
	class := a.stride - 1
	to := a.next[int(s)*a.stride+class]
	if to == unknown {
		to = a.step(s, class)
	}
	return len(b), to == hit
}
