package flows

import (
	"github.com/tapdump/tapdump/capture/header"
)

// maxStory is how many letters the history of a flow has. Where it would have more,
// the last one is x, as Zeek says of what it looks at no further.
const maxStory = 32

// history has a letter for what happened first, and for some things when they
// happened ten times, a hundred times and so on. Those of the end that began the flow
// are upper-case.
type history struct {
	n    uint8
	text [maxStory]byte
}

// story is the history so far.
func (f *flow) story() []byte { return f.history.text[:f.history.n] }

// write adds a letter, lower-case, of end from; '^' has no case.
func (f *flow) write(from int, letter byte) {
	h := &f.history
	if from == 0 && letter >= 'a' {
		letter -= 'a' - 'A'
	}
	switch {
	case h.n < maxStory-1:
		h.text[h.n] = letter
		h.n++
	case h.n == maxStory-1:
		h.text[h.n] = 'x'
		h.n++
	}
}

// The letters that are written once, or again with another number.
const (
	seenSYN uint8 = 1 << iota
	seenFIN
	seenRST
	seenData
	seenACK
	seenFINRST
	seenOdd
)

// once writes a letter unless it was written of this end.
func (f *flow) once(from int, letter byte) {
	var bit uint8
	switch letter {
	case 'd':
		bit = seenData
	case 'a':
		bit = seenACK
	case 'i':
		bit = seenFINRST
	case 'q':
		bit = seenOdd
	}
	if e := &f.ends[from]; e.seen&bit == 0 {
		e.seen |= bit
		f.write(from, letter)
	}
}

// numbered writes a letter unless the last one of its kind had the same number.
func (f *flow) numbered(from int, letter byte, bit uint8, last *uint32, number uint32) {
	if e := &f.ends[from]; e.seen&bit == 0 || *last != number {
		e.seen |= bit
		f.write(from, letter)
	}
	*last = number
}

// often writes a letter when it is the first, the tenth, the hundredth time.
func (f *flow) often(from int, letter byte, times *uint32) {
	if *times == 1<<32-1 {
		return
	}
	*times++
	n := *times
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	if n == 1 {
		f.write(from, letter)
	}
}

// letters writes what the flags of a segment say.
func (f *flow) letters(from int, s *segment) {
	e := &f.ends[from]
	switch s.flags & (header.SYN | header.FIN | header.RST) {
	case 0:
		switch {
		case s.length > 0:
			if e.seen&seenData == 0 {
				f.once(from, 'd')
			}
		case s.is(header.ACK):
			if e.seen&seenACK == 0 {
				f.once(from, 'a')
			}
		}
	case header.SYN:
		letter := byte('s')
		if s.is(header.ACK) {
			letter = 'h'
		}
		f.numbered(from, letter, seenSYN, &e.lastSYN, s.seq)
	case header.FIN: // its number is behind the payload
		f.numbered(from, 'f', seenFIN, &e.lastFIN, s.seq+s.length)
	case header.RST:
		f.numbered(from, 'r', seenRST, &e.lastRST, s.seq)
	case header.FIN | header.RST, header.SYN | header.FIN | header.RST:
		f.once(from, 'i')
	default:
		f.once(from, 'q')
	}
}
