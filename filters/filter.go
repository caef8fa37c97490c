// Package filters decides which packets are shown where the filter language cannot:
// by what their payload or TCP stream holds, by conditions on fields of both IP
// versions, by what was shown before.
//
//	find, err := filters.NewFind("password|secret", filters.FindRegexp)
//	if err != nil {
//		return err
//	}
//	f := filters.New(filters.Config{Find: find})
//	var p header.Packet
//	for pkt, err := range capture.Packets(src) {
//		if err == nil && header.Decode(pkt, &p) && f.Concerns(&p) && f.Match(&p) {
//			...
//		}
//	}
//
// What the language can say too, Filter.Expression hands to it, so that the kernel
// sorts out most packets. Counting them is package stats.
//
// NewFind and ParseConditions return errors that quote what is wrong; matching has
// none, and what was forgotten is in Losses. Filters and Finds are for one goroutine;
// Conditions and functions may be shared. The package is not among those whose API is
// kept: docs/library.md.
//
// It touches decoded packets (package header) and its own memory, which is bounded: no
// files, no system calls, no clock.
package filters

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/recent"
)

// Protocols is a set of protocols.
type Protocols uint8

// Protocols that there are; ICMP is that of both IP versions.
const (
	TCP Protocols = 1 << iota
	UDP
	ICMP

	AllProtocols = TCP | UDP | ICMP
)

// has reports whether a packet is of one of the protocols.
func (s Protocols) has(p *header.Packet) bool {
	switch p.Protocol {
	case header.ProtocolTCP:
		return s&TCP != 0
	case header.ProtocolUDP:
		return s&UDP != 0
	}
	return s&ICMP != 0
}

// Config says which packets pass. Of an empty list and a nil pointer nothing is
// asked: the zero value lets every packet pass.
type Config struct {
	Protocols  Protocols      // 0: AllProtocols
	Ports      []uint16       // source or destination
	Addresses  []netip.Prefix // source or destination
	Conditions Conditions
	Find       *Find
	Stream     bool  // Find searches reassembled TCP streams, see Streams
	Tracking   bool  // what follows a match passes too
	Facts      Facts // what is known of the packet that is matched; nil: nothing
}

// Filter is a Config at work. It is for one goroutine.
type Filter struct {
	cfg       Config
	ports     *[65536 / 64]uint64 // nil: any
	addresses prefixSet
	streams   *streams
	tracked   *recent.Set[track] // nil: no tracking
}

// New makes a filter.
func New(cfg Config) *Filter {
	if cfg.Protocols == 0 {
		cfg.Protocols = AllProtocols
	}
	f := &Filter{cfg: cfg, addresses: newPrefixSet(cfg.Addresses)}
	if len(cfg.Ports) > 0 {
		f.ports = new([65536 / 64]uint64)
		for _, port := range cfg.Ports {
			f.ports[port/64] |= 1 << (port % 64)
		}
	}
	if cfg.Stream && cfg.Find != nil {
		f.streams = newStreams(cfg.Find)
	}
	if cfg.Tracking {
		f.tracked = recent.New[track](MaxTracks)
	}
	return f
}

// Concerns reports whether a packet is of the protocols that are asked for at
// all.
func (f *Filter) Concerns(p *header.Packet) bool { return f.cfg.Protocols.has(p) }

// Match reports whether a packet that f concerns passes. Packets have to come in
// the order in which they were captured.
func (f *Filter) Match(p *header.Packet) bool {
	if f.tracked == nil {
		return f.match(p)
	}
	key := trackOf(p)
	if f.match(p) {
		f.tracked.Add(key)
		return true
	}
	return f.tracked.Has(key)
}

