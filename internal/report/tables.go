package report

import (
	"cmp"
	"net/netip"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// and writes how many rows are not there.
func (w *writer) and(more uint64, what string) {
	if more > 0 {
		w.one("p", "and "+thousands(more)+" more"+what, attr{"class", "remark"}).line()
	}
}

// protocols writes the hierarchy.
func (w *writer) protocols() {
	w.section("protocols", "Protocols")
	rows := w.all.rows()
	more := uint64(0)
	if n := len(rows); n > w.room.protocols {
		rows, more = rows[:w.room.protocols], uint64(n-w.room.protocols)
	}
	total := w.counts.Total()
	w.begin("div", attr{"class", "scroll"}, attr{"role", "region"}, attr{"tabindex", "0"}, attr{"aria-labelledby", "hierarchy-caption"})
	w.begin("table", attr{"id", "hierarchy"}).one("caption", "Packets by protocol; each is part of the one above that is further left.", attr{"id", "hierarchy-caption"})
	w.begin("thead").begin("tr").one("th", "Protocol", attr{"scope", "col"})
	w.one("th", "Packets", attr{"scope", "col"}, attr{"class", "n"}).one("th", "Bytes", attr{"scope", "col"}, attr{"class", "n"}).one("th", "Share of bytes", attr{"scope", "col"}).end().end().begin("tbody").line()
	for _, l := range rows {
		w.begin("tr").one("th", l.name, attr{"scope", "row"}, attr{"class", [...]string{"level0", "level1", "level2"}[l.depth]})
		w.number(thousands(l.packets), l.packets).number(size(l.bytes), l.bytes)
		w.bar(l.bytes, total.Bytes)
		w.end().line()
	}
	w.endTable()
	w.and(more, "")
	w.tunnelList()
	w.end().line()
}

// tunnelList says what tunnels there are.
func (w *writer) tunnelList() {
	if len(w.tunnels) == 0 {
		return
	}
	var all []level
	for name, t := range w.tunnels {
		all = append(all, level{0, name, *t})
	}
	sortLevels(all)
	s := "Packets in tunnels count as what is inside. "
	for i, l := range all {
		if i > 0 {
			s += "; "
		}
		s += l.name + ": " + counted(l.packets, "packet", "packets")
	}
	w.one("p", s+".").line()
}

// hostTable writes the hosts with most bytes.
func (w *writer) hostTable() {
	type host struct {
		addr netip.Addr
		stats.Count
	}
	top := largest[host]{most: w.room.hosts, less: func(a, b host) bool {
		if a.Bytes != b.Bytes {
			return a.Bytes > b.Bytes
		}
		return a.addr.Less(b.addr)
	}}
	for a, c := range w.counts.Hosts() {
		top.add(host{a, c})
	}
	all, more := top.sorted()
	w.section("hosts", "Hosts")
	w.table("talkers", "Hosts with most bytes, from and to them.", true,
		column{head: "Host"}, column{"Packets", true}, column{"Bytes", true}, column{head: "Share of bytes"})
	total := w.counts.Total()
	for _, h := range all {
		w.begin("tr")
		w.endCell(end{h.addr, header.NoPort})
		w.number(thousands(h.Packets), h.Packets).number(size(h.Bytes), h.Bytes)
		w.bar(h.Bytes, total.Bytes)
		w.end().line()
	}
	w.endTable()
	w.and(more, "")
	if _, hosts := w.counts.Unlisted(); hosts > 0 {
		w.one("p", thousands(hosts)+" times a packet is of a host after the first "+thousands(stats.MaxHosts)+", and counts for none.", attr{"class", "remark"}).line()
	}
	w.end().line()
}

// serviceTable writes the ports with most bytes.
func (w *writer) serviceTable() {
	type service struct {
		stats.Service
		stats.Count
	}
	top := largest[service]{most: w.room.services, less: func(a, b service) bool {
		if a.Bytes != b.Bytes {
			return a.Bytes > b.Bytes
		}
		if a.UDP != b.UDP {
			return b.UDP
		}
		return a.Port < b.Port
	}}
	for s, c := range w.counts.Services() {
		top.add(service{s, c})
	}
	all, more := top.sorted()
	w.section("services", "Services")
	w.table("ports", "Services with most bytes: the lower port of each packet.", true,
		column{head: "Service"}, column{head: "Port"}, column{"Packets", true}, column{"Bytes", true}, column{head: "Share of bytes"})
	total := w.counts.Total()
	for _, s := range all {
		protocol := "TCP"
		if s.UDP {
			protocol = "UDP"
		}
		w.begin("tr").one("td", serviceName(s.UDP, s.Port)).one("td", protocol+" "+strconv.Itoa(int(s.Port)), attr{"data-v", strconv.Itoa(int(s.Port))})
		w.number(thousands(s.Packets), s.Packets).number(size(s.Bytes), s.Bytes)
		w.bar(s.Bytes, total.Bytes)
		w.end().line()
	}
	w.endTable()
	w.and(more, "")
	w.end().line()
}

// connectionTable writes the TCP connections with most bytes.
func (w *writer) connectionTable() {
	w.section("connections", "TCP connections")
	if w.tcp == nil {
		w.one("p", "TCP connections were not followed.").end().line()
		return
	}
	bytes := func(s *tcpanalysis.Summary) uint64 { return s.Sides[0].Bytes + s.Sides[1].Bytes }
	top := largest[tcpanalysis.Summary]{most: w.room.connections, less: func(a, b tcpanalysis.Summary) bool {
		if x, y := bytes(&a), bytes(&b); x != y {
			return x > y
		}
		return a.Stream < b.Stream
	}}
	for c := range w.tcp.Connections() {
		top.add(c)
	}
	all, more := top.sorted()
	w.table("tcp", "Connections with most bytes of payload. The time of a round trip (RTT) is the median of what the server's and the client's acknowledgements took.", true,
		column{head: "Client"}, column{head: "Server"}, column{head: "Service"}, column{"Begins", true}, column{"Lasts", true}, column{"Sent", true},
		column{"Received", true}, column{"Handshake", true}, column{"RTT server", true}, column{"RTT client", true}, column{"Sent again", true}, column{head: "End"})
	for i := range all {
		w.connection(&all[i])
	}
	w.endTable()
	w.and(more, "")
	if forgotten := w.totals.Forgotten; forgotten > 0 {
		w.one("p", counted(forgotten, "connection was", "connections were")+" forgotten: silent for too long, or too many at a time. They count in the totals alone.", attr{"class", "remark"}).line()
	}
	w.end().line()
}

func (w *writer) connection(c *tcpanalysis.Summary) {
	client, server := &c.Sides[0], &c.Sides[1]
	w.begin("tr")
	w.endCell(end{client.Addr, int32(client.Port)})
	w.endCell(end{server.Addr, int32(server.Port)})
	w.one("td", serviceName(false, server.Port))
	w.number(duration(c.First-w.clock.first), uint64(max(c.First-w.clock.first, 0)))
	w.number(duration(c.Last-c.First), uint64(max(c.Last-c.First, 0)))
	w.number(size(client.Bytes), client.Bytes).number(size(server.Bytes), server.Bytes)
	w.times(c.Handshake)
	w.times(server.MedianRTT)
	w.times(client.MedianRTT)
	again, packets := client.Retransmitted+server.Retransmitted, client.Packets+server.Packets
	text := "0"
	if again > 0 {
		text = thousands(again) + " (" + percent(again, packets) + ")"
	}
	w.number(text, again)
	ending := c.Ending.String()
	if c.Ending == tcpanalysis.Reset || c.Ending == tcpanalysis.Refused {
		ending += [...]string{" by client", " by server"}[max(c.By, 0)]
	}
	w.one("td", ending).end().line()
}

// times writes a cell with a time, or nothing where that is not known.
func (w *writer) times(d time.Duration) {
	if d == 0 {
		w.one("td", "–", attr{"class", "n"}, attr{"data-v", ""})
		return
	}
	w.number(duration(int64(d)), uint64(max(d, 0)))
}

// otherTable writes what is no TCP.
func (w *writer) otherTable() {
	packets := func(t *stats.Transfer) uint64 { return t.Sent.Packets + t.Received.Packets }
	bytes := func(t *stats.Transfer) uint64 { return t.Sent.Bytes + t.Received.Bytes }
	top := largest[stats.Transfer]{most: w.room.others, less: func(a, b stats.Transfer) bool {
		return cmp.Or(
			cmp.Compare(bytes(&b), bytes(&a)), cmp.Compare(packets(&b), packets(&a)), cmp.Compare(a.Protocol, b.Protocol),
			a.Local.Addr.Compare(b.Local.Addr), a.Remote.Addr.Compare(b.Remote.Addr),
			cmp.Compare(a.Local.Port, b.Local.Port), cmp.Compare(a.Remote.Port, b.Remote.Port)) < 0
	}}
	for t := range w.counts.Transfers() {
		if t.Protocol != header.ProtocolTCP {
			top.add(t)
		}
	}
	all, more := top.sorted()
	w.section("others", "Other traffic")
	w.table("transfers", "UDP and ICMP between two ends, those with most bytes of payload.", true,
		column{head: "Protocol"}, column{head: "Here"}, column{head: "There"}, column{head: "Service"},
		column{"Packets sent", true}, column{"Received", true}, column{"Bytes sent", true}, column{"Received", true})
	for i := range all {
		t := &all[i]
		w.begin("tr").one("td", header.ProtocolName(t.Protocol))
		w.endCell(end{t.Local.Addr, t.Local.Port})
		w.endCell(end{t.Remote.Addr, t.Remote.Port})
		service := ""
		if t.Protocol == header.ProtocolUDP {
			service = serviceName(true, uint16(min(t.Local.Port, t.Remote.Port)))
		}
		w.one("td", service)
		w.number(thousands(t.Sent.Packets), t.Sent.Packets).number(thousands(t.Received.Packets), t.Received.Packets)
		w.number(size(t.Sent.Bytes), t.Sent.Bytes).number(size(t.Received.Bytes), t.Received.Bytes)
		w.end().line()
	}
	w.endTable()
	w.and(more, "")
	w.end().line()
}
