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
// So a hit shows with the byte after it, or at the end. A search may begin
// anywhere; that goes without saying in every state.
type automaton struct {
	prog   *syntax.Prog
	looks  bool       // it has ^, $, \b or the like
	class  [256]uint8 // bytes that no instruction tells apart
	states []dfaState
	next   []int32 // state + byte → state; states are multiples of 256
	atEnd  []int32 // state / 256 → hit or not, at the end of the text
	known  map[string]int32
	first  [256]uint8 // 1 of bytes that lead on from one of the start states
	skip   bool       // those are few

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

// Values of next and atEnd that are no states.
const (
	unknown int32 = -1 - iota
	hit
)

// The start states, in which no instruction waits, differ by what was before.
// Without looks there is only the first.
const (
	startOfAll   int32 = 256 * iota // nothing was before
	startOfLine                     // a line feed
	startInWord                     // a letter, digit or underscore
	startBetween                    // something else
	startStates  = 4
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
	for i := range a.prog.Inst {
		inst := &a.prog.Inst[i]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			split(func(c byte) bool { return inst.MatchRune(byteRune(c)) })
		case syntax.InstEmptyWidth:
			a.looks = true
		}
	}
	if a.looks {
		split(func(c byte) bool { return c == '\n' })
		split(func(c byte) bool { return syntax.IsWordChar(rune(c)) })
	}
}

// reset forgets all states but the start states.
func (a *automaton) reset() {
	a.states, a.next, a.atEnd, a.known = a.states[:0], a.next[:0], a.atEnd[:0], make(map[string]int32)
	a.size = 0
	for _, before := range [startStates]rune{startOfText, '\n', 'a', ' '} {
		a.state(nil, before)
	}
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
	s := int32(256 * len(a.states))
	a.size += len(insts)
	a.states = append(a.states, dfaState{slices.Clone(insts), before})
	for range 256 {
		a.next = append(a.next, unknown)
	}
	a.atEnd = append(a.atEnd, unknown)
	a.known[string(a.key)] = s
	return s
}

// findFirst finds the bytes at which a search that has found nothing yet does
// anything at all.
func (a *automaton) findFirst() {
	count := 0
	for c := range 256 {
		for s := startOfAll; s < 256*startStates; s += 256 {
			if to := a.step(s, byte(c)); to < 0 || to >= 256*startStates {
				a.first[c] = 1
			}
		}
		count += int(a.first[c])
	}
	a.skip = count <= 128
}

// before is what is remembered of a byte.
func (a *automaton) before(c byte) rune {
	switch {
	case !a.looks:
		return startOfText // nobody asks
	case c == '\n':
		return '\n'
	case syntax.IsWordChar(rune(c)):
		return 'a'
	}
	return ' '
}

// start is the start state behind something that before returned.
func start(before rune) int32 {
	switch before {
	case '\n':
		return startOfLine
	case 'a':
		return startInWord
	case ' ':
		return startBetween
	}
	return startOfAll
}

// begin clears the marks for a new round, with the instructions of state s, and
// the first one, on the stack.
func (a *automaton) begin(s int32) {
	if a.round++; a.round == 0 { // it has wrapped
		clear(a.seen)
		clear(a.queued)
		a.round = 1
	}
	a.stack = append(a.stack[:0], uint32(a.prog.Start))
	a.stack = append(a.stack, a.states[s/256].insts...)
}

// step works out where state s goes with a byte, and notes it for all bytes of
// its class.
func (a *automaton) step(s int32, c byte) int32 {
	flags := syntax.EmptyOpContext(a.states[s/256].before, rune(c))
	a.begin(s)
	to := hit
	if !a.follow(flags, byteRune(c), false) {
		if len(a.states) >= maxStates || a.size >= maxStateSize {
			a.reset()
			return a.state(a.pending, a.before(c)) // s is gone, and there is no place to note it
		}
		to = a.state(a.pending, a.before(c))
	}
	for k := range 256 {
		if a.class[k] == a.class[c] {
			a.next[int(s)+k] = to
		}
	}
	return to
}

// end works out whether state s ends in a hit when there is no more text.
func (a *automaton) end(s int32) int32 {
	a.begin(s)
	to := startOfAll
	if a.follow(syntax.EmptyOpContext(a.states[s/256].before, -1), 0, true) {
		to = hit
	}
	a.atEnd[s/256] = to
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

// startOfText is what search is given when nothing was before.
const startOfText rune = -1

// skipFrom returns where in b, at or after i, a byte leads on from the start.
func (a *automaton) skipFrom(b []byte, i int) int {
	first := &a.first
	for ; i+8 <= len(b); i += 8 {
		c := b[i : i+8 : i+8]
		if first[c[0]]|first[c[1]]|first[c[2]]|first[c[3]]|first[c[4]]|first[c[5]]|first[c[6]]|first[c[7]] != 0 {
			break
		}
	}
	for i < len(b) && first[b[i]] == 0 {
		i++
	}
	return i
}

// search returns where the first hit to end in b ends. What was before b is
// startOfText or what before makes of a byte.
func (a *automaton) search(b []byte, before rune) (end int, ok bool) {
	s := start(before)
	for i := 0; i < len(b); i++ {
		if s < 256*startStates && a.skip {
			if j := a.skipFrom(b, i); j > i {
				s = start(a.before(b[j-1]))
				if i = j; i == len(b) {
					break
				}
			}
		}
		to := a.next[int(s)+int(b[i])]
		if to < 0 {
			if to == unknown {
				to = a.step(s, b[i])
			}
			if to == hit {
				return i, true
			}
		}
		s = to
	}
	to := a.atEnd[s/256]
	if to == unknown {
		to = a.end(s)
	}
	return len(b), to == hit
}
