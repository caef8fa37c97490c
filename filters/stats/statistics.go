// Package stats counts packets: by the transfer that they belong to and, for a page
// of the top talkers, by host, service, protocol and time; it writes the counts as
// text, JSON and CSV. Hosts says which end of a packet is the local one.
//
//	hosts, counts := stats.NewHosts(nil), stats.NewStatistics(false)
//	var p header.Packet
//	for pkt, err := range capture.Packets(src) {
//		if err == nil && header.Decode(pkt, &p) {
//			_, way := hosts.Direction(&p)
//			counts.Add(pkt, &p, way)
//		}
//	}
//	err := counts.WriteJSON(os.Stdout, counts.Span())
//
// The only errors are those of the writer. Hosts and Statistics are for one goroutine;
// functions may be called from several. The package is not among those whose API is
// kept: docs/library.md.
//
// It touches decoded packets (package header), the writer that it is given and its own
// memory, which is bounded; no files, no system calls but the clock, and no filter.
package stats

import (
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// Statistics counts packets by transfer, and for AppendTop by host, protocol and
// time. NewStatistics makes one. It is for one goroutine.
type Statistics struct {
	Grouping Grouping
	All      bool           // the packets are all there were, not only those shown
	Location *time.Location // of times in text; nil: time.Local
	Sections []NamedSection // behind the transfers, in all forms but that of the top talkers

	transfers   *transfers
	packets     uint64 // all that were counted
	bytes       uint64 // on the wire
	first, last capture.Timestamp
	protocols   [protocolKinds]tally
	rate        rate
	hosts       map[netip.Addr]*watched // nil: not counted
	hostLimit   int                     // of hosts
	// unlistedHosts is how often a host was not counted, being one too many.
	unlistedHosts uint64
	services      *[2][65536]watched // TCP, UDP by lower port; nil: not counted
	marks         marks
}

// NamedSection is a Section with the name that it has in JSON.
type NamedSection struct {
	Name string
	Section
}

// tally counts packets and their bytes on the wire.
type tally struct{ packets, bytes uint64 }

func (t *tally) add(length uint32) {
	t.packets++
	t.bytes += uint64(length)
}

// MaxHosts is how many hosts are told apart for the top talkers.
const MaxHosts = 1 << 17

// NewStatistics makes one; with top, what AppendTop needs is counted too.
func NewStatistics(top bool) *Statistics {
	s := &Statistics{transfers: newTransfers(), hostLimit: MaxHosts}
	if top {
		s.hosts = make(map[netip.Addr]*watched)
		s.services = new([2][65536]watched)
	}
	return s
}

// Add counts a packet that went that way, and returns its passage number: its
// number among the packets of its transfer in its direction. It is 0 of
// transfers too many to be told apart. way is the second result of
// Hosts.Direction; Unknown counts as Send.
func (s *Statistics) Add(pkt *capture.Packet, p *header.Packet, way Direction) uint64 {
	s.count(pkt, protocolOf(p))
	if s.hosts != nil {
		s.addHosts(pkt, p)
		if lower, _ := p.Ports(); lower >= 0 {
			proto := 0
			if p.Protocol == header.ProtocolUDP {
				proto = 1
			}
			s.services[proto][lower].add(pkt.Length)
		}
	}
	return s.transfers.add(p, way)
}

// StartRate has the first interval of the rate begin at a time, if no packet was
// counted yet, so that statistics of parts of a capture have the same intervals.
func (s *Statistics) StartRate(t capture.Timestamp) { s.rate.begin(t) }

// AddOther counts a packet that belongs to no transfer, as Decode could not
// describe it: a later fragment, one of another protocol, or no IP.
func (s *Statistics) AddOther(pkt *capture.Packet, p *header.Packet) {
	s.count(pkt, protocolOf(p))
	if s.hosts != nil && p.Src.IsValid() {
		s.addHosts(pkt, p)
	}
}

func (s *Statistics) count(pkt *capture.Packet, kind protocolKind) {
	if s.packets == 0 {
		s.first, s.last = pkt.Time, pkt.Time
	}
	if before(pkt.Time, s.first) {
		s.first = pkt.Time
	}
	if before(s.last, pkt.Time) {
		s.last = pkt.Time
	}
	s.packets++
	s.bytes += uint64(pkt.Length)
	s.protocols[kind].add(pkt.Length)
	s.rate.add(pkt.Time, pkt.Length)
}

func before(a, b capture.Timestamp) bool {
	return a.Sec < b.Sec || a.Sec == b.Sec && a.Nsec < b.Nsec
}

// Unlisted is how many packets belonged to transfers, and how many to hosts, that
// were too many to be told apart.
func (s *Statistics) Unlisted() (transfers, hosts uint64) {
	return s.transfers.unlisted, s.unlistedHosts
}

func (s *Statistics) addHosts(pkt *capture.Packet, p *header.Packet) {
	s.addHost(p.Src, pkt.Length)
	s.addHost(p.Dst, pkt.Length)
}

func (s *Statistics) addHost(a netip.Addr, length uint32) {
	t := s.hosts[a]
	if t == nil {
		if len(s.hosts) == s.hostLimit {
			s.unlistedHosts++
			return
		}
		t = new(watched)
		s.hosts[a] = t
	}
	t.add(length)
}

// protocolKind is a row of the protocol hierarchy.
type protocolKind uint8

const (
	tcp4 protocolKind = iota
	udp4
	icmp4
	other4
	tcp6
	udp6
	icmp6
	other6
	otherProtocol // no IP
	protocolKinds
)

// kindsOfIP is how many rows a version of IP has.
const kindsOfIP = tcp6 - tcp4

// protocolOf is the row of a packet. A later fragment belongs to the protocol
// that its IP header names.
func protocolOf(p *header.Packet) protocolKind {
	kind, icmp := tcp4, uint8(header.ProtocolICMP)
	switch p.Version {
	case 4:
	case 6:
		kind, icmp = tcp6, header.ProtocolICMPv6
	default:
		return otherProtocol
	}
	switch p.Protocol {
	case header.ProtocolTCP:
		return kind
	case header.ProtocolUDP:
		return kind + udp4
	case icmp:
		return kind + icmp4
	}
	return kind + other4
}

// rate counts packets over time in equal intervals, whose width doubles when
// there are too many of them.
type rate struct {
	start   int64 // ns since 1970
	width   int64 // ns
	n       int   // intervals in use
	tallies [rateIntervals]tally
}

const rateIntervals = 64

func (r *rate) add(t capture.Timestamp, length uint32) {
	r.begin(t)
	r.at(t.Sec*1e9 + t.Nsec).add(length)
}

// begin has the first interval begin at a time, unless it has begun.
func (r *rate) begin(t capture.Timestamp) {
	if r.width == 0 {
		r.start, r.width = t.Sec*1e9+t.Nsec, int64(time.Millisecond)
	}
}

// at is the tally of a time. A time before the start counts as that.
func (r *rate) at(now int64) *tally {
	i := max(now-r.start, 0) / r.width
	for i >= rateIntervals {
		r.widen()
		i /= 2
	}
	r.n = max(r.n, int(i)+1)
	return &r.tallies[i]
}

// widen doubles the width.
func (r *rate) widen() {
	for k := range rateIntervals / 2 {
		a, b := r.tallies[2*k], r.tallies[2*k+1]
		r.tallies[k] = tally{a.packets + b.packets, a.bytes + b.bytes}
	}
	clear(r.tallies[rateIntervals/2:])
	r.width *= 2
	r.n = (r.n + 1) / 2
}

// Span is when a capture began and ended.
type Span struct{ Begin, End time.Time }

// SpanFrom is from the beginning of a live capture to now or, where that is the
// zero time, from the first packet to the last.
func (s *Statistics) SpanFrom(began time.Time) Span {
	if began.IsZero() {
		return s.Span()
	}
	return Span{began, time.Now()}
}

// Span is from the first packet to the last, the zero value when there was
// none.
func (s *Statistics) Span() Span {
	if s.packets == 0 {
		return Span{}
	}
	return Span{time.Unix(s.first.Sec, s.first.Nsec), time.Unix(s.last.Sec, s.last.Nsec)}
}
