package printer

import (
	"bytes"

	"github.com/tapdump/tapdump/capture"
)

// Range is a part of a text or a packet: the bytes from Start up to End.
type Range struct{ Start, End int }

// Highlight is what PrintHighlighted shows between On and Off.
type Highlight struct {
	On, Off string // escape sequences of a terminal, for one

	// Bytes are ranges of the packet's bytes, in any order. They are highlighted
	// where -x, -X or -A show them.
	Bytes []Range

	// Text appends to dst the ranges of text to be highlighted, from left to
	// right and without overlaps. The text is all that is printed in front of
	// the dump of -x, -X or -A, with its line end. nil: none.
	Text func(dst []Range, text []byte) []Range

	// Note is what PrintNoted has as an argument.
	Note []byte
}

// PrintHighlighted is Print with a part of the lines highlighted. No highlighted
// part crosses the end of a line.
func (p *Printer) PrintHighlighted(dst []byte, pkt *capture.Packet, h *Highlight) []byte {
	return p.print(dst, pkt, h.Note, h)
}

// highlightText finds what to highlight in the lines so far. Ranges count from p.start.
func (p *Printer) highlightText(h *Highlight) {
	if p.ranges = p.ranges[:0]; h.Text != nil {
		p.ranges = h.Text(p.ranges, p.out[p.start:])
	}
}

// highlightBytes makes a range of what was written from start on.
func (p *Printer) highlightBytes(start int) {
	p.ranges = append(p.ranges, Range{start - p.start, len(p.out) - p.start})
}

// highlightDump is dump for what follows a line end. b begins at byte from of the
// packet.
func (p *Printer) highlightDump(form dumpForm, b []byte, h *Highlight, from int) {
	if form == dumpASCII {
		p.highlightASCII(b, h, from)
		return
	}
	text := form == dumpHexASCII
	for i := 0; i < len(b); i += dumpRow {
		if i > 0 {
			p.char('\n')
		}
		row := b[i:min(i+dumpRow, len(b))]
		start := len(p.out)
		p.dumpLines("\t", row, len(row), i, text)
		if h.overlaps(from+i, from+i+len(row)) {
			p.highlightRow(start, row, text, h, from+i)
		}
	}
}

// overlaps reports whether any of the bytes from start up to end is highlighted.
func (h *Highlight) overlaps(start, end int) bool {
	for _, r := range h.Bytes {
		if r.Start < end && start < r.End {
			return true
		}
	}
	return false
}

// highlightRow finds what to highlight in a row of a dump, which is the last line and
// whose first byte is byte from of the packet. Blanks are not highlighted.
func (p *Printer) highlightRow(start int, row []byte, text bool, h *Highlight, from int) {
	start += bytes.IndexByte(p.out[start:], ':') + len(": ") - p.start
	lit := func(i int) bool { return i < len(row) && h.overlaps(from+i, from+i+1) }
	at := func(i int) int { return start + i/2*len(" 0102") + len(" ") + i%2*len("01") }
	for i := 0; i < len(row); i += 2 {
		switch first, second := lit(i), lit(i+1); {
		case first && second:
			p.ranges = append(p.ranges, Range{at(i), at(i+1) + len("02")})
		case first:
			p.ranges = append(p.ranges, Range{at(i), at(i) + len("01")})
		case second:
			p.ranges = append(p.ranges, Range{at(i + 1), at(i+1) + len("02")})
		}
	}
	if !text {
		return
	}
	start += dumpHexWidth + len("  ")
	for i := 0; i < len(row); {
		end := i
		for lit(end) {
			end++
		}
		if end > i {
			p.ranges = append(p.ranges, Range{start + i, start + end})
		}
		i = end + 1
	}
}

// highlightASCII is asciiDump behind a line end.
func (p *Printer) highlightASCII(b []byte, h *Highlight, from int) {
	for i := 0; i < len(b); {
		lit := h.overlaps(from+i, from+i+1)
		end := i + 1
		for end < len(b) && h.overlaps(from+end, from+end+1) == lit {
			end++
		}
		start := len(p.out)
		for ; i < end; i++ {
			if dumpShows(b, i) {
				p.char(dumpText[b[i]])
			}
		}
		if lit {
			p.highlightBytes(start)
		}
	}
}
