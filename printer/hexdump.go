package printer

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// A dump has 16 bytes a line: an offset, the bytes in groups of two, and, where
// asked for, the bytes as text in a column of its own.
const (
	dumpRow      = 16
	dumpHexWidth = dumpRow / 2 * 5 // of all groups, each with its blank

	// a line from the last four digits of its offset on
	dumpHexAt     = len("0000: ")
	dumpTextAt    = dumpHexAt + dumpHexWidth + len("  ")
	dumpLineWidth = dumpTextAt + dumpRow

	dumpLineMax = len("0x0000") + dumpLineWidth
)

// dumpFirst and dumpSecond are the bytes as the first and second of a group, for
// a little-endian store: together, by or, they are a blank, the group's four
// digits and three blanks.
var (
	dumpFirst  = makeDumpGroups(0x2020200000000020, 8)
	dumpSecond = makeDumpGroups(0, 24)
)

// dumpColon is what follows four digits of an offset.
const dumpColon = ':'<<32 | ' '<<40

func makeDumpGroups(blanks uint64, shift int) (t [256]uint64) {
	for i, pair := range hexPairs {
		t[i] = blanks | uint64(binary.LittleEndian.Uint16(pair[:]))<<shift
	}
	return t
}

// hexDump appends n bytes in hexadecimal, 16 a line, each line after indent.
// When fewer were captured it appends those and ends the packet.
func (p *Printer) hexDump(indent string, b []byte, n int) { p.hexDumpAt(indent, b, n, 0) }

// hexDumpAt is hexDump with offsets that count from offset.
func (p *Printer) hexDumpAt(indent string, b []byte, n, offset int) {
	p.bound()
	p.dumpLines(indent, b, n, offset, false)
}

// hexASCIIDump appends n bytes in hexadecimal and as text, 16 a line, each line
// after indent. When fewer were captured it appends those and ends the packet.
func (p *Printer) hexASCIIDump(indent string, b []byte, n int) {
	p.dumpLines(indent, b, n, 0, true)
}

func (p *Printer) dumpLines(indent string, b []byte, n, offset int, text bool) {
	short := n > len(b)
	if short {
		n = len(b)
	}
	if n > 0 {
		rows := (n + dumpRow - 1) / dumpRow
		out := slices.Grow(p.out, rows*(len(indent)+dumpLineMax))
		from := len(out)
		at := from
		out = out[:cap(out)]
		whole := n &^ (dumpRow - 1)
		at = putDumpLines(out, at, indent, b[:whole], offset, text)
		if whole < n {
			at = putDumpRest(out, at, indent, b[whole:n], offset+whole, text)
		}
		p.out = out[:at]
		if p.painter != nil {
			p.painter.offsets(p.out, from, indent)
		}
	}
	if short {
		trunc()
	}
}

// putDumpLines writes b, which is whole rows, to out from the given place on,
// and returns where it ended. Groups are written from the left to the right, for
// each has blanks behind it that the next one replaces.
func putDumpLines(out []byte, at int, indent string, b []byte, offset int, text bool) int {
	le := binary.LittleEndian
	for ; len(b) >= dumpRow; b = b[dumpRow:] {
		for i := range len(indent) { // seldom more than two
			out[at] = indent[i]
			at++
		}
		out[at], out[at+1] = '0', 'x'
		at += 2
		if high := offset >> 16; high != 0 {
			at = len(appendHex(out[:at], uint64(high), 1))
		}
		line := (*[dumpLineWidth]byte)(out[at:])
		le.PutUint64(line[0:], uint64(hexWord(uint16(offset)))|dumpColon)
		row := (*[dumpRow]byte)(b)
		le.PutUint64(line[6:], dumpFirst[row[0]]|dumpSecond[row[1]])
		le.PutUint64(line[11:], dumpFirst[row[2]]|dumpSecond[row[3]])
		le.PutUint64(line[16:], dumpFirst[row[4]]|dumpSecond[row[5]])
		le.PutUint64(line[21:], dumpFirst[row[6]]|dumpSecond[row[7]])
		le.PutUint64(line[26:], dumpFirst[row[8]]|dumpSecond[row[9]])
		le.PutUint64(line[31:], dumpFirst[row[10]]|dumpSecond[row[11]])
		le.PutUint64(line[36:], dumpFirst[row[12]]|dumpSecond[row[13]])
		le.PutUint64(line[41:], dumpFirst[row[14]]|dumpSecond[row[15]])
		at += dumpHexAt + dumpHexWidth
		if text {
			le.PutUint64(line[dumpTextAt:], dumpColumn(le.Uint64(row[0:])))
			le.PutUint64(line[dumpTextAt+8:], dumpColumn(le.Uint64(row[8:])))
			at += dumpLineWidth - dumpHexAt - dumpHexWidth
		}
		offset += dumpRow
	}
	return at
}

