//go:build !tapdump_small

package pcapfile

import "math/bits"

// How many bits of input the tables are looked into with first.
const (
	literalTableBits  = 11
	distanceTableBits = 8
	codeTableBits     = 7
	maxCodeLength     = 15 // RFC 1951, section 3.2.7
)

// Parts of a table's entry. Bits 8 to 11 are the length of the code; from bit 16 on it has the literal, the base of the length
// or the distance, or where a second table begins.
const (
	inflateTotal   = 0x3f    // bits of the code and those that follow it
	inflateSpecial = 1 << 14 // an end, a second table, or no code at all
	inflateDeeper  = 1 << 13 // a second table
	inflateEnd     = 1 << 12
	inflateLiteral = 1 << 15
)

// inflateTables say what the next bits stand for. A second table is for codes that
// begin with the same bits and are longer than the first one takes; as codes are
// complete, there is one for two symbols at most.
type inflateTables struct {
	literals  [1<<literalTableBits + 286/2<<(maxCodeLength-literalTableBits)]uint32
	distances [1<<distanceTableBits + 30/2<<(maxCodeLength-distanceTableBits)]uint32
	code      [1 << codeTableBits]uint32
	fixed     bool // they are those of section 3.2.6
}

// literal is the entry for the first of the bits, and how many bits come before it.
func (t *inflateTables) literal(b uint64) (e uint32, before uint) {
	e = t.literals[b&(1<<literalTableBits-1)]
	if e&inflateDeeper == 0 || e&inflateSpecial == 0 {
		return e, 0
	}
	return t.literals[uint64(e>>16)+b>>literalTableBits&(1<<(maxCodeLength-literalTableBits)-1)], literalTableBits
}

// distance is literal for distances.
func (t *inflateTables) distance(b uint64) (e uint32, before uint) {
	e = t.distances[b&(1<<distanceTableBits-1)]
	if e&inflateDeeper == 0 || e&inflateSpecial == 0 {
		return e, 0
	}
	return t.distances[uint64(e>>16)+b>>distanceTableBits&(1<<(maxCodeLength-distanceTableBits)-1)], distanceTableBits
}

// setCode makes the table of the code for lengths.
func (t *inflateTables) setCode(lengths []uint8) bool {
	return makeTable(t.code[:], codeTableBits, lengths, func(symbol int) uint32 { return uint32(symbol) << 16 })
}

// set makes the tables for the lengths of codes, and reports whether there are such
// codes.
func (t *inflateTables) set(literals, distances []uint8) bool {
	t.fixed = false
	return makeTable(t.literals[:], literalTableBits, literals, literalEntry) &&
		makeTable(t.distances[:], distanceTableBits, distances, distanceEntry)
}

// fix makes the tables of section 3.2.6.
func (t *inflateTables) fix() {
	if t.fixed {
		return
	}
	var literals [288]uint8
	for i := range literals {
		switch {
		case i < 144:
			literals[i] = 8
		case i < 256:
			literals[i] = 9
		case i < 280:
			literals[i] = 7
		default:
			literals[i] = 8
		}
	}
	var distances [32]uint8
	for i := range distances {
		distances[i] = 5
	}
	t.fixed = t.set(literals[:], distances[:])
}

// literalEntry is the entry of a literal or length, section 3.2.5, without its code.
func literalEntry(symbol int) uint32 {
	switch {
	case symbol < 256:
		return inflateLiteral | uint32(symbol)<<16
	case symbol == 256:
		return inflateSpecial | inflateEnd
	case symbol == 285:
		return 258 << 16
	case symbol > 285:
		return inflateSpecial
	case symbol < 265:
		return uint32(symbol-257+3) << 16
	}
	extra := (symbol - 261) / 4
	return uint32((4+(symbol-261)%4)<<extra+3)<<16 | uint32(extra)
}

// distanceEntry is the entry of a distance, section 3.2.5, without its code.
func distanceEntry(symbol int) uint32 {
	switch {
	case symbol > 29:
		return inflateSpecial
	case symbol < 4:
		return uint32(symbol+1) << 16
	}
	extra := (symbol - 2) / 2
	return uint32((2+symbol%2)<<extra+1)<<16 | uint32(extra)
}

// makeTable makes the table of a code whose symbols have codes of these lengths,
// section 3.2.2. It reports whether there is such a code: a complete one, one symbol
// of one bit, or none.
func makeTable(table []uint32, tableBits int, lengths []uint8, entry func(symbol int) uint32) bool {
	var counts, next [maxCodeLength + 1]int
	for _, n := range lengths {
		counts[n]++
	}
	counts[0] = 0
	code, used, longest := 0, 0, 0
	for n := 1; n <= maxCodeLength; n++ {
		code <<= 1
		next[n] = code
		code += counts[n]
		if used += counts[n]; counts[n] > 0 {
			longest = n
		}
		if code > 1<<n {
			return false
		}
	}
	alone := used == 1 && longest == 1
	if code != 1<<maxCodeLength && used > 0 && !alone {
		return false
	}
	if used == 0 || alone {
		for i := range 1 << tableBits {
			table[i] = inflateSpecial // no code has these bits
		}
	}
	if longest > tableBits {
		clear(table[:1<<tableBits])
	}
	free := 1 << tableBits
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		length := int(n)
		code := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
		next[n]++
		e := entry(symbol)
		if length <= tableBits {
			e += uint32(length)<<8 | uint32(length)
			for i := code; i < 1<<tableBits; i += 1 << length {
				table[i] = e
			}
			continue
		}
		first := &table[code&(1<<tableBits-1)]
		if *first == 0 {
			*first = inflateSpecial | inflateDeeper | uint32(free)<<16
			free += 1 << (maxCodeLength - tableBits)
		}
		second := table[*first>>16:][:1<<(maxCodeLength-tableBits)]
		length -= tableBits
		e += uint32(length)<<8 | uint32(length)
		for i := code >> tableBits; i < len(second); i += 1 << length {
			second[i] = e
		}
	}
	return true
}
