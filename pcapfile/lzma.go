//go:build !tapdump_small

package pcapfile

import (
	"encoding/binary"
	"io"
)

// lzmaState is what a decoder of LZMA remembers, but for the dictionary (LZMA
// Specification, 2015).
type lzmaState struct {
	in    rangeDecoder
	state int       // what the last symbols were
	rep   [4]uint32 // the last distances, less 1
	match int       // bytes of a match at rep[0] that are still to be copied

	literalBits    uint // of the byte before a literal that choose its probabilities
	literalPosMask uint64
	posMask        uint64

	isMatch, isRepLong  [lzmaStates << lzmaPosBits]prob
	isRep, isG0, isG1   [lzmaStates]prob
	isG2                [lzmaStates]prob
	literals            [0x300 << lzmaLiteralBits]prob
	lengths, repLengths lzmaLengths
	slots               [4][1 << 6]prob
	distances           [1 + lzmaNearDistances - lzmaDirectSlot]prob
	distanceEnds        [1 << lzmaAlignBits]prob
}

const (
	lzmaStates        = 12
	lzmaFirstMatch    = 7 // states from here on are those after a match
	lzmaPosBits       = 4 // at most
	lzmaLiteralBits   = 4 // at most, for LZMA2
	lzmaShortestMatch = 2
	lzmaNearDistances = 1 << 7 // distances below are decoded bit by bit
	lzmaDirectSlot    = 14     // the first slot of the others
	lzmaAlignBits     = 4
)

// lzmaLengths decodes lengths of matches.
type lzmaLengths struct {
	choice [2]prob
	low    [1 << lzmaPosBits][1 << 3]prob
	mid    [1 << lzmaPosBits][1 << 3]prob
	high   [1 << 8]prob
}

// setProps takes a byte of properties and reports whether it is valid.
func (s *lzmaState) setProps(b byte) bool {
	n := uint(b)
	lc, lp, pb := n%9, n/9%5, n/45
	if pb > lzmaPosBits || lc+lp > lzmaLiteralBits {
		return false
	}
	s.literalBits, s.literalPosMask, s.posMask = lc, 1<<lp-1, 1<<pb-1
	return true
}

// reset forgets what was decoded so far.
func (s *lzmaState) reset() {
	s.state, s.rep, s.match = 0, [4]uint32{}, 0
	for _, probs := range [...][]prob{
		s.isMatch[:], s.isRepLong[:], s.isRep[:], s.isG0[:], s.isG1[:], s.isG2[:], s.literals[:],
		s.distances[:], s.distanceEnds[:],
	} {
		resetProbs(probs)
	}
	for i := range s.slots {
		resetProbs(s.slots[i][:])
	}
	for _, l := range [...]*lzmaLengths{&s.lengths, &s.repLengths} {
		resetProbs(l.choice[:])
		resetProbs(l.high[:])
		for i := range l.low {
			resetProbs(l.low[i][:])
			resetProbs(l.mid[i][:])
		}
	}
}

func resetProbs(probs []prob) {
	for i := range probs {
		probs[i] = probEven
	}
}

// start begins with a chunk, which may be cut off.
func (s *lzmaState) start(chunk []byte, cut bool) error {
	const head = 5
	s.in = rangeDecoder{in: chunk, at: head, width: 0xffffffff, cut: cut}
	s.match = 0
	if len(chunk) < head {
		return s.in.tooShort()
	}
	if chunk[0] != 0 {
		return errLZMA
	}
	s.in.code = binary.BigEndian.Uint32(chunk[1:])
	return nil
}

// finish checks that the chunk stands for what was decoded of it.
func (s *lzmaState) finish() error {
	s.in.normalize()
	switch {
	case s.in.short:
		return s.in.tooShort()
	case s.in.code != 0 || s.in.at != len(s.in.in) || s.match != 0:
		return errLZMA
	}
	return nil
}

// decode puts bytes into the dictionary, until d.pos is end.
func (s *lzmaState) decode(d *lzmaDict, end int) error {
	start := d.pos
	for d.pos < end {
		valid := min(d.valid+d.pos-start, len(d.buf))
		if s.match > 0 {
			n := min(s.match, end-d.pos)
			s.match -= n
			d.repeat(int(s.rep[0])+1, n)
			continue
		}
		total := d.total + uint64(d.pos-start)
		if s.in.bit(&s.isMatch[s.at(total)]) == 0 {
			c := s.literal(d, total, valid)
			if s.in.short {
				return s.in.tooShort()
			}
			d.buf[d.pos] = c
			d.pos++
			continue
		}
		n := s.matchLength(total)
		if s.in.short {
			return s.in.tooShort()
		}
		if distance := uint64(s.rep[0]) + 1; distance > uint64(valid) {
			if distance <= min(total, d.claimed) {
				return &WindowError{Need: d.claimed, Limit: int64(d.size)}
			}
			return errBeyond
		}
		s.match = n
	}
	return nil
}

// at is the place of a probability that depends on the state and the position.
func (s *lzmaState) at(total uint64) int { return s.state<<lzmaPosBits | int(total&s.posMask) }

