package cli

import (
	"bytes"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// views prints packets as --output has it, beside tcpdump's lines if they are
// asked for, with hits highlighted, and keeps --dumpfile's files.
type views struct {
	inspect *inspection
	viewer  *detail.Viewer
	printer *printer.Printer // nil: no lines
	dumped  int              // bytes of a row of -x or -X in printer's lines; 0: no rows
	out     *output
	line    []byte
}

func (c *command) newViews() *views {
	n := c.inspect
	v := &views{inspect: n, out: &c.out}
	v.viewer = detail.New(detail.Options{
		Mode:     n.view,
		Verbose:  c.opts.Verbose > 0,
		Raw:      c.opts.OutputRaw,
		Location: c.location(),
		Terminal: n.terminal,
		Color:    n.color,
	})
	if c.printsLines() {
		v.printer = printer.New(c.printerOptions())
		if c.opts.Hex > 0 || c.opts.HexASCII > 0 {
			v.dumped = 16
		}
	}
	return v
}

func (v *views) print(pkt *capture.Packet) error {
	n := v.inspect
	n.hits = n.hits[:0]
	if n.color && n.known {
		n.hits = n.filter.Hits(n.hits, &n.packet)
	}
	if v.printer != nil {
		v.printLine(pkt)
	}
	if n.known && n.view != detail.None {
		n.entry.Hits = n.hits
		v.out.buf = v.viewer.Append(v.out.buf, &n.entry)
	}
	if n.known && n.dumps != nil {
		if err := n.dumps.add(&n.packet, n.way); err != nil {
			return err
		}
	}
	if len(v.out.buf) >= outputBuffer {
		return v.out.flush()
	}
	return nil
}

func (v *views) flush() error { return v.out.flush() }
func (v *views) drain() error { return v.out.flush() }
func (v *views) close() error { return v.out.flush() }

func (v *views) forgotten() uint64 {
	if v.printer == nil {
		return 0
	}
	return v.printer.ForgottenConversations()
}

// printLine appends tcpdump's lines of a packet.
func (v *views) printLine(pkt *capture.Packet) {
	n := v.inspect
	v.line = v.printer.Print(v.line[:0], pkt)
	if n.terminal {
		v.line = detail.MakeVisible(v.line, 0)
	}
	if !n.color {
		v.out.buf = append(v.out.buf, v.line...)
		return
	}
	text, rows := v.line, []byte(nil)
	if v.dumped > 0 {
		// The packet's bytes come last. Rows that a protocol prints are indented
		// further.
		if i := bytes.LastIndex(text, []byte("\n\t0x0000: ")); i >= 0 {
			text, rows = text[:i+1], text[i+1:]
		}
	}
	v.out.buf = highlightText(v.out.buf, text, n.find)
	if len(rows) > 0 {
		v.out.buf = highlightRows(v.out.buf, rows, n.rangesIn(pkt))
	}
}

// rangesIn returns the hits as ranges of the captured bytes.
func (n *inspection) rangesIn(pkt *capture.Packet) packetHits {
	offset := 0
	if n.known {
		offset = n.packet.Offset
	}
	return packetHits{ranges: n.hits, offset: offset, captured: len(pkt.Data)}
}

// packetHits tells which bytes of a captured packet belong to a hit.
type packetHits struct {
	ranges   []filters.Range
	offset   int // of the ranges' first byte in the packet
	captured int // bytes
}

func (h *packetHits) has(at int) bool {
	for _, r := range h.ranges {
		if r.Start+h.offset <= at && at < r.End+h.offset {
			return true
		}
	}
	return false
}

// Bold red, as the views have it.
const (
	highlightOn  = "\x1b[1;31m"
	highlightOff = "\x1b[0m"
)

// highlightText appends text with all hits in it highlighted.
func highlightText(b, text []byte, find *filters.Find) []byte {
	from := 0
	for _, h := range find.Hits(nil, text) {
		b = append(append(b, text[from:h.Start]...), highlightOn...)
		hit := text[h.Start:h.End]
		// A colour that crosses lines would end up in other tools' lines.
		for {
			i := bytes.IndexByte(hit, '\n')
			if i < 0 {
				break
			}
			b = append(append(append(append(b, hit[:i]...), highlightOff...), '\n'), highlightOn...)
			hit = hit[i+1:]
		}
		b = append(append(b, hit...), highlightOff...)
		from = h.End
	}
	return append(b, text[from:]...)
}

// highlightRows appends the rows of -x or -X with the bytes of hits highlighted
// in both columns. The rows show the last bytes of the packet: all but the
// link-layer header, or all.
func highlightRows(b, rows []byte, hits packetHits) []byte {
	shown := countRowBytes(rows)
	at := hits.captured - shown
	for len(rows) > 0 {
		row := rows
		if i := bytes.IndexByte(rows, '\n'); i >= 0 {
			row = rows[:i+1]
		}
		rows = rows[len(row):]
		n := min(16, shown)
		shown -= n
		b = highlightRow(b, row, n, func(i int) bool { return hits.has(at + i) })
		at += n
	}
	return b
}

// Columns of a row behind "0x0000: ".
const asciiColumn = 42

// countRowBytes counts the bytes that rows show.
func countRowBytes(rows []byte) int {
	full := bytes.Count(rows, []byte("\n\t0x")) // all rows but the last
	last := rows
	if i := bytes.LastIndex(rows, []byte("\n\t0x")); i >= 0 {
		last = rows[i+1:]
	}
	digits := last[min(len(last), bytes.IndexByte(last, ' ')+1):]
	n := 0
	for n < 16 {
		i := n/2*5 + 1 + n%2*2
		if i+2 > len(digits) || !isHexDigit(digits[i]) || !isHexDigit(digits[i+1]) {
			break
		}
		n++
	}
	return full*16 + n
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
}

// highlightRow appends one row, which shows n bytes.
func highlightRow(b, row []byte, n int, hit func(i int) bool) []byte {
	start := bytes.IndexByte(row, ' ') + 1
	on := false
	for i, c := range row {
		lit := hit(byteAt(i-start, n))
		if c == ' ' && !on {
			lit = false // a highlighted blank shows as nothing
		}
		if lit != on {
			if on = lit; on {
				b = append(b, highlightOn...)
			} else {
				b = append(b, highlightOff...)
			}
		}
		b = append(b, c)
	}
	return b
}

// byteAt is the number of the byte that column shows, of n in the row; -1 of
// none.
func byteAt(column, n int) int {
	switch {
	case column < 0:
		return noByte
	case column >= asciiColumn:
		if i := column - asciiColumn; i < n {
			return i
		}
	case column%5 > 0 && column < 40:
		if i := column/5*2 + (column%5-1)/2; i < n {
			return i
		}
	}
	return noByte
}

// noByte belongs to no hit.
const noByte = -1 << 30
