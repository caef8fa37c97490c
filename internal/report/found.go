package report

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Limits of findings; docs/report.md has them.
const (
	slowLimit  = 200 * time.Millisecond // of a handshake
	stormLeast = 10                     // segments that were sent again in one direction,
	stormShare = 33                     // and at least one in so many of those with data
)

// finding is what the page says of a kind.
type finding struct {
	*kindRow
	count      uint64
	cases      []caseRow
	more       uint64 // cases that are not listed
	expression string // "": none
	first      bool   // expression is of the cases that are listed alone
	hidden     uint64 // packets that no expression finds
	command    string
	remark     string
}

// caseRow is a line of a finding.
type caseRow struct {
	who, whom end
	name      string // from packets; "": none
	says      string
	amount    string
	filter    string // an expression for this case
}

// end is an address, with a port where that is not header.NoPort.
type end struct {
	addr netip.Addr
	port int32
}

// sentence says what was found.
func (f *finding) sentence() string {
	if f.count == 1 {
		return f.one
	}
	return strings.Replace(f.several, "#", thousands(f.count), 1)
}

// found are the findings, the weightiest first.
func (r *Report) found(a *About, most int) (all []finding) {
	for k := range kindCount {
		f := finding{kindRow: &kinds[k]}
		switch k {
		case dnsSilent:
			r.silentQueries(&f, most)
		case synUnanswered, slowHandshake, resentStorm:
			continue // below
		case arpConflict:
			r.conflicts(&f, most)
		case clockBack:
			r.backwards(&f, a)
		case clockGap:
			r.gaps(&f, a, most)
		default:
			r.counted(&f, k, most)
		}
		all = append(all, f)
	}
	all = append(all, r.connections(most)...)
	kept := all[:0]
	for _, f := range all {
		if f.count > 0 {
			kept = append(kept, f)
		}
	}
	for i := range kept {
		kept[i].finish(a)
	}
	sortBy(kept, func(a, b finding) bool {
		if a.weight != b.weight {
			return a.weight > b.weight
		}
		return a.id < b.id
	})
	return kept
}

// finish makes the command of a finding.
func (f *finding) finish(a *About) {
	if f.command == "" && f.expression != "" {
		f.command = selecting(a, f.condition, f.expression)
	}
	if visible(f.command, commandLength) != f.command {
		f.command = "" // whoever copies what is shown would run another
	}
}

// counted is a finding of packets that were counted as they came.
func (r *Report) counted(f *finding, k kind, most int) {
	x := &r.findings.kinds[k]
	f.count, f.hidden = x.count, x.hidden
	f.expression = f.of(x)
	top := largest[*example]{most: most, less: moreOften}
	for _, c := range together(k, x.cases) {
		top.add(c)
	}
	cases, more := top.sorted()
	f.more = more
	if x.others > 0 {
		f.remark = thousands(x.others) + " more are of cases that were not told apart."
	}
	for _, c := range cases {
		row := caseRow{who: end{c.src, header.NoPort}, whom: end{c.dst, c.port}, name: c.name, amount: thousands(c.count)}
		if c.ofSrc {
			row.who.port, row.whom.port = row.whom.port, row.who.port
		}
		switch k {
		case connectionRefused:
			row.says, row.who.port = c.name, header.NoPort
			row.name = ""
		case icmpUnreachable, icmpExceeded:
			row.says = codeName(k, c.code)
		}
		f.cases = append(f.cases, row)
	}
}

// together are the cases of a kind; those who refuse several ports of a client are one,
// and its name is the list of ports.
func together(k kind, cases map[string]*example) (all []*example) {
	if k != connectionRefused {
		return slices.Collect(maps.Values(cases))
	}
	type pair struct{ src, dst netip.Addr }
	ports := make(map[pair][]int)
	sums := make(map[pair]*example)
	for _, c := range cases {
		p := pair{c.src, c.dst}
		if sums[p] == nil {
			sum := *c
			sum.count, sum.port = 0, 0
			sums[p] = &sum
			all = append(all, &sum)
		}
		sums[p].count += c.count
		ports[p] = append(ports[p], int(c.port))
	}
	for p, sum := range sums {
		slices.Sort(ports[p])
		sum.name = portList(ports[p])
	}
	return all
}

