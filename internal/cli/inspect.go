package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/printer/detail"
)

// inspection is what options of ipscap ask to be done with packets.
type inspection struct {
	filter    *filters.Filter
	filtering bool // packets that are not shown do not go to any sink
	find      *filters.Find
	hosts     *stats.Hosts      // nil: nobody asks for directions
	stats     *stats.Statistics // nil: neither statistics nor passage numbers
	report    string            // text, json, csv or top; "": no statistics are printed
	view      detail.Mode
	dumps     *dumpLogs // nil: none
	color     bool
	terminal  bool      // what is printed ends on a terminal
	started   bool      // packets may have come
	began     time.Time // of a live capture
	topLines  int       // of the page of --stats top that is on the terminal

	// Of the packet that matched last.
	packet header.Packet
	known  bool // packet is valid
	way    stats.Direction
	entry  detail.Entry
	hits   []filters.Range
}

// setUpInspection prepares what options of ipscap ask for.
func (c *command) setUpInspection() error {
	o := c.opts
	if o.Timeout > 0 {
		o.Duration = o.Timeout
	}
	if err := c.openLog(); err != nil {
		return err
	}
	if !c.ipscap && !o.inspecting() {
		return nil
	}
	cfg, err := o.filterConfig()
	if err != nil {
		return err
	}
	n := &inspection{filtering: c.ipscap || o.filtering(), find: cfg.Find}
	if cfg.Protocols == 0 {
		cfg.Protocols = filters.AllProtocols
		if n.filtering {
			cfg.Protocols = filters.TCP | filters.UDP
		}
	}
	n.filter = filters.New(cfg)
	n.terminal = c.outOnTerminal
	n.color = cfg.Find != nil && (o.Color == colorAlways ||
		o.Color == colorAuto && n.terminal && os.Getenv("NO_COLOR") == "")
	// Colours are for a terminal, at the other end of a pipe perhaps.
	n.terminal = n.terminal || n.color
	n.view, n.report = c.viewAndReport()
	if n.report != "" || n.view != detail.None {
		n.stats = stats.NewStatistics(n.report == "top")
		n.stats.Grouping = o.StatGroup
		n.stats.All = o.StatMode != nil && *o.StatMode == 2
		n.stats.Location = c.location()
	}
	if n.stats != nil || o.DumpFiles > 0 {
		n.hosts = stats.NewHosts(c.host.addresses())
	}
	c.inspect = n
	c.trace(2, "options: %v", o.given)
	c.trace(2, "shown as %s, statistics %q, colours %t, on a terminal %t", viewNames[n.view], n.report, n.color, n.terminal)
	return nil
}

// viewAndReport are the view and the form of statistics that are asked for, or
// what goes without saying.
func (c *command) viewAndReport() (view detail.Mode, report string) {
	o := c.opts
	toStdout := textOf(o.WriteFile) == "-"
	if c.ipscap && !o.Count && !toStdout {
		report = "text"
	}
	if o.StatMode != nil {
		report = ""
		if *o.StatMode > 0 {
			report = "text"
		}
	}
	if o.Stats != "" {
		report = o.Stats
	}
	switch {
	case o.View != nil:
		view = *o.View
	case c.ipscap && !o.Count && !toStdout && (o.Stats == "" || o.Stats == "text"):
		view = detail.Text
	}
	return view, report
}

// printsLines tells whether tcpdump's lines are printed.
func (c *command) printsLines() bool {
	o := c.opts
	switch {
	case o.WriteFile != nil:
		return o.Print
	case o.Count:
		return false
	}
	return o.Print || !c.ipscap && o.View == nil && o.Stats == ""
}

// printsViews tells whether packets are printed by way of inspection: in
// a view, or with hits highlighted.
func (c *command) printsViews() bool {
	n := c.inspect
	return n != nil && (n.view != detail.None || n.dumps != nil || n.color && c.printsLines())
}

// expression puts what the filters can say in the language in front of the
// user's expression. What terms such as vlan do to those behind them does not
// concern it there.
func (n *inspection) expression(user string, link capture.LinkType, live bool) string {
	if n == nil || !n.filtering || n.stats != nil && n.stats.All || !live && !n.filter.Selective() {
		return user
	}
	ours := n.filter.Expression(link)
	switch {
	case ours == "":
		return user
	case strings.TrimSpace(user) == "":
		return ours
	}
	return ours + " and (" + user + "\n)"
}