// putDumpRest writes less than a row: a whole row from which it takes back what
// is too much.
func putDumpRest(out []byte, at int, indent string, b []byte, offset int, text bool) int {
	var row [dumpRow]byte
	copy(row[:], b)
	at = putDumpLines(out, at, indent, row[:], offset, text)
	hex := (len(b)*5 + 1) / 2
	if !text {
		return at - (dumpHexWidth - hex)
	}
	at -= dumpRow
	for i := at - (dumpTextAt - dumpHexAt) + hex; i < at; i++ {
		out[i] = ' '
	}
	return at + len(b)
}

// dumpColumn is eight bytes as text, with dots for blanks and what is no text.
func dumpColumn(x uint64) uint64 {
	const (
		each = 0x0101010101010101 // times a byte: eight of them
		high = 0x80 * each
		dots = '.' * each
	)
	low := x &^ high
	text := (low + (0x80-0x21)*each) &^ (low + (0x80-0x7f)*each) &^ x & high
	return dots ^ (x^dots)&(text-text>>7)
}

// dumpText is what bytes look like as text that keeps its lines.
var dumpText = makeDumpText()

func makeDumpText() (t [256]byte) {
	for i := range t {
		t[i] = '.'
		if i >= ' ' && i <= '~' || i == '\t' || i == '\n' {
			t[i] = byte(i)
		}
	}
	return t
}

// asciiDump appends b as text after a line end: tabs and line feeds as they
// are, a carriage return only inside a line, as a dot.
func (p *Printer) asciiDump(b []byte) {
	p.proto = "ascii"
	out := append(slices.Grow(p.out, len(b)+1), '\n')
	for {
		n := bytes.IndexByte(b, '\r')
		if n < 0 {
			break
		}
		out = appendDumpText(out, b[:n])
		b = b[n:]
		// the last byte but one has no line feed to look at
		if len(b) > 2 && b[1] != '\n' {
			out = append(out, '.')
		}
		b = b[1:]
	}
	p.out = appendDumpText(out, b)
}

// appendDumpText takes eight bytes at a time, of which some for a second time at
// the end.
func appendDumpText(out, b []byte) []byte {
	at := len(out)
	out = slices.Grow(out, len(b))[:at+len(b)]
	to := out[at:]
	if len(b) < 8 {
		for i, c := range b {
			to[i] = dumpText[c]
		}
		return out
	}
	for i := 0; i < len(b); i += 8 {
		i = min(i, len(b)-8)
		t, c := (*[8]byte)(to[i:]), (*[8]byte)(b[i:])
		t[0], t[1], t[2], t[3] = dumpText[c[0]], dumpText[c[1]], dumpText[c[2]], dumpText[c[3]]
		t[4], t[5], t[6], t[7] = dumpText[c[4]], dumpText[c[5]], dumpText[c[6]], dumpText[c[7]]
	}
	return out
}

// dumpShows reports whether b[i] is shown by asciiDump.
func dumpShows(b []byte, i int) bool {
	return b[i] != '\r' || i+2 < len(b) && b[i+1] != '\n'
}