// portList is some of the ports, in words.
func portList(ports []int) string {
	const most = 12
	s := "port "
	if len(ports) > 1 {
		s = "ports "
	}
	for i, port := range ports[:min(len(ports), most)] {
		if i > 0 {
			s += ", "
		}
		s += strconv.Itoa(port)
	}
	if more := len(ports) - most; more > 0 {
		s += ", and " + strconv.Itoa(more) + " more"
	}
	return s
}

// moreOften is the order of cases.
func moreOften(a, b *example) bool {
	if a.count != b.count {
		return a.count > b.count
	}
	x, y := a.appendKey(nil, []byte(a.name)), b.appendKey(nil, []byte(b.name))
	return string(x) < string(y)
}

// codeName is what a code of ICMP says (RFC 792, 1122, 1812; RFC 4443).
func codeName(k kind, code int) string {
	unreachable4 := [...]string{"network unreachable", "host unreachable", "protocol unreachable", "port unreachable",
		"fragmentation needed", "source route failed", "network unknown", "host unknown", "source host isolated",
		"network prohibited", "host prohibited", "network unreachable for this service", "host unreachable for this service",
		"filtered", "host precedence violation", "precedence cutoff"}
	unreachable6 := [...]string{"no route", "prohibited", "beyond the scope of the source", "address unreachable", "port unreachable",
		"source address failed policy", "route rejected"}
	exceeded := [...]string{"hop limit exceeded", "fragments did not come in time"}
	of := unreachable4[:]
	switch {
	case k == icmpExceeded:
		of = exceeded[:]
	case code&codeOf6 != 0:
		of = unreachable6[:]
	}
	if code &^= codeOf6; code < len(of) {
		return of[code]
	}
	return "code " + strconv.Itoa(code)
}

// silentQueries are DNS queries without an answer.
func (r *Report) silentQueries(f *finding, most int) {
	all, total := r.findings.queries.unanswered(r.clock.last)
	f.count = total
	var parts []part
	for i := range all {
		w := &all[i]
		if w.stack == hidden {
			f.hidden += w.packets
			continue
		}
		if len(f.cases) == most {
			continue
		}
		e := ends("udp", w.client, w.server, w.port, portDNS)
		id := strconv.Itoa(int(w.id))
		if w.client.Is4() {
			e += " and udp[8:2] = " + id
		} else {
			e += " and ip6[48:2] = " + id
		}
		parts = append(parts, part{e, w.stack})
		f.cases = append(f.cases, caseRow{
			who: end{w.client, int32(w.port)}, whom: end{w.server, portDNS}, name: string(w.name[:w.length]),
			amount: times(w.packets), filter: behind(part{e, w.stack}),
		})
	}
	f.more = total - uint64(len(f.cases))
	f.first = f.more > 0
	f.expression = behind(parts...)
	if given := r.findings.queries.given; given > 0 {
		f.remark = thousands(given) + " queries were not waited for, as there were more than " + thousands(maxPending) + " at a time."
	}
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return thousands(n) + " times"
}

// conflicts are addresses that several stations claim.
func (r *Report) conflicts(f *finding, most int) {
	type conflict struct {
		addr netip.Addr
		*station
	}
	top := largest[conflict]{most: most, less: func(a, b conflict) bool { return a.addr.Less(b.addr) }}
	for a, s := range r.findings.stations {
		if s.split {
			top.add(conflict{netip.AddrFrom4(a), s})
		}
	}
	all, more := top.sorted()
	f.count, f.more, f.first = top.total, more, more > 0
	var parts []part
	for _, c := range all {
		a := c.addr.As4()
		e := fmt.Sprintf("arp and arp[14:4] = 0x%02x%02x%02x%02x", a[0], a[1], a[2], a[3])
		parts = append(parts, part{e, c.stack})
		f.hidden += c.hidden
		f.cases = append(f.cases, caseRow{
			who:  end{c.addr, header.NoPort},
			says: net.HardwareAddr(c.station.addr[:]).String() + " and " + net.HardwareAddr(c.other[:]).String(), amount: thousands(c.claims),
			filter: behind(part{e, c.stack}),
		})
	}
	f.expression = behind(parts...)
	if r.findings.strays > 0 {
		f.remark = thousands(r.findings.strays) + " ARP packets are of addresses after the first " + thousands(maxStations) + ", which were not watched."
	}
}