// withFilters is the program for the user's expression together with what the
// filters can say in the language, if there is such a program.
func (c *command) withFilters(user *compile.Program, options compile.Options) *compile.Program {
	text := c.inspect.expression(*c.filter.text, options.LinkType, options.Mode == compile.ModeLive)
	if text == *c.filter.text {
		return user
	}
	program, err := compile.Compile(text, options)
	if err == nil && len(program.Instructions) > bpf.MaxInstructions && len(user.Instructions) <= bpf.MaxInstructions {
		err = errorText(fmt.Sprintf("it would have %d instructions", len(program.Instructions)))
	}
	if err != nil {
		c.trace(2, "filters work without the help of an expression: %s", syserr.Text(err))
		return user
	}
	c.trace(2, "expression, %d instructions: %s", len(program.Instructions), text)
	return program
}

// match tells whether a packet that passed the expression is one to show, and
// counts it.
func (n *inspection) match(pkt *capture.Packet) bool {
	decoded := header.Decode(pkt, &n.packet)
	n.known = decoded && n.filter.Concerns(&n.packet)
	passes := n.known && n.filter.Match(&n.packet)
	if decoded && n.hosts != nil && (passes || n.stats != nil && n.stats.All || stats.Begins(&n.packet)) {
		n.entry.Direction, n.way = n.hosts.Direction(&n.packet)
	}
	switch {
	case n.stats == nil:
	case decoded && (passes || n.stats.All):
		n.entry.Time, n.entry.Packet = pkt.Time, &n.packet
		n.entry.Passage = n.stats.Add(pkt, &n.packet, n.way)
	case !decoded && (n.stats.All || !n.filtering):
		n.stats.AddOther(pkt, &n.packet)
	}
	return passes || !n.filtering
}

// matches is match for a packet that passed the expression; without an
// inspection all match.
func (c *command) matches(pkt *capture.Packet) bool {
	if c.inspect == nil {
		return true
	}
	passes := c.inspect.match(pkt)
	if c.diagnostics.level >= 3 {
		c.trace(3, "packet of %d bytes: shown %t", pkt.Length, passes)
	}
	return passes
}

// finishInspection prints what there is to say at the end.
func (c *command) finishInspection() error {
	n := c.inspect
	if n == nil || !n.started {
		return nil
	}
	n.started = false
	if err := c.out.flush(); err != nil {
		return err
	}
	if err := c.report(n); err != nil {
		return err
	}
	if n.dumps == nil {
		return nil
	}
	c.out.buf = n.dumps.appendSummary(c.out.buf)
	if err := n.dumps.close(); err != nil {
		return err
	}
	return c.out.flush()
}

// report prints the statistics.
func (c *command) report(n *inspection) error {
	if n.report == "" {
		return nil
	}
	span := n.stats.SpanFrom(n.began)
	switch n.report {
	case "text":
		return n.stats.WriteText(&c.out, span)
	case "json":
		return n.stats.WriteJSON(&c.out, span)
	case "csv":
		return n.stats.WriteCSV(&c.out, span)
	case "top":
		c.appendTop(n)
		return c.out.flush()
	}
	return nil
}

// appendTop appends the page of --stats top, over the last one if that is on
// the terminal.
func (c *command) appendTop(n *inspection) {
	b := c.out.buf
	if n.topLines > 0 {
		b = fmt.Appendf(b, "\x1b[%dA\x1b[J", n.topLines)
	}
	start := len(b)
	b = n.stats.AppendTop(b)
	n.topLines = strings.Count(string(b[start:]), "\n")
	c.out.buf = b
}

// refreshesTop tells whether --stats top is shown while packets come.
func (c *command) refreshesTop() bool {
	n := c.inspect
	return n != nil && n.report == "top" && n.terminal && !c.printsViews() && !c.printsLines()
}

// refreshTop shows the page of --stats top as it is now.
func (c *command) refreshTop() error {
	c.appendTop(c.inspect)
	return c.out.flush()
}
