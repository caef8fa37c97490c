package report

import (
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Bounds of what is remembered for findings.
const (
	maxCases    = 1024    // cases of a kind that are told apart
	maxStations = 1 << 16 // IPv4 addresses whose stations are known
	maxPending  = 1 << 14 // DNS queries that wait for an answer
)

// found is what was found of a kind.
type found struct {
	count  uint64 // packets
	over   [2]bool
	hidden uint64 // of count, packets where no expression finds them
	cases  map[string]*example
	others uint64 // of count, packets of cases that were too many
	stack  stacks
}

// example is a case of a kind: packets that have something in common.
type example struct {
	src, dst netip.Addr
	port     int32  // the lower one: header.NoPort: none
	ofSrc    bool   // port is that of src
	name     string // from packets: "": none
	code     int    // what kind says; -1: nothing
	count    uint64
}

// stacks says what is between the link-layer header and IP of some packets.
type stacks uint8

const (
	plain stacks = 1 << iota
	tagged
	tagged2
	hidden // what an expression does not look behind
)

// stackOf is that of a packet.
func stackOf(pkt *capture.Packet, f *Facts) stacks {
	if f.Tunnels.Len() > 0 {
		return hidden
	}
	p := f.Header
	if p.Version == 6 && header.IPv6(p.IP).NextHeader() != p.Protocol {
		return hidden
	}
	return stackAt(pkt, p.Offset)
}

// stackAt is that of a packet whose network layer begins at an offset.
func stackAt(pkt *capture.Packet, offset int) stacks {
	if pkt.LinkType != capture.LinkEN10MB {
		return plain
	}
	kind := binary.BigEndian.Uint16(pkt.Data[12:])
	switch {
	case offset == 14:
		return plain
	case offset == 18 && isTag(kind):
		return tagged
	case offset == 22 && isTag(kind) && isTag(binary.BigEndian.Uint16(pkt.Data[16:])):
		return tagged2
	}
	return hidden
}

// connStacks are those of TCP connections, by their places in the analyzer.
type connStacks []connStack

type connStack struct {
	stream uint32 // the low bits: another connection may have had the place before
	stacks
}

func (c *connStacks) add(r *tcpanalysis.Result, s stacks) {
	if r.Place == 0 {
		return
	}
	for int(r.Place) > len(*c) {
		*c = append(*c, connStack{})
	}
	of := &(*c)[r.Place-1]
	if of.stream != uint32(r.Stream) {
		*of = connStack{stream: uint32(r.Stream)}
	}
	of.stacks |= s
}

// of are those of a connection.
func (c connStacks) of(s *tcpanalysis.Summary) stacks {
	if int(s.Place) > len(c) || s.Place == 0 {
		return plain
	}
	return c[s.Place-1].stacks
}

// findings has what was found, and what is needed to find more.
type findings struct {
	kinds    [kindCount]found
	key      []byte // scratch
	stations map[[4]byte]*station
	strays   uint64 // ARP packets of addresses that were too many
	queries  queries
}

// count notes a packet of a kind, as one of a case.
func (x *findings) count(k kind, pkt *capture.Packet, f *Facts, e example, name []byte) {
	p := f.Header
	row := &x.kinds[k]
	row.count++
	stack := stackOf(pkt, f)
	row.stack |= stack
	if stack == hidden {
		row.hidden++
	} else {
		row.over[p.Version/6] = true
	}
	x.key = e.appendKey(x.key[:0], name)
	c := row.cases[string(x.key)]
	if c == nil {
		if len(row.cases) == maxCases {
			row.others++
			return
		}
		if row.cases == nil {
			row.cases = make(map[string]*example)
		}
		c = new(example)
		*c = e
		c.name = string(name)
		row.cases[string(x.key)] = c
	}
	c.count++
}

// appendKey appends what tells a case from others.
func (e *example) appendKey(b, name []byte) []byte {
	b = appendAddr(appendAddr(b, e.src), e.dst)
	b = binary.BigEndian.AppendUint32(b, uint32(e.port)<<1)
	if e.ofSrc {
		b[len(b)-1] |= 1
	}
	b = binary.BigEndian.AppendUint32(b, uint32(e.code))
	return append(b, name...)
}

func appendAddr(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		v4 := a.As4()
		return append(append(b, 4), v4[:]...)
	}
	v6 := a.As16()
	return append(append(b, 6), v6[:]...)
}

