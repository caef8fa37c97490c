package printer

import "github.com/tapdump/tapdump/capture"

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

// highlightText highlights the lines so far. A nil h highlights nothing.
func (p *Printer) highlightText(h *Highlight) {
	if h != nil && h.Text != nil {
		p.highlightRanges(p.start, h.Text(p.ranges[:0], p.out[p.start:]), h)
	}
}

// highlightRanges highlights ranges of p.out[start:], sorted and without overlaps.
func (p *Printer) highlightRanges(start int, ranges []Range, h *Highlight) {
	p.ranges = ranges
	if len(ranges) == 0 {
		return
	}
	p.scratch = append(p.scratch[:0], p.out[start:]...)
	p.out = p.out[:start]
	from := 0
	for _, r := range ranges {
		p.bytes(p.scratch[from:r.Start])
		p.str(h.On)
		for _, c := range p.scratch[r.Start:r.End] {
			if c == '\n' { // or the colour would end up in other tools' lines
				p.str(h.Off)
				p.char(c)
				p.str(h.On)
			} else {
				p.char(c)
			}
		}
		p.str(h.Off)
		from = r.End
	}
	p.bytes(p.scratch[from:])
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
		if h.overlaps(from+i, from+i+len(row)) {
			p.highlightRow(row, i, text, h, from+i)
		} else {
			p.dumpLines("\t", row, len(row), i, text)
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

// highlightRow appends a row of a dump, whose first byte is byte from of the
// packet. Blanks are not highlighted.
func (p *Printer) highlightRow(row []byte, offset int, text bool, h *Highlight, from int) {
	on := false
	set := func(lit bool) {
		if lit != on {
			if on = lit; on {
				p.str(h.On)
			} else {
				p.str(h.Off)
			}
		}
	}
	p.str("\t0x")
	p.hex(uint64(offset), 4)
	p.str(": ")
	width := 0
	for i, c := range row {
		if i%2 == 0 {
			set(false)
			p.char(' ')
			width++
		}
		set(h.overlaps(from+i, from+i+1))
		p.hex(uint64(c), 2)
		width += 2
	}
	set(false)
	if !text {
		return
	}
	for range dumpHexWidth + len("  ") - width {
		p.char(' ')
	}
	for i, c := range row {
		set(h.overlaps(from+i, from+i+1))
		if c <= ' ' || c > '~' {
			c = '.'
		}
		p.char(c)
	}
	set(false)
}

// highlightASCII is asciiDump behind a line end.
func (p *Printer) highlightASCII(b []byte, h *Highlight, from int) {
	start := len(p.out)
	ranges := p.ranges[:0]
	for i := 0; i < len(b); {
		lit := h.overlaps(from+i, from+i+1)
		end := i + 1
		for end < len(b) && h.overlaps(from+end, from+end+1) == lit {
			end++
		}
		at := len(p.out) - start
		for ; i < end; i++ {
			if dumpShows(b, i) {
				p.char(dumpText[b[i]])
			}
		}
		if lit {
			ranges = append(ranges, Range{at, len(p.out) - start})
		}
	}
	p.highlightRanges(start, ranges, h)
}
