package cli

import (
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/printer/detail"
)

// inspection decides, by what packets are over IP, which are shown, and knows the
// one that matched last.
type inspection struct {
	plan       *args.Inspect
	filter     *filters.Filter
	analysis   *analysis         // whose facts filter asks for; nil: it asks for none
	hosts      *stats.Hosts      // nil: nobody asks for directions
	statistics *stats.Statistics // nil: neither statistics nor passage numbers
	began      time.Time         // of a live capture
	terminal   bool              // what is printed ends on a terminal
	color      bool              // hits are highlighted where packets are printed
	pageLines  int               // of --stats top that are on the terminal
	narrowed   *narrowing        // what of the packets is counted
	typed      string            // the filter that says so; "": none does
	skip       uint64            // of packets to show, those of --skip that are still to come

	seen
}

// seen is what is known of the packet that matched last.
type seen struct {
	packet header.Packet
	known  bool // packet is valid
	way    stats.Direction
	entry  detail.Entry // hits are known if they are highlighted
}

// newInspection prepares what options of ipscap ask for.
func (s *session) newInspection() *inspection {
	p := s.plan.Inspect
	n := &inspection{plan: p, terminal: s.out.terminal, skip: s.plan.Running.Skip}
	cfg := p.Filters
	if s.analysis != nil && s.plan.Analysis.Facts {
		n.analysis, cfg.Facts = s.analysis, s.analysis
	}
	n.filter = filters.New(cfg)
	n.color = p.Filters.Find != nil && s.colored()
	// Colours are for a terminal, at the other end of a pipe perhaps.
	n.terminal = n.terminal || n.color
	if p.Report != "" || p.View != detail.None {
		n.statistics = stats.NewStatistics(p.Report == "top")
		n.statistics.Grouping = p.Grouping
		n.statistics.All = p.All
		n.statistics.Location = s.location()
	}
	if n.statistics != nil && s.analysis != nil && s.plan.Analysis.CountsTCP {
		n.statistics.Sections = append(n.statistics.Sections, stats.NamedSection{Name: "tcp", Section: tcpanalysis.Report{Known: s.analysis.tcp}})
	}
	if n.statistics != nil || p.DumpFiles > 0 {
		n.hosts = stats.NewHosts(s.host.addresses())
	}
	s.trace(2, "options: %v", s.plan.Given)
	s.trace(2, "shown as %s, statistics %q, colours %t, on a terminal %t", p.View.Name(), p.Report, n.color, n.terminal)
	return n
}

// countsAll reports whether statistics are of all packets.
func (n *inspection) countsAll() bool { return n.statistics != nil && n.statistics.All }

// expression puts what the filters can say in the language in front of the
// user's expression. What terms such as vlan do to those behind them does not
// concern it there.
func (n *inspection) expression(user string, link capture.LinkType, live bool) string {
	if n == nil || !n.plan.Filtering || n.countsAll() || !live && !n.filter.Selective() {
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

// match reports whether a packet that passed the expression is one to show, and
// counts it.
func (n *inspection) match(pkt *capture.Packet) bool {
	decoded := n.decode(pkt)
	n.known = decoded && n.filter.Concerns(&n.packet)
	passes := n.known && n.filter.Match(&n.packet)
	if decoded && n.hosts != nil && (passes || n.countsAll() || stats.Begins(&n.packet)) {
		n.entry.Direction, n.way = n.hosts.Direction(&n.packet)
	}
	shown := passes || !n.plan.Filtering
	skipped := shown && n.skip > 0
	if skipped {
		n.skip--
	}
	switch {
	case n.statistics == nil || !n.narrowed.takes(pkt):
	case decoded && (passes && !skipped || n.statistics.All):
		n.entry.Time, n.entry.Packet = pkt.Time, &n.packet
		n.entry.Passage = n.statistics.Add(pkt, &n.packet, n.way)
	case !decoded && (n.statistics.All || !n.plan.Filtering && !skipped):
		n.statistics.AddOther(pkt, &n.packet)
	}
	if shown && n.color {
		n.entry.Hits = n.entry.Hits[:0]
		if n.known {
			n.entry.Hits = n.filter.Hits(n.entry.Hits, &n.packet)
		}
	}
	return shown
}

// decode finds the headers that everything is about: those of the innermost packet
// where facts are asked for, which are about that.
func (n *inspection) decode(pkt *capture.Packet) bool {
	if n.analysis == nil {
		return header.Decode(pkt, &n.packet)
	}
	n.packet = n.analysis.inner
	return n.analysis.decoded
}

// lost adds what the filters and the statistics had to forget.
func (n *inspection) lost(l *losses) {
	l.Losses = n.filter.Losses()
	if n.hosts != nil {
		l.servers = n.hosts.Forgotten()
	}
	if n.statistics == nil {
		return
	}
	transfers, hosts := n.statistics.Unlisted()
	if n.plan.Report != "text" { // which says so itself
		l.transfers = transfers
	}
	if n.plan.Report == "top" {
		l.hosts = hosts
	}
}
