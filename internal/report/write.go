package report

import (
	"io"
	"math"
	"net/netip"
	"strconv"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// room is how many rows parts of the page have at most.
type room struct {
	cases, sources, protocols, hosts, services, connections, others, sentences int
}

// usual is the room there is, unless the page gets too large.
var usual = room{cases: 8, sources: 32, protocols: 80, hosts: 40, services: 30, connections: 200, others: 60, sentences: 40}

// half has half the rows.
func (m room) half() room {
	return room{m.cases / 2, m.sources / 2, m.protocols / 2, m.hosts / 2, m.services / 2, m.connections / 2, m.others / 2, m.sentences / 2}
}

// Characters of what packets and users say.
const (
	nameLength    = 64
	sourceLength  = 200
	commandLength = 4000
)

// writer writes one page.
type writer struct {
	page
	*Report
	about  *About
	room   room
	totals tcpanalysis.Totals
}

func (r *Report) newWriter(a *About) *writer {
	w := &writer{Report: r, about: a, room: usual}
	if r.tcp != nil {
		w.totals = r.tcp.Totals()
	}
	return w
}

func (r *Report) writeHTML(to io.Writer, a *About) error {
	w := r.newWriter(a)
	w.write()
	for len(w.b) > MaxPage && w.room.connections > 0 {
		w.room, w.page = w.room.half(), page{}
		w.write()
	}
	_, err := to.Write(w.b)
	return err
}

func (r *Report) writePlots(to io.Writer, a *About) error {
	w := r.newWriter(a)
	w.plots()
	_, err := to.Write(w.b)
	return err
}

// write writes the page.
func (w *writer) write() {
	found := w.found(w.about, w.room.cases)
	w.head(w.title())
	w.begin("body").line()
	w.header(found)
	w.begin("main", attr{"id", "main"}).line()
	w.findings(found)
	w.section("time", "Over time")
	w.plots()
	w.end().line()
	w.captured()
	w.protocols()
	w.hostTable()
	w.serviceTable()
	w.connectionTable()
	w.otherTable()
	w.end().line()
	w.begin("footer")
	w.begin("p").text("Made by ").data(w.about.Program, nameLength).text(". This file loads nothing, and nothing in it leaves the browser. Names are those that packets told: whoever sent them may have said anything.").end()
	w.end().line()
	w.foot()
}

// title is the name of the page.
func (w *writer) title() string {
	switch len(w.about.Sources) {
	case 0:
		return "Report of a capture"
	case 1:
		return "Report of " + visible(w.about.Sources[0].Name, nameLength)
	}
	return "Report of " + visible(w.about.Sources[0].Name, nameLength) + " and " + thousands(uint64(len(w.about.Sources)-1)) + " more"
}

// header writes the verdict, and the most important numbers.
func (w *writer) header(found []finding) {
	w.one("a", "Skip to the findings", attr{"class", "skip"}, attr{"href", "#findings"}).line()
	w.begin("header").line()
	w.begin("p", attr{"class", "kicker"}).text("Report of ")
	for i, s := range w.about.Sources {
		if i == 3 {
			w.text(" and " + thousands(uint64(len(w.about.Sources)-i)) + " more")
			break
		}
		if i > 0 {
			w.text(", ")
		}
		w.data(s.Name, nameLength)
	}
	if len(w.about.Sources) == 0 {
		w.text("a capture")
	}
	w.end().line()
	lost := w.lossVerdict()
	w.begin("h1").one("span", lost.headline, attr{"class", lost.class}).text(" ")
	switch {
	case len(found) == 0:
		w.one("span", "No findings.")
	default:
		w.one("a", counted(uint64(len(found)), "finding", "findings")+".", attr{"href", "#findings"})
	}
	w.end().line()
	t := w.counts.Total()
	seconds := float64(w.clock.last-w.clock.first) / 1e9
	w.begin("dl", attr{"class", "tiles"}).line()
	w.tile("Packets", thousands(t.Packets), rate(float64(t.Packets), seconds, "packets"))
	w.tile("Bytes", size(t.Bytes), rate(8*float64(t.Bytes), seconds, "b"))
	w.tile("Time", duration(w.clock.last-w.clock.first), w.began())
	w.tile("TCP connections", thousands(w.totals.Connections), sentAgain(w.totals))
	w.end().line()
	w.begin("nav", attr{"aria-label", "Parts of the report"}).begin("ul")
	for _, part := range [...][2]string{{"findings", "Findings"}, {"time", "Over time"}, {"captured", "Capture"}, {"protocols", "Protocols"},
		{"hosts", "Hosts"}, {"services", "Services"}, {"connections", "Connections"}, {"others", "Other traffic"}} {
		w.begin("li").one("a", part[1], attr{"href", "#" + part[0]}).end()
	}
	w.end().end().line().end().line()
}

func (w *writer) tile(name, value, more string) {
	w.begin("div").one("dt", name).one("dd", value)
	if more != "" {
		w.one("dd", more, attr{"class", "more"})
	}
	w.end().line()
}

func (w *writer) began() string {
	if w.packets == 0 {
		return ""
	}
	return "from " + stamp(w.clock.first, w.about)[:19]
}

func sentAgain(t tcpanalysis.Totals) string {
	if t.Packets == 0 {
		return ""
	}
	return percent(t.Retransmitted, t.Packets) + " of segments sent again"
}

// rate is how much there is in a second.
func rate(n, seconds float64, unit string) string {
	if seconds <= 0 {
		return ""
	}
	if n > 0 && n/seconds < 0.5 {
		return "< 1 " + unit + "/s"
	}
	number, prefix := scaled(n / seconds)
	return number + " " + prefix + unit + "/s"
}

// findings writes what is wrong.
func (w *writer) findings(found []finding) {
	w.section("findings", "Findings")
	if len(found) == 0 {
		w.one("p", "Nothing of what is looked for was found: no errors of DNS, no connections that failed or were slow, no ICMP errors, no conflicts of addresses, no gaps.")
	}
	for i := range found {
		w.finding(&found[i])
	}
	w.end().line()
}

func (w *writer) finding(f *finding) {
	class := [...]string{"note", "warning", "problem"}[f.weight]
	w.begin("article", attr{"id", f.id}, attr{"class", "finding " + class}, attr{"aria-labelledby", f.id + "-heading"}).line()
	w.begin("h3", attr{"id", f.id + "-heading"}).one("span", f.weight.String(), attr{"class", "weight"}).text(" " + f.sentence()).end().line()
	w.one("p", f.why).line()
	w.cases(f)
	if f.expression != "" {
		w.begin("p", attr{"class", "copy"}).one("span", "Filter", attr{"class", "label"}).text(" ")
		w.one("code", visible(f.expression, commandLength), attr{"class", "expression"}).end().line()
	}
	if f.command != "" {
		w.begin("p", attr{"class", "copy"}).one("span", "Command", attr{"class", "label"}).text(" ")
		w.one("code", visible(f.command, commandLength), attr{"class", "command"}).end().line()
	}
	remark := f.remark
	if f.first && f.expression != "" {
		remark = joined(remark, "The filter shows the cases that are listed.")
	}
	if f.hidden > 0 {
		remark = joined(remark, counted(f.hidden, "packet is", "packets are")+" in tunnels or behind headers where no filter looks.")
	}
	if remark != "" {
		w.one("p", remark, attr{"class", "remark"}).line()
	}
	w.end().line()
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// cases writes the table of a finding, with the columns that have something.
func (w *writer) cases(f *finding) {
	if len(f.cases) == 0 {
		return
	}
	var from, to, name, says bool
	for i := range f.cases {
		c := &f.cases[i]
		from, to = from || c.who.addr.IsValid(), to || c.whom.addr.IsValid()
		name, says = name || c.name != "", says || c.says != ""
	}
	var columns []column
	for _, c := range [...]struct {
		has  bool
		head string
	}{{from, "From"}, {to, "To"}, {name, "Name"}, {says, "What"}} {
		if c.has {
			columns = append(columns, column{head: c.head})
		}
	}
	w.begin("div", attr{"class", "scroll"}, attr{"role", "region"}, attr{"tabindex", "0"}, attr{"aria-labelledby", f.id + "-heading"})
	w.begin("table", attr{"class", "cases"}, attr{"aria-labelledby", f.id + "-heading"}).begin("thead").begin("tr")
	for _, c := range columns {
		w.one("th", c.head, attr{"scope", "col"})
	}
	w.one("th", f.unit, attr{"scope", "col"}, attr{"class", "n"}).end().end().begin("tbody").line()
	for i := range f.cases {
		c := &f.cases[i]
		w.begin("tr")
		if from {
			w.endCell(c.who)
		}
		if to {
			w.endCell(c.whom)
		}
		if name {
			w.begin("td").data(c.name, nameLength).end()
		}
		if says {
			w.one("td", c.says)
		}
		w.one("td", c.amount, attr{"class", "n"}).end().line()
	}
	w.end().end().end().line()
	if f.more > 0 {
		w.one("p", "and "+thousands(f.more)+" more", attr{"class", "remark"}).line()
	}
}

// endCell writes a cell with an end: the name and the address, and the port.
func (w *writer) endCell(e end) {
	w.begin("td")
	defer w.end()
	if !e.addr.IsValid() {
		return
	}
	address := string(header.AppendEndpoint(nil, e.addr, e.port))
	if name := w.name(e.addr); name != "" {
		w.begin("span", attr{"class", "name"}).data(name, nameLength).end().text(" ")
	}
	w.one("span", address, attr{"class", "address"})
}

// name is what packets call an address; "": nothing.
func (w *writer) name(a netip.Addr) string {
	name, _ := w.heard.Append(nil, a, &names.As{Packet: math.MaxUint64})
	return string(name)
}

// bar writes a part of a whole as a bar.
func (w *writer) bar(part, whole uint64) {
	width := 0.0
	if whole > 0 {
		width = 100 * float64(part) / float64(whole)
	}
	w.begin("td", attr{"class", "share"}, attr{"data-v", strconv.FormatUint(part, 10)})
	w.begin("svg", attr{"class", "bar"}, attr{"viewBox", "0 0 100 1"}, attr{"preserveAspectRatio", "none"}, attr{"aria-hidden", "true"})
	w.begin("rect", attr{"class", "track"}, attr{"width", "100"}, attr{"height", "1"}).end()
	w.begin("rect", attr{"width", coordinate(width)}, attr{"height", "1"}).end().end()
	w.one("span", percent(part, whole)).end()
}
