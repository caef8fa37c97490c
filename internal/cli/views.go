package cli

import (
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
	out     *output

	highlight printer.Highlight
	found     []filters.Range // scratch of hitsInText
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
		v.highlight = printer.Highlight{On: detail.HighlightOn, Off: detail.HighlightOff, Text: v.hitsInText}
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
	if !n.color {
		v.out.buf = v.printer.Print(v.out.buf, pkt)
		return
	}
	offset := 0
	if n.known {
		offset = n.packet.Offset
	}
	h := &v.highlight
	h.Bytes = h.Bytes[:0]
	for _, r := range n.hits {
		h.Bytes = append(h.Bytes, printer.Range{Start: r.Start + offset, End: r.End + offset})
	}
	v.out.buf = v.printer.PrintHighlighted(v.out.buf, pkt, h)
}

// hitsInText appends to dst where the lines themselves have what is searched for.
func (v *views) hitsInText(dst []printer.Range, text []byte) []printer.Range {
	v.found = v.inspect.find.Hits(v.found[:0], text)
	for _, r := range v.found {
		dst = append(dst, printer.Range{Start: r.Start, End: r.End})
	}
	return dst
}