// literal decodes a byte.
func (s *lzmaState) literal(d *lzmaDict, total uint64, valid int) byte {
	before := uint32(0)
	if valid > 0 {
		before = uint32(d.back(1))
	}
	probs := s.literals[0x300*(uint32(total&s.literalPosMask)<<s.literalBits|before>>(8-s.literalBits)):][:0x300]
	symbol := uint32(1)
	if s.state >= lzmaFirstMatch && int64(s.rep[0]) < int64(valid) {
		match := uint32(d.back(int(s.rep[0]) + 1))
		for symbol < 0x100 {
			match <<= 1
			expected := match >> 8 & 1
			bit := s.in.bit(&probs[(1+expected)<<8|symbol])
			symbol = symbol<<1 | bit
			if bit != expected {
				break
			}
		}
	}
	for symbol < 0x100 {
		symbol = symbol<<1 | s.in.bit(&probs[symbol])
	}
	switch {
	case s.state < 4:
		s.state = 0
	case s.state < 10:
		s.state -= 3
	default:
		s.state -= 6
	}
	return byte(symbol)
}

// matchLength decodes the length of a match, and its distance into rep[0].
func (s *lzmaState) matchLength(total uint64) int {
	pos, state := int(total&s.posMask), s.state
	later := func(first, other int) int { // the state after a match
		if state < lzmaFirstMatch {
			return first
		}
		return other
	}
	if s.in.bit(&s.isRep[state]) == 0 {
		s.rep[3], s.rep[2], s.rep[1] = s.rep[2], s.rep[1], s.rep[0]
		n := s.lengths.decode(&s.in, pos)
		s.rep[0] = s.distance(min(n-lzmaShortestMatch, len(s.slots)-1))
		s.state = later(7, 10)
		return n
	}
	if s.in.bit(&s.isG0[state]) == 0 {
		if s.in.bit(&s.isRepLong[s.at(total)]) == 0 {
			s.state = later(9, 11)
			return 1
		}
	} else {
		which := 1
		if s.in.bit(&s.isG1[state]) != 0 {
			which = 2 + int(s.in.bit(&s.isG2[state]))
		}
		distance := s.rep[which]
		copy(s.rep[1:which+1], s.rep[:which])
		s.rep[0] = distance
	}
	s.state = later(8, 11)
	return s.repLengths.decode(&s.in, pos)
}

func (l *lzmaLengths) decode(in *rangeDecoder, pos int) int {
	switch {
	case in.bit(&l.choice[0]) == 0:
		return lzmaShortestMatch + int(in.tree(l.low[pos][:]))
	case in.bit(&l.choice[1]) == 0:
		return lzmaShortestMatch + 8 + int(in.tree(l.mid[pos][:]))
	}
	return lzmaShortestMatch + 16 + int(in.tree(l.high[:]))
}

// distance decodes a distance, less 1, after a length of some class.
func (s *lzmaState) distance(class int) uint32 {
	slot := s.in.tree(s.slots[class][:])
	if slot < 4 {
		return slot
	}
	bits := slot>>1 - 1
	distance := (2 | slot&1) << bits
	if slot < lzmaDirectSlot {
		return distance + s.in.reverseTree(s.distances[distance-slot:], bits)
	}
	distance += s.in.direct(bits-lzmaAlignBits) << lzmaAlignBits
	return distance + s.in.reverseTree(s.distanceEnds[:], lzmaAlignBits)
}

// back is the byte that is distance bytes before pos.
func (d *lzmaDict) back(distance int) byte {
	at := d.pos - distance
	if at < 0 {
		at += len(d.buf)
	}
	return d.buf[at]
}

// repeat puts n bytes at pos that are what is distance bytes before.
func (d *lzmaDict) repeat(distance, n int) {
	from := d.pos - distance
	if from < 0 {
		from += len(d.buf)
	}
	for range n {
		d.buf[d.pos] = d.buf[from]
		d.pos++
		if from++; from == len(d.buf) {
			from = 0
		}
	}
}

// prob is how probable it is that a bit is 0, of 2,048.
type prob uint16

const (
	probBits = 11
	probEven = 1 << probBits / 2
	probMove = 5 // bits
)

// rangeDecoder decodes bits by their probabilities.
type rangeDecoder struct {
	in          []byte
	at          int
	width, code uint32
	short       bool // more than in was needed
	cut         bool // in is not whole
}

// tooShort is the error for input that is short.
func (r *rangeDecoder) tooShort() error {
	if r.cut {
		return io.ErrUnexpectedEOF
	}
	return errLZMA
}

func (r *rangeDecoder) normalize() {
	if r.width >= 1<<24 {
		return
	}
	r.width <<= 8
	r.code <<= 8
	if r.at < len(r.in) {
		r.code |= uint32(r.in[r.at])
		r.at++
	} else {
		r.short = true
	}
}

// bit decodes a bit of probability p.
func (r *rangeDecoder) bit(p *prob) uint32 {
	r.normalize()
	bound := r.width >> probBits * uint32(*p)
	if r.code < bound {
		r.width = bound
		*p += (1<<probBits - *p) >> probMove
		return 0
	}
	r.width -= bound
	r.code -= bound
	*p -= *p >> probMove
	return 1
}

// direct decodes n bits that are as probable as not.
func (r *rangeDecoder) direct(n uint32) (v uint32) {
	for range n {
		r.normalize()
		r.width >>= 1
		bit := uint32(0)
		if r.code >= r.width {
			r.code -= r.width
			bit = 1
		}
		v = v<<1 | bit
	}
	return v
}

// tree decodes a number below len(probs), its highest bit first.
func (r *rangeDecoder) tree(probs []prob) uint32 {
	v := uint32(1)
	for v < uint32(len(probs)) {
		v = v<<1 | r.bit(&probs[v])
	}
	return v - uint32(len(probs))
}

// reverseTree decodes a number of n bits, its lowest bit first.
func (r *rangeDecoder) reverseTree(probs []prob, n uint32) (v uint32) {
	at := uint32(1)
	for i := range n {
		bit := r.bit(&probs[at])
		at = at<<1 | bit
		v |= bit << i
	}
	return v
}
