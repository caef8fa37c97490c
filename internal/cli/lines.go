package cli

import (
	"net"
	"os"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// openLines begins printing tcpdump's lines, on as many cores as --jobs says or
// the machine has. Beside what else is printed of packets one is enough.
func (s *session) openLines(o opening) (sink, error) {
	if !s.plan.Lines.Print {
		return nil, nil
	}
	names := &interfaceNames{source: o.src}
	options := s.printerOptions(names, o.interfaces)
	notes := s.analysis
	out := &s.out
	switch jobs := s.jobs(); {
	case s.inspect != nil && s.inspect.color:
		l := &highlightedLines{lineByLine: lineByLine{names, notes, printer.New(options), out}, inspect: s.inspect, find: s.plan.Inspect.Filters.Find}
		l.highlight = printer.Highlight{On: detail.HighlightOn, Off: detail.HighlightOff, Text: l.hitsInText}
		if options.Colors != nil {
			l.highlight.On = "\x1b[" + s.plan.Lines.Coloring.Theme.Hit() + "m"
		}
		return l, nil
	case s.printsViews(), jobs == 1, s.plan.ToStdout():
		return &lineByLine{names, notes, printer.New(options), out}, nil
	default:
		return newParallelLines(names, notes, options, jobs, out, s.events.wake), nil
	}
}

// printerOptions is what the command line and the machine say about lines.
func (s *session) printerOptions(interfaces *interfaceNames, nameInterfaces bool) printer.Options {
	p := s.plan.Lines.Options
	if !s.plan.Lines.NoNames {
		p.Names = s.names
	}
	if a := s.analysis; a != nil && a.heard != nil {
		heard := &heardNames{Names: s.names, heard: a.heard, late: a.plan.Hosts.Late}
		if a.plan.Hosts.LookUp {
			heard.hosts = s.names
		}
		p.Names, p.Numeric = heard, s.plan.Lines.NoNames
	}
	p.Location = s.location()
	p.ESPSecret = s.plan.Lines.ESPSecrets
	p.NameInterfaces = nameInterfaces
	if asked := s.plan.Lines.InterfaceNames; asked != nil {
		p.NameInterfaces = *asked
	}
	p.SourceInterface = interfaces.name
	if s.plan.Device.Remote == nil { // else their numbers are those of others
		p.InterfaceName = s.host.interfaceName
	}
	p.Warn = s.remark
	if c := &s.plan.Lines.Coloring; c.Theme != nil && s.colored() {
		p.Colors = c.Theme.Colors(c.Flows)
	}
	// Colours are for a terminal, at the other end of a pipe perhaps.
	if s.out.terminal || s.inspect != nil && s.inspect.terminal || p.Colors != nil {
		p.Escape = detail.MakeVisible
	}
	if network := s.compiler.network; network.IsValid() {
		p.LocalNet = network.Addr().As4()
		p.LocalMask = [4]byte(net.CIDRMask(network.Bits(), 32))
	}
	return p
}

// colored reports whether there are colours.
func (s *session) colored() bool {
	switch s.plan.Lines.Coloring.When {
	case args.ColorAlways:
		return true
	case args.ColorNever:
		return false
	}
	return s.out.terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// lineByLine prints each packet when it comes.
type lineByLine struct {
	names   *interfaceNames
	notes   *analysis // nil: there are none
	printer *printer.Printer
	out     *output
}

func (l *lineByLine) packet(pkt *capture.Packet) error {
	l.names.know(pkt.Interface)
	l.out.buf = l.printer.PrintNoted(l.out.buf, pkt, l.notes.notes())
	return l.out.flushFull()
}

func (l *lineByLine) follow(src capture.Source) { l.names.source = src }
func (l *lineByLine) flush() error              { return l.out.flush() }
func (l *lineByLine) close() error              { return l.out.flush() }
func (l *lineByLine) lost(all *losses)          { all.conversations = l.printer.ForgottenConversations() }

// highlightedLines prints each packet when it comes, with what --find found
// highlighted.
type highlightedLines struct {
	lineByLine
	inspect   *inspection
	find      *filters.Find
	highlight printer.Highlight
	found     []filters.Range // scratch of hitsInText
}

func (l *highlightedLines) packet(pkt *capture.Packet) error {
	l.names.know(pkt.Interface)
	n := l.inspect
	offset := 0
	if n.known {
		offset = n.packet.Offset
	}
	h := &l.highlight
	h.Bytes, h.Note = h.Bytes[:0], l.notes.notes()
	for _, r := range n.entry.Hits {
		h.Bytes = append(h.Bytes, printer.Range{Start: r.Start + offset, End: r.End + offset})
	}
	l.out.buf = l.printer.PrintHighlighted(l.out.buf, pkt, h)
	return l.out.flushFull()
}

// hitsInText appends to dst where the lines themselves have what is searched for.
func (l *highlightedLines) hitsInText(dst []printer.Range, text []byte) []printer.Range {
	l.found = l.find.Hits(l.found[:0], text)
	for _, r := range l.found {
		dst = append(dst, printer.Range{Start: r.Start, End: r.End})
	}
	return dst
}

// parallelLines prints on several cores. Its goroutine has an output of its own
// as long as it runs.
type parallelLines struct {
	names   *interfaceNames
	notes   *analysis // nil: there are none
	pool    *printer.Pool
	out     *output
	own     output
	failure atomic.Pointer[error] // of own
}

// newParallelLines has failed called when lines cannot be written, for a source
// that waits to find out.
func newParallelLines(names *interfaceNames, notes *analysis, o printer.Options, jobs int, out *output, failed func()) *parallelLines {
	l := &parallelLines{names: names, notes: notes, out: out, own: output{w: out.w}}
	l.pool = printer.NewPool(o, jobs, func(b []byte) error {
		err := l.own.writeLines(b)
		if err != nil {
			l.failure.Store(&err)
			failed()
		}
		return err
	})
	out.ahead = l.drain
	return l
}

func (l *parallelLines) packet(pkt *capture.Packet) error {
	l.names.know(pkt.Interface)
	return l.told(l.pool.AddNoted(pkt, l.notes.notes()))
}

func (l *parallelLines) follow(src capture.Source) { l.names.source = src }
func (l *parallelLines) lost(all *losses)          { all.conversations = l.pool.ForgottenConversations() }

// drain returns when all that was printed is written.
func (l *parallelLines) drain() error { return l.told(l.pool.Drain()) }

func (l *parallelLines) flush() error {
	// What could not be written is told without more packets, too.
	if err := l.failure.Load(); err != nil {
		return l.told(*err)
	}
	return l.told(l.pool.Flush())
}

// told notes an error of the pool, which is that of its output, for those who
// look whether it was the output that failed.
func (l *parallelLines) told(err error) error {
	if err != nil {
		l.out.err = err
	}
	return err
}

func (l *parallelLines) close() error {
	err := l.pool.Close()
	l.out.ahead, l.out.err = nil, l.own.err
	return err
}
