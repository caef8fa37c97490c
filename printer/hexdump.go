package printer

import "slices"

// A dump has 16 bytes a line: an offset, the bytes in groups of two, and, where
// asked for, the bytes as text in a column of its own.
const (
	dumpRow      = 16
	dumpHexWidth = dumpRow / 2 * 5 // of all groups, each with its blank
	dumpLineMax  = len("0x00000000: ") + dumpHexWidth + len("  ") + dumpRow
)

// hexPairs are the bytes in hexadecimal, dumpText is what they look like as
// text.
var (
	hexPairs = makeHexPairs()
	dumpText = makeDumpText()
)

func makeHexPairs() (t [256][2]byte) {
	for i := range t {
		t[i] = [2]byte{hexDigits[i>>4], hexDigits[i&15]}
	}
	return t
}

func makeDumpText() (t [256]byte) {
	for i := range t {
		t[i] = '.'
		if i > 0x20 && i < 0x7f {
			t[i] = byte(i)
		}
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
	if n > 0 {
		p.out = slices.Grow(p.out, (min(n, len(b))+dumpRow-1)/dumpRow*(len(indent)+dumpLineMax))
	}
	cut := n > len(b)
	if cut {
		n = len(b)
	}
	for i := 0; i < n; i += dumpRow {
		p.out = append(p.out, indent...)
		p.out = appendDumpLine(p.out, b[i:min(i+dumpRow, n)], offset+i, text)
	}
	if cut {
		trunc()
	}
}

func appendDumpLine(out, row []byte, offset int, text bool) []byte {
	out = append(out, '0', 'x')
	if offset>>16 == 0 {
		hi, lo := hexPairs[byte(offset>>8)], hexPairs[byte(offset)]
		out = append(out, hi[0], hi[1], lo[0], lo[1])
	} else {
		out = appendHex(out, uint64(offset), 4)
	}
	out = append(out, ':', ' ')
	start := len(out)
	if len(row) == dumpRow {
		var hex [dumpHexWidth]byte
		for i := 0; i < dumpRow/2; i++ {
			a, b := hexPairs[row[2*i]], hexPairs[row[2*i+1]]
			hex[5*i], hex[5*i+1], hex[5*i+2], hex[5*i+3], hex[5*i+4] = ' ', a[0], a[1], b[0], b[1]
		}
		out = append(out, hex[:]...)
	} else {
		for i, c := range row {
			if i&1 == 0 {
				out = append(out, ' ')
			}
			out = append(out, hexPairs[c][0], hexPairs[c][1])
		}
	}
	if !text {
		return out
	}
	for len(out) < start+dumpHexWidth+2 {
		out = append(out, ' ')
	}
	if len(row) == dumpRow {
		var column [dumpRow]byte
		for i := range column {
			column[i] = dumpText[row[i]]
		}
		return append(out, column[:]...)
	}
	for _, c := range row {
		out = append(out, dumpText[c])
	}
	return out
}

// asciiDump appends b as text after a line end: tabs and line feeds as they
// are, a carriage return only inside a line, as a dot.
func (p *Printer) asciiDump(b []byte) {
	p.proto = "ascii"
	out := append(slices.Grow(p.out, len(b)+1), '\n')
	for i, c := range b {
		switch {
		case c > 0x20 && c < 0x7f, c == '\t', c == ' ', c == '\n':
			out = append(out, c)
		case c == '\r':
			// the last byte but one has no line feed to look at
			if len(b)-i-1 > 1 && b[i+1] != '\n' {
				out = append(out, '.')
			}
		default:
			out = append(out, '.')
		}
	}
	p.out = out
}
