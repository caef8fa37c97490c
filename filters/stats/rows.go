package stats

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture/header"
)

// Order is how rows of the top talkers are sorted: the largest first, or by name.
type Order uint8

// Orders.
const (
	ByBytes Order = iota
	ByPackets
	ByRate
	ByName
)

// Row is one of the top talkers. Rate is in bytes a second, between the last two calls of
// Mark. Level is how deep a protocol is in the hierarchy, from 1 on.
type Row struct {
	Name           string
	Level          int
	Packets, Bytes uint64
	Rate           float64
}

// watched is a tally, and what it was.
type watched struct {
	tally
	marked, recent uint64 // bytes at the last mark, and between the last two
}

func (w *watched) mark() { w.marked, w.recent = w.bytes, w.bytes-w.marked }

// marks is what is known of the last two calls of Mark, beside what is in watched.
type marks struct {
	last      time.Time
	seconds   float64 // between them
	total     watched
	packets   watched // counts them as bytes
	protocols [protocolKinds]watched
	transfers []watched // by number; packets are not counted
}

// Mark has rates be about the time from the last call to this one.
func (s *Statistics) Mark(now time.Time) {
	m := &s.marks
	m.seconds = 0
	if !m.last.IsZero() {
		m.seconds = now.Sub(m.last).Seconds()
	}
	m.last = now
	m.total.bytes, m.packets.bytes = s.bytes, s.packets
	m.total.mark()
	m.packets.mark()
	for k := range m.protocols {
		m.protocols[k].tally = s.protocols[k]
		m.protocols[k].mark()
	}
	for _, w := range s.hosts {
		w.mark()
	}
	if s.services != nil {
		for proto := range s.services {
			for port := range s.services[proto] {
				s.services[proto][port].mark()
			}
		}
	}
	m.transfers = append(m.transfers, make([]watched, max(s.transfers.n-len(m.transfers), 0))...)
	for n := range m.transfers {
		m.transfers[n].bytes = s.transfers.at(uint32(n)).size()
		m.transfers[n].mark()
	}
}

// size is the payload of both ways.
func (t *transfer) size() uint64 { return t.ways[0].size + t.ways[1].size }

// rate is what a second had of what a mark saw.
func (m *marks) rate(recent uint64) float64 {
	if m.seconds <= 0 {
		return 0
	}
	return float64(recent) / m.seconds
}

// Restart forgets all that was counted. What is to be counted stays.
func (s *Statistics) Restart() {
	fresh := NewStatistics(s.hosts != nil)
	fresh.Grouping, fresh.All, fresh.Location, fresh.Sections, fresh.hostLimit = s.Grouping, s.All, s.Location, s.Sections, s.hostLimit
	*s = *fresh
}

// TotalRow is all that was counted.
func (s *Statistics) TotalRow() Row {
	return Row{Packets: s.packets, Bytes: s.bytes, Rate: s.marks.rate(s.marks.total.recent)}
}

// PacketRate is how many packets there were a second, between the last two calls of Mark.
func (s *Statistics) PacketRate() float64 { return s.marks.rate(s.marks.packets.recent) }

// OverTime appends how many packets and bytes each interval had, of equal length, from
// the first packet on.
func (s *Statistics) OverTime(packets, bytes []uint64) ([]uint64, []uint64, time.Duration) {
	for _, t := range s.rate.tallies[:s.rate.n] {
		packets, bytes = append(packets, t.packets), append(bytes, t.bytes)
	}
	return packets, bytes, time.Duration(s.rate.width)
}

// ProtocolRows appends the rows of the hierarchy of protocols, in its order.
func (s *Statistics) ProtocolRows(rows []Row) []Row {
	row := func(name string, level int, of ...protocolKind) {
		r := Row{Name: name, Level: level}
		for _, k := range of {
			r.Packets += s.protocols[k].packets
			r.Bytes += s.protocols[k].bytes
			r.Rate += s.marks.rate(s.marks.protocols[k].recent)
		}
		if r.Packets > 0 {
			rows = append(rows, r)
		}
	}
	for _, first := range [...]protocolKind{tcp4, tcp6} {
		network, _ := kindNames(first)
		row(network, 1, first, first+udp4, first+icmp4, first+other4)
		for k := first; k < first+kindsOfIP; k++ {
			_, name := kindNames(k)
			row(name, 2, k)
		}
	}
	row("other", 1, otherProtocol)
	return rows
}

// candidate may become a row.
type candidate struct {
	watched
	addr netip.Addr
	n    uint32 // of a service or a transfer
}

// best keeps the first candidates in an order, in a heap whose root is the last of them.
type best struct {
	compare func(a, b *candidate) int
	most    int
	kept    []candidate
}