// examine looks at a packet.
func (x *findings) examine(pkt *capture.Packet, f *Facts, now int64) {
	if !f.Decoded {
		if f.Header.Version == 0 {
			x.arp(pkt)
		}
		return
	}
	switch f.Header.Protocol {
	case header.ProtocolTCP:
		x.segment(pkt, f)
	case header.ProtocolUDP:
		x.datagram(pkt, f, now)
	case header.ProtocolICMP, header.ProtocolICMPv6:
		x.message(pkt, f)
	}
}

// segment looks at a TCP segment.
func (x *findings) segment(pkt *capture.Packet, f *Facts) {
	p := f.Header
	t := header.TCP(p.Transport)
	flags := t.Flags()
	e := example{src: p.Src, dst: p.Dst, port: min(p.SrcPort, p.DstPort), ofSrc: p.SrcPort < p.DstPort, code: -1}
	switch {
	case flags&(header.RST|header.ACK) == header.RST|header.ACK && t.Sequence() == 0:
		e.port, e.ofSrc = p.SrcPort, true // where nobody listens
		x.count(connectionRefused, pkt, f, e, nil)
	case flags&header.RST != 0:
		x.count(connectionReset, pkt, f, e, nil)
	case flags&(header.SYN|header.FIN) == 0 && t.Window() == 0:
		x.count(zeroWindow, pkt, f, e, nil)
	}
}

// Types of ICMP (RFC 792) and ICMPv6 (RFC 4443).
const (
	icmp4Unreachable = 3
	icmp4Exceeded    = 11
	icmp6Unreachable = 1
	icmp6Exceeded    = 3
)

// message looks at an ICMP message.
func (x *findings) message(pkt *capture.Packet, f *Facts) {
	p := f.Header
	m := header.ICMP(p.Transport)
	unreachable, exceeded := uint8(icmp4Unreachable), uint8(icmp4Exceeded)
	if p.Version == 6 {
		unreachable, exceeded = icmp6Unreachable, icmp6Exceeded
	}
	e := example{src: p.Src, dst: p.Dst, port: header.NoPort, code: int(m.Code())}
	if p.Version == 6 {
		e.code |= codeOf6
	}
	switch m.Type() {
	case unreachable:
		x.count(icmpUnreachable, pkt, f, e, nil)
	case exceeded:
		x.count(icmpExceeded, pkt, f, e, nil)
	}
}

// codeOf6 marks a code of ICMPv6.
const codeOf6 = 1 << 8

// station is who claims an IPv4 address.
type station struct {
	addr   [6]byte
	other  [6]byte // that claimed it, too
	claims uint64  // ARP packets of whoever claims it
	split  bool    // there is another
	stack  stacks
	hidden uint64 // of claims, packets where no expression finds them
}

// arp looks at a packet without IP (RFC 826).
func (x *findings) arp(pkt *capture.Packet) {
	kind, b, ok := ethernet(pkt)
	if !ok || kind != etherTypeARP || len(b) < 28 ||
		binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != header.EtherTypeIPv4 || b[4] != 6 || b[5] != 4 {
		return
	}
	hardware, claimed := [6]byte(b[8:]), [4]byte(b[14:])
	if claimed == [4]byte{} { // it asks whether somebody has it (RFC 5227)
		return
	}
	s := x.stations[claimed]
	if s == nil {
		if len(x.stations) == maxStations {
			x.strays++
			return
		}
		if x.stations == nil {
			x.stations = make(map[[4]byte]*station)
		}
		s = &station{addr: hardware}
		x.stations[claimed] = s
	}
	s.claims++
	stack := stackAt(pkt, len(pkt.Data)-len(b))
	s.stack |= stack
	if stack == hidden {
		s.hidden++
	}
	if hardware != s.addr && !s.split {
		s.split, s.other = true, hardware
	}
}
