package stats

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"github.com/tapdump/tapdump/internal/text"
)

// topRows is how many of the hosts and services with most bytes are shown.
const topRows = 10

// kindNames are the names of a row of the hierarchy: both layers.
func kindNames(k protocolKind) (network, transport string) {
	if k == otherProtocol {
		return "other", "other"
	}
	network = "IPv4"
	if k >= tcp6 {
		network = "IPv6"
	}
	return network, [kindsOfIP]string{"TCP", "UDP", "ICMP", "other"}[(k-tcp4)%kindsOfIP]
}

// AppendTop appends a page of at most 40 lines of 80 columns: rates over time,
// the protocol hierarchy and those with most bytes. It needs a Statistics that
// was made for it.
func (s *Statistics) AppendTop(b []byte) (page []byte, lines int) {
	start := len(b)
	span := s.Span()
	seconds := span.End.Sub(span.Begin).Seconds()
	b = append(b, "Packets "...)
	b = strconv.AppendUint(b, s.packets, 10)
	b = append(b, "   Bytes "...)
	b = strconv.AppendUint(b, s.bytes, 10)
	b = append(b, "   Seconds "...)
	b = strconv.AppendFloat(b, seconds, 'f', 2, 64)
	b = append(b, '\n')
	all := s.rate.tallies[:s.rate.n]
	b = s.appendSparkline(b, "packets/s", all, func(t tally) uint64 { return t.packets })
	b = s.appendSparkline(b, "bytes/s", all, func(t tally) uint64 { return t.bytes })
	b = s.appendHierarchy(append(b, "\nProtocols\n"...))
	b = s.appendHosts(append(b, "\nHosts\n"...))
	b = s.appendServices(append(b, "\nServices\n"...))
	return b, bytes.Count(b[start:], []byte{'\n'})
}

// appendSparkline appends a line of blocks, as high as the rate in an interval
// is, and the highest rate.
func (s *Statistics) appendSparkline(b []byte, name string, all []tally, of func(tally) uint64) []byte {
	start := len(b)
	b = text.Pad(append(b, name...), start, 10)
	highest := uint64(1)
	for _, t := range all {
		highest = max(highest, of(t))
	}
	for _, t := range all {
		level := of(t) * 8 / highest
		if level == 0 {
			b = append(b, ' ')
		} else {
			b = append(b, "▁▂▃▄▅▆▇█"[3*(level-1):3*level]...)
		}
	}
	if s.rate.width > 0 {
		b = append(b, " max "...)
		b = appendScaled(b, float64(highest)*1e9/float64(s.rate.width))
	}
	return append(b, '\n')
}

// appendScaled appends a number in at most five characters.
func appendScaled(b []byte, v float64) []byte {
	units := " kMGTPE"
	u := 0
	for v >= 999.5 && u < len(units)-1 {
		v /= 1000
		u++
	}
	digits := 0
	if u > 0 && v < 99.95 {
		digits = 1
	}
	b = strconv.AppendFloat(b, v, 'f', digits, 64)
	if u > 0 {
		b = append(b, units[u])
	}
	return b
}

func (s *Statistics) appendHierarchy(b []byte) []byte {
	for _, network := range [...]protocolKind{tcp4, tcp6} {
		var sum tally
		for _, t := range s.protocols[network : network+kindsOfIP] {
			sum = tally{sum.packets + t.packets, sum.bytes + t.bytes}
		}
		if sum.packets == 0 {
			continue
		}
		name, _ := kindNames(network)
		b = s.appendBar(b, name, 1, sum)
		for k := network; k < network+kindsOfIP; k++ {
			if t := s.protocols[k]; t.packets > 0 {
				_, name := kindNames(k)
				b = s.appendBar(b, name, 2, t)
			}
		}
	}
	if t := s.protocols[otherProtocol]; t.packets > 0 {
		b = s.appendBar(b, "other", 1, t)
	}
	return b
}

// appendBar appends one row: a name, indented by level, its packets and bytes,
// and its share of all bytes as a bar.
func (s *Statistics) appendBar(b []byte, name string, level int, t tally) []byte {
	const barWidth = 16
	start := len(b)
	b = append(text.Pad(b, len(b), 2*level), name...)
	b = text.Pad(b, start, 43)
	b = appendRight(b, float64(t.packets), 8)
	b = appendRight(b, float64(t.bytes), 8)
	b = append(b, "  "...)
	eighths := int(t.bytes * barWidth * 8 / max(s.bytes, 1))
	for range eighths / 8 {
		b = append(b, "█"...)
	}
	if part := eighths % 8; part > 0 {
		b = append(b, "▏▎▍▌▋▊▉"[3*(part-1):3*part]...)
	}
	return append(b, '\n')
}

func appendRight(b []byte, v float64, width int) []byte {
	var buf [24]byte
	n := appendScaled(buf[:0], v)
	return append(text.Pad(b, len(b), width-len(n)), n...)
}

// named is a row of those with most bytes.
type named struct {
	addr    netip.Addr
	service string
	tally
}

// largest keeps the rows with most bytes, the first of equals by name.
func largest(rows []named) []named {
	slices.SortFunc(rows, func(a, b named) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), a.addr.Compare(b.addr), cmp.Compare(a.service, b.service))
	})
	return rows[:min(topRows, len(rows))]
}

func (s *Statistics) appendHosts(b []byte) []byte {
	rows := make([]named, 0, len(s.hosts))
	for a, t := range s.hosts {
		rows = append(rows, named{addr: a, tally: t.tally})
	}
	for _, r := range largest(rows) {
		b = s.appendBar(b, r.addr.String(), 1, r.tally)
	}
	return b
}

func (s *Statistics) appendServices(b []byte) []byte {
	if s.services == nil {
		return b
	}
	var rows []named
	for proto, name := range [...]string{"TCP ", "UDP "} {
		for port, t := range s.services[proto] {
			if t.packets > 0 {
				rows = append(rows, named{service: name + strconv.Itoa(port), tally: t.tally})
			}
		}
	}
	for _, r := range largest(rows) {
		b = s.appendBar(b, r.service, 1, r.tally)
	}
	return b
}