// ordered is best of most candidates in an order; names compares what o does not tell
// apart.
func ordered(o Order, most int, names func(a, b *candidate) int) *best {
	value := func(*candidate) uint64 { return 0 }
	switch o {
	case ByBytes:
		value = func(c *candidate) uint64 { return c.bytes }
	case ByPackets:
		value = func(c *candidate) uint64 { return c.packets }
	case ByRate:
		value = func(c *candidate) uint64 { return c.recent }
	}
	return &best{most: most, compare: func(a, b *candidate) int {
		if c := cmp.Compare(value(b), value(a)); c != 0 {
			return c
		}
		return names(a, b)
	}}
}

// offer takes a candidate if it is among the first.
func (b *best) offer(c candidate) {
	if len(b.kept) < b.most {
		b.kept = append(b.kept, c)
		for i := len(b.kept) - 1; i > 0; {
			above := (i - 1) / 2
			if b.compare(&b.kept[above], &b.kept[i]) >= 0 {
				return
			}
			b.kept[above], b.kept[i] = b.kept[i], b.kept[above]
			i = above
		}
		return
	}
	if b.most == 0 || b.compare(&c, &b.kept[0]) >= 0 {
		return
	}
	b.kept[0] = c
	for i := 0; ; {
		last := i
		for _, below := range [...]int{2*i + 1, 2*i + 2} {
			if below < len(b.kept) && b.compare(&b.kept[last], &b.kept[below]) < 0 {
				last = below
			}
		}
		if last == i {
			return
		}
		b.kept[last], b.kept[i] = b.kept[i], b.kept[last]
		i = last
	}
}

// rows are those kept, in their order.
func (b *best) rows(m *marks, name func(*candidate) string) []Row {
	slices.SortFunc(b.kept, func(x, y candidate) int { return b.compare(&x, &y) })
	rows := make([]Row, len(b.kept))
	for i := range b.kept {
		c := &b.kept[i]
		rows[i] = Row{Name: name(c), Level: 1, Packets: c.packets, Bytes: c.bytes, Rate: m.rate(c.recent)}
	}
	return rows
}

// HostRows are the first rows of hosts in an order, and how many hosts there are.
func (s *Statistics) HostRows(o Order, most int) (rows []Row, all int) {
	b := ordered(o, most, func(x, y *candidate) int { return x.addr.Compare(y.addr) })
	for a, w := range s.hosts {
		b.offer(candidate{watched: *w, addr: a})
	}
	return b.rows(&s.marks, func(c *candidate) string { return c.addr.String() }), len(s.hosts)
}

// ServiceRows are those of the services: protocols with their lower port.
func (s *Statistics) ServiceRows(o Order, most int) (rows []Row, all int) {
	if s.services == nil {
		return nil, 0
	}
	b := ordered(o, most, func(x, y *candidate) int { return cmp.Compare(x.n, y.n) })
	for proto := range s.services {
		for port := range s.services[proto] {
			if w := &s.services[proto][port]; w.packets > 0 {
				all++
				b.offer(candidate{watched: *w, n: uint32(proto)<<16 | uint32(port)})
			}
		}
	}
	return b.rows(&s.marks, func(c *candidate) string {
		return [...]string{"TCP ", "UDP "}[c.n>>16] + strconv.Itoa(int(c.n&0xffff))
	}), all
}

// ConversationRows are those of the transfers, each by itself; bytes are those of payload.
func (s *Statistics) ConversationRows(o Order, most int) (rows []Row, all int) {
	t := s.transfers
	b := ordered(o, most, func(x, y *candidate) int { return t.at(x.n).compare(&t.at(y.n).endpoints) })
	for n := range uint32(t.n) {
		one := t.at(n)
		c := candidate{n: n}
		c.packets, c.bytes = one.ways[0].packets+one.ways[1].packets, one.size()
		if int(n) < len(s.marks.transfers) {
			c.recent = s.marks.transfers[n].recent
		}
		b.offer(c)
	}
	return b.rows(&s.marks, func(c *candidate) string { return t.at(c.n).name() }), t.n
}

// compare orders ends by protocol, addresses and ports.
func (e *endpoints) compare(f *endpoints) int {
	return cmp.Or(
		cmp.Compare(e.version, f.version), cmp.Compare(e.protocol, f.protocol),
		bytes.Compare(e.local[:], f.local[:]), cmp.Compare(e.localPort, f.localPort),
		bytes.Compare(e.remote[:], f.remote[:]), cmp.Compare(e.remotePort, f.remotePort),
	)
}

// name is how a transfer is shown: its protocol and its ends, the local one first.
func (e *endpoints) name() string {
	proto := "IP " + strconv.Itoa(int(e.protocol))
	switch e.protocol {
	case header.ProtocolTCP:
		proto = "TCP"
	case header.ProtocolUDP:
		proto = "UDP"
	case header.ProtocolICMP, header.ProtocolICMPv6:
		proto = "ICMP"
	}
	end := func(b *[16]byte, port int32) string {
		if port == header.NoPort {
			return e.addr(b).String()
		}
		return netip.AddrPortFrom(e.addr(b), uint16(port)).String()
	}
	local, remote := e.ports()
	return proto + " " + end(&e.local, local) + " " + end(&e.remote, remote)
}