// backwards is a clock that went back.
func (r *Report) backwards(f *finding, a *About) {
	if f.count = r.clock.backwards; f.count == 0 {
		return
	}
	s := r.clock.furthest
	f.cases = []caseRow{{says: "from " + stamp(s.to, a) + " to " + stamp(s.from, a), amount: duration(s.length())}}
	f.more = f.count - 1
}

// gaps are long times without packets.
func (r *Report) gaps(f *finding, a *About, most int) {
	all := r.clock.gaps()
	f.count = uint64(len(all))
	for i, s := range all {
		if i == most {
			f.more = uint64(len(all) - most)
			break
		}
		f.cases = append(f.cases, caseRow{says: "from " + stamp(s.from, a) + " to " + stamp(s.to, a), amount: duration(s.length())})
	}
	if len(all) == 0 {
		return
	}
	sides := int64(time.Second)
	rest := []string{"--from", epoch(all[0].from - sides), "--to", epoch(all[0].to + sides)}
	if e := oneLine(a.Within); e != "" {
		rest = append(rest, e)
	}
	f.command = command(a.File, rest...)
}

// epoch is a time as --from takes it.
func epoch(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// connections are the findings about TCP connections as a whole.
func (r *Report) connections(most int) []finding {
	if r.tcp == nil {
		return nil
	}
	type one struct {
		tcpanalysis.Summary
		side int
	}
	earlier := func(a, b one) bool {
		if a.Stream != b.Stream {
			return a.Stream < b.Stream
		}
		return a.side < b.side
	}
	unanswered := largest[one]{most: most, less: earlier}
	slow := largest[one]{most: most, less: func(a, b one) bool {
		if a.Handshake != b.Handshake {
			return a.Handshake > b.Handshake
		}
		return earlier(a, b)
	}}
	storms := largest[one]{most: most, less: func(a, b one) bool {
		x, y := a.Sides[a.side].Retransmitted, b.Sides[b.side].Retransmitted
		if x != y {
			return x > y
		}
		return earlier(a, b)
	}}
	for c := range r.tcp.Connections() {
		if c.Ending == tcpanalysis.Unanswered {
			unanswered.add(one{c, 0})
		}
		if c.Handshake >= slowLimit {
			slow.add(one{c, 0})
		}
		for i := range c.Sides {
			if s := &c.Sides[i]; s.Retransmitted >= stormLeast && s.Retransmitted*stormShare >= s.Packets {
				storms.add(one{c, i})
			}
		}
	}
	build := func(k kind, top *largest[one], row func(c *one, from, to tcpanalysis.Side) (e string, amount string)) finding {
		f := finding{kindRow: &kinds[k]}
		all, more := top.sorted()
		f.count, f.more, f.first = top.total, more, more > 0
		var parts []part
		for i := range all {
			c := &all[i]
			from, to := c.Sides[c.side], c.Sides[1-c.side]
			e, amount := row(c, from, to)
			p := part{e, r.stacks.of(&c.Summary)}
			parts = append(parts, p)
			if p.stack == hidden {
				f.hidden += from.Packets
			}
			f.cases = append(f.cases, caseRow{who: end{from.Addr, int32(from.Port)}, whom: end{to.Addr, int32(to.Port)}, amount: amount, filter: behind(p)})
		}
		f.expression = behind(parts...)
		return f
	}
	return []finding{
		build(synUnanswered, &unanswered, func(_ *one, from, to tcpanalysis.Side) (string, string) {
			e := ends("tcp", from.Addr, to.Addr, from.Port, to.Port)
			return flagged(e, from.Addr, "tcp[13] & 0x12 = 2", "ip6[53] & 0x12 = 2"), thousands(from.Packets)
		}),
		build(slowHandshake, &slow, func(c *one, from, to tcpanalysis.Side) (string, string) {
			e := either(ends("tcp", from.Addr, to.Addr, from.Port, to.Port), ends("tcp", to.Addr, from.Addr, to.Port, from.Port))
			return flagged("("+e+")", from.Addr, "tcp[13] & 2 != 0", "ip6[53] & 2 != 0"), duration(int64(c.Handshake))
		}),
		build(resentStorm, &storms, func(_ *one, from, to tcpanalysis.Side) (string, string) {
			return ends("tcp", from.Addr, to.Addr, from.Port, to.Port),
				counted(from.Retransmitted, "segment, ", "segments, ") + size(from.RetransmittedLen)
		}),
	}
}