func (f *Filter) match(p *header.Packet) bool {
	if f.ports != nil && !f.hasPort(p.SrcPort) && !f.hasPort(p.DstPort) {
		return false
	}
	if f.addresses != nil && !f.addresses.has(p.Src) && !f.addresses.has(p.Dst) {
		return false
	}
	if f.streams != nil && p.Protocol == header.ProtocolTCP {
		// Every segment counts, whatever the conditions say to it.
		found := f.streams.add(p)
		return f.cfg.Conditions.match(p, f.cfg.Facts) && (found || f.cfg.Find.wholePacket() && f.cfg.Find.Match(p) || f.findsDecoded())
	}
	return f.cfg.Conditions.match(p, f.cfg.Facts) && (f.cfg.Find == nil || f.cfg.Find.Match(p) || f.findsDecoded())
}

// findsDecoded reports whether what was decoded of the packet has what Find searches.
func (f *Filter) findsDecoded() bool {
	if f.cfg.Facts == nil {
		return false
	}
	decoded := f.cfg.Facts.Decoded()
	return len(decoded) > 0 && f.cfg.Find.in(decoded)
}

func (f *Filter) hasPort(port int32) bool {
	return port >= 0 && f.ports[port/64]&(1<<(port%64)) != 0
}

// Hits appends to dst where the packet that Match saw last has what Find
// searches, as ranges of p.All.
func (f *Filter) Hits(dst []Range, p *header.Packet) []Range {
	if f.cfg.Find == nil {
		return dst
	}
	if f.cfg.Find.wholePacket() {
		return f.cfg.Find.Hits(dst, p.All)
	}
	from := len(p.IP) + len(p.Transport)
	if f.streams != nil && f.streams.spill > 0 && p.Protocol == header.ProtocolTCP {
		dst = append(dst, Range{from, min(from+f.streams.spill, len(p.All))})
	}
	n := len(dst)
	dst = f.cfg.Find.Hits(dst, p.Payload)
	for i := n; i < len(dst); i++ {
		dst[i].Start += from
		dst[i].End += from
	}
	return dst
}

// prefixSet finds addresses in many prefixes: by each length that there is.
type prefixSet []prefixesOf

type prefixesOf struct {
	bits   int
	is4    bool
	ranges map[netip.Prefix]struct{}
}

func newPrefixSet(prefixes []netip.Prefix) prefixSet {
	var set prefixSet
next:
	for _, p := range prefixes {
		p = p.Masked()
		for i := range set {
			if set[i].bits == p.Bits() && set[i].is4 == p.Addr().Is4() {
				set[i].ranges[p] = struct{}{}
				continue next
			}
		}
		set = append(set, prefixesOf{p.Bits(), p.Addr().Is4(), map[netip.Prefix]struct{}{p: {}}})
	}
	return set
}

func (s prefixSet) has(a netip.Addr) bool {
	for i := range s {
		if s[i].is4 != a.Is4() {
			continue
		}
		p, err := a.Prefix(s[i].bits)
		if err != nil {
			continue // not of an address without a zone
		}
		if _, ok := s[i].ranges[p]; ok {
			return true
		}
	}
	return false
}

// track is what packets that belong together have in common: both addresses and
// the lower port.
type track struct {
	low, high netip.Addr
	port      int32
}

func trackOf(p *header.Packet) track {
	port, _ := p.Ports()
	if p.Src.Less(p.Dst) {
		return track{p.Src, p.Dst, port}
	}
	return track{p.Dst, p.Src, port}
}

// MaxTracks is how many tracks are followed; the oldest is forgotten then.
const MaxTracks = 1 << 17

// Losses are what a Filter had to give up to stay within its bounds.
type Losses struct {
	Streams uint64 // directions of TCP connections that were forgotten
	Gaps    uint64 // missing TCP segments that were not waited for any longer
	Tracks  uint64 // pairs of hosts that Tracking forgot
}

// Losses are those so far.
func (f *Filter) Losses() (l Losses) {
	if f.streams != nil {
		l.Streams, l.Gaps = f.streams.forgotten, f.streams.gaps
	}
	if f.tracked != nil {
		l.Tracks = f.tracked.Forgotten()
	}
	return l
}
