package records

import (
	"encoding/binary"
	"math"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// layer is a header in a frame.
type layer struct {
	proto  proto
	quoted bool // in an error of ICMP, which quotes the packet that it is about
	part   bool // in a fragment, the first of several
	span
}

// maxLayers is how many layers of a frame are looked at.
const maxLayers = 24

// frame is what a frame consists of, from outside in, as tshark sees it: in tunnels
// and in packets that ICMP quotes there are more headers of the same kind.
type frame struct {
	layers [maxLayers]layer
	n      int
	frame  int // the number of the outermost layer of Ethernet, from 1 on; 0: there is none
	tag    int // of the outermost VLAN tag, likewise
	data   []byte
	quoted bool
	cut    bool // a fragment, which tshark looks into once it has the others
}

// walk finds the layers of a packet.
func (f *frame) walk(pkt *capture.Packet) {
	f.n, f.frame, f.tag, f.data, f.quoted, f.cut = 0, 0, 0, pkt.Data, false, false
	f.link(pkt.LinkType, span{0, int32(len(pkt.Data)), int32(min(pkt.Length, math.MaxInt32/2))})
}

// span is a part of a frame.
type span struct {
	at   int32 // where it begins in the captured bytes
	end  int32 // where they end that belong to it
	wire int32 // where they would end if the frame had been captured whole
}

// from is s without its first n bytes.
func (s span) from(n int) span { return span{min(s.at+int32(n), s.end), s.end, s.wire} }

func (s span) len() int { return int(s.end - s.at) }

// long is how long it was on the wire.
func (s span) long() int { return int(s.wire - s.at) }

func (f *frame) bytes(s span) []byte { return f.data[s.at:s.end] }

// add takes a layer, and reports whether there is room for more.
func (f *frame) add(p proto, s span) *layer {
	if f.n == maxLayers {
		f.n--
	}
	l := &f.layers[f.n]
	*l = layer{p, f.quoted, f.cut, s}
	f.n++
	return l
}

// full reports whether there is no room for more layers.
func (f *frame) full() bool { return f.n >= maxLayers-2 }

func (f *frame) rest(s span) {
	if s.len() > 0 {
		f.add(protoData, s)
	}
}

// link looks at what a frame of a link type begins with.
func (f *frame) link(link capture.LinkType, s span) {
	b := f.bytes(s)
	switch link {
	case capture.LinkEN10MB:
		f.ethernet(s)
	case capture.LinkRAW:
		f.add(protoRaw, s)
		f.byVersion(s)
	case capture.LinkIPV4, capture.LinkIPV6:
		f.byVersion(s)
	case capture.LinkNULL, capture.LinkLOOP:
		if f.add(protoNull, s); len(b) >= 4 {
			f.byVersion(s.from(4))
		}
	case capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2:
		f.add(protoSLL, s)
		n := link.HeaderLength()
		if len(b) < n {
			return
		}
		at := 0
		if link == capture.LinkLINUX_SLL {
			at = 14
		}
		t := binary.BigEndian.Uint16(b[at:])
		if !f.overGRE(link, b) {
			f.add(protoEtherType, s)
		}
		f.etherType(t, s.from(n))
	case capture.LinkPPP, capture.LinkPPP_SERIAL:
		if f.add(protoPPPHDLC, s); len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
			s = s.from(2)
		}
		f.ppp(s)
	case capture.LinkPPP_ETHER:
		f.etherType(header.EtherTypePPPoE, s)
	case capture.LinkC_HDLC:
		if f.add(protoCHDLC, s); len(b) >= 4 {
			f.chdlc(binary.BigEndian.Uint16(b[2:]), s.from(4))
		}
	case capture.LinkMPLS:
		f.mpls(s)
	case capture.LinkIEEE802_11:
		f.wlan(s)
	case capture.LinkIEEE802_11_RADIO:
		f.add(protoRadiotap, s)
		if len(b) >= 4 && int(binary.LittleEndian.Uint16(b[2:])) <= len(b) {
			f.add(protoWLANRadio, s)
			f.wlan(s.from(int(binary.LittleEndian.Uint16(b[2:]))))
		}
	default:
		f.otherLink(link, s)
	}
}

// otherLink looks for IP in frames that have no columns of their own.
func (f *frame) otherLink(link capture.LinkType, s span) {
	if link == capture.LinkIPOIB {
		f.add(protoIPoIB, s)
	}
	if link.EndsWithEtherType() && s.len() >= link.HeaderLength() {
		n := link.HeaderLength()
		f.etherType(binary.BigEndian.Uint16(f.data[int(s.at)+n-2:]), s.from(n))
		return
	}
	if link == capture.LinkFRELAY {
		f.add(protoFrameRelay, s)
		n := 0
		for n < s.len() && f.data[int(s.at)+n]&1 == 0 {
			n++
		}
		if n++; s.len() >= n+2 && f.data[int(s.at)+n] != 3 { // Cisco's, with an EtherType
			f.etherType(binary.BigEndian.Uint16(f.data[int(s.at)+n:]), s.from(n+2))
			return
		}
	}
	pkt := capture.Packet{LinkType: link, Data: f.data, Length: uint32(s.wire)}
	var p header.Packet
	header.Decode(&pkt, &p)
	if p.Version != 0 && p.Offset > 0 {
		f.byVersion(s.from(p.Offset))
	}
}

// overGRE reports whether a cooked frame is of an interface of GRE, whose types are
// others'.
func (f *frame) overGRE(link capture.LinkType, b []byte) bool {
	at := 2
	if link == capture.LinkLINUX_SLL2 {
		at = 8
	}
	return binary.BigEndian.Uint16(b[at:]) == arphrdIPGRE
}

// chdlc looks at what a type of Cisco's HDLC leads to.
func (f *frame) chdlc(t uint16, s span) {
	switch t {
	case 0x8035:
		f.add(protoSLARP, s)
	case 0x2000:
		f.add(protoCDP, s)
	case 0xfefe:
		f.osi(s.from(1)) // padding
	default:
		f.etherType(t, s)
	}
}

// osi looks at what a network layer protocol identifier leads to (ISO/IEC TR 9577).
func (f *frame) osi(s span) {
	f.add(protoOSI, s)
	if s.len() == 0 {
		return
	}
	switch b := f.bytes(s); b[0] {
	case 0x81:
		f.add(protoCLNP, s)
	case 0x82:
		f.add(protoESIS, s)
	case 0x83:
		if f.add(protoISIS, s); len(b) < 8 {
			return
		}
		switch b[4] & 0x1f {
		case 15, 16, 17:
			f.add(protoISISHello, s)
		case 18, 20:
			f.add(protoISISLSP, s)
		case 24, 25:
			f.add(protoISISCSNP, s)
		case 26, 27:
			f.add(protoISISPSNP, s)
		}
	default:
		f.rest(s)
	}
}

// Types and lengths of the link layer.
const (
	firstEtherType = 0x600
	lastLength     = 1500
	etherTypeARP   = 0x0806
	etherTypeTEB   = 0x6558
	etherTypeSlow  = 0x8809
	arphrdIPGRE    = 778
)

func (f *frame) ethernet(s span) {
	if f.add(protoEthernet, s); f.frame == 0 {
		f.frame = f.n
	}
	if s.len() < 14 {
		return
	}
	t := binary.BigEndian.Uint16(f.data[s.at+12:])
	if t < firstEtherType {
		if t <= lastLength {
			f.llc(s.limit(14 + int(t)).from(14))
		}
		return
	}
	f.add(protoEtherType, s)
	f.etherType(t, s.from(14))
}

// limit is s with n bytes at most.
func (s span) limit(n int) span {
	return span{s.at, int32(min(int(s.end), int(s.at)+n)), int32(min(int(s.wire), int(s.at)+n))}
}

// etherType looks at what an EtherType leads to.
func (f *frame) etherType(t uint16, s span) {
	if f.full() {
		return
	}
	b := f.bytes(s)
	switch t {
	case header.EtherTypeIPv4:
		f.ipv4(s)
	case header.EtherTypeIPv6:
		f.ipv6(s)
	case etherTypeARP:
		f.add(protoARP, s)
	case header.EtherTypeVLAN, header.EtherTypeQinQ, header.EtherTypeQinQ9100, header.EtherTypeQinQ9200:
		p := protoVLAN
		if t == header.EtherTypeQinQ {
			p = protoQinQ
		}
		if f.add(p, s); f.tag == 0 {
			f.tag = f.n
		}
		if len(b) < 4 {
			return
		}
		next := binary.BigEndian.Uint16(b[2:])
		if next <= lastLength {
			f.llc(s.limit(4 + int(next)).from(4))
			return
		}
		f.add(protoEtherType, s)
		f.etherType(next, s.from(4))
	case header.EtherTypeMPLS, header.EtherTypeMPLSUp:
		f.mpls(s)
	case header.EtherTypePPPoE:
		if f.add(protoPPPoE, s); len(b) >= 6 {
			s = s.from(6)
			f.add(protoPPP, s)
			f.ppp(s)
		}
	case etherTypeSlow:
		if f.add(protoSlow, s); len(b) > 0 && b[0] <= 2 {
			f.add(protoLACP, s)
		}
	case etherTypeTEB:
		f.ethernet(s)
	default:
		if p, known := byNumber().etherType[t]; known {
			f.add(p, s)
		} else {
			f.rest(s)
		}
	}
}

// llc is IEEE 802.2.
func (f *frame) llc(s span) {
	f.add(protoLLC, s)
	b := f.bytes(s)
	switch {
	case len(b) >= 8 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 3:
		f.snap(uint32(b[3])<<16|uint32(b[4])<<8|uint32(b[5]), binary.BigEndian.Uint16(b[6:]), s.from(8))
	case len(b) >= 3 && b[0] == 6 && b[1] == 6 && b[2] == 3:
		f.ipv4(s.from(3))
	case len(b) >= 3 && b[0] == 0x42 && b[2] == 3:
		f.add(protoSTP, s)
	case len(b) >= 3 && b[0] == 0xe0 && b[2] == 3:
		f.add(protoIPX, s)
	case len(b) >= 4 && b[0] == 0xfe && b[2] == 3:
		f.osi(s.from(3))
	}
}

// snap looks at what the number of an organization and its type lead to.
func (f *frame) snap(organization uint32, t uint16, s span) {
	const encapsulated, cisco8021h, cisco, apple = 0, 0xf8, 0xc, 0x80007
	switch {
	case organization == encapsulated, organization == cisco8021h, organization == apple:
		f.etherType(t, s)
	case organization != cisco:
		f.rest(s)
	case t == 0x2000:
		f.add(protoCDP, s)
	case t == 0x2003:
		f.add(protoVTP, s)
	case t == 0x2004:
		f.add(protoDTP, s)
	case t == 0x111:
		f.add(protoUDLD, s)
	case t == 0x10b:
		f.add(protoSTP, s)
	default:
		f.rest(s)
	}
}

func (f *frame) mpls(s span) {
	for ; s.len() >= 4 && !f.full(); s = s.from(4) {
		f.add(protoMPLS, s)
		if f.data[s.at+2]&1 != 0 {
			f.byVersion(s.from(4))
			return
		}
	}
}

func (f *frame) ppp(s span) {
	b := f.bytes(s)
	if len(b) < 2 {
		return
	}
	protocol, n := uint16(b[0]), 1
	if b[0]&1 == 0 {
		protocol, n = binary.BigEndian.Uint16(b), 2
	}
	switch protocol {
	case 0x21:
		f.ipv4(s.from(n))
	case 0x57:
		f.ipv6(s.from(n))
	case 0x281, 0x283:
		f.mpls(s.from(n))
	case 0x23:
		f.osi(s.from(n))
	}
}

// wlan is a data frame of IEEE 802.11 that is not encrypted.
func (f *frame) wlan(s span) {
	f.add(protoWLAN, s)
	b := f.bytes(s)
	if len(b) < 24 || b[0]&0x0f != 8 || b[1]&0x40 != 0 || b[0]&0x40 != 0 {
		return
	}
	n := 24
	if b[1]&3 == 3 {
		n += 6
	}
	if b[0]&0x80 != 0 {
		n += 2
		if b[1]&0x80 != 0 {
			n += 4
		}
	}
	if n < len(b) {
		f.llc(s.from(n))
	}
}

func (f *frame) byVersion(s span) {
	if s.len() == 0 {
		return
	}
	switch f.data[s.at] >> 4 {
	case 4:
		f.ipv4(s)
	case 6:
		f.ipv6(s)
	default:
		f.rest(s)
	}
}

func (f *frame) ipv4(s span) {
	b := f.bytes(s)
	l := f.add(protoIPv4, s)
	if len(b) < 20 || b[0]>>4 != 4 {
		l.end = l.at
		return
	}
	ip := header.IPv4(b)
	n, total := ip.HeaderLength(), ip.TotalLength()
	if total == 0 {
		total = s.long()
	}
	if n < 20 {
		return
	}
	whole := s.limit(n).end
	s = s.limitQuoted(total, f.quoted)
	l.end, l.wire = max(s.end, whole), max(s.wire, whole)
	if n > s.len() || total < n {
		return
	}
	if ip.FragmentOffset() != 0 {
		f.rest(s.from(n))
		return
	}
	f.cut = f.cut || b[6]&0x20 != 0 && s.end == s.wire
	f.protocol(ip.Protocol(), s.from(n))
}

// limitQuoted is limit; of a quoted packet only a part is there, though the frame is
// whole.
func (s span) limitQuoted(n int, quoted bool) span {
	if quoted {
		return span{s.at, int32(min(int(s.end), int(s.at)+n)), s.at + int32(n)}
	}
	return s.limit(n)
}

func (f *frame) ipv6(s span) {
	b := f.bytes(s)
	l := f.add(protoIPv6, s)
	if len(b) < 40 || b[0]>>4 != 6 {
		l.end = l.at
		return
	}
	ip := header.IPv6(b)
	total := 40 + ip.PayloadLength()
	if total == 40 {
		total = max(s.long(), 40)
	}
	s = s.limitQuoted(total, f.quoted)
	l.end, l.wire = s.end, s.wire
	next, s := ip.NextHeader(), s.from(40)
	for header.IsExtension(next) && !f.full() {
		h := f.bytes(s)
		p := extension(next)
		if p == protoNone {
			break
		}
		if f.add(p, s); len(h) < 8 {
			return
		}
		size := 8 + 8*int(h[1])
		switch p {
		case protoFragment:
			size = 8
			if binary.BigEndian.Uint16(h[2:])>>3 != 0 {
				f.rest(s.from(8))
				return
			}
			f.cut = f.cut || h[3]&1 != 0 && s.end == s.wire
		case protoAH:
			size = 8 + 4*int(h[1])
		}
		if size > len(h) {
			return
		}
		next, s = h[0], s.from(size)
	}
	f.protocol(next, s)
}

func extension(next uint8) proto {
	switch next {
	case 0:
		return protoHopByHop
	case 43:
		return protoRouting
	case 44:
		return protoFragment
	case 51:
		return protoAH
	case 60:
		return protoDestination
	}
	return protoNone
}

// protocol looks at what a protocol number of IP leads to.
func (f *frame) protocol(number uint8, s span) {
	if f.full() {
		return
	}
	switch number {
	case header.ProtocolTCP:
		f.add(protoTCP, s)
	case header.ProtocolUDP:
		f.add(protoUDP, s)
		f.udp(s)
	case header.ProtocolICMP:
		f.icmp(protoICMP, s)
	case header.ProtocolICMPv6:
		f.icmp(protoICMPv6, s)
	case 4:
		f.ipv4(s)
	case 41:
		f.ipv6(s)
	case 47:
		f.gre(s)
	case 103:
		f.pim(s)
	case 2:
		f.add(protoIGMP, s)
		f.add(protoIGMP, s)
	case 50:
		f.add(protoESP, s)
	case 51:
		b := f.bytes(s)
		if f.add(protoAH, s); len(b) >= 8 && 8+4*int(b[1]) <= len(b) {
			f.protocol(b[0], s.from(8+4*int(b[1])))
		}
	default:
		if p := byNumber().ip[number]; p != protoNone {
			f.add(p, s)
		} else {
			f.rest(s)
		}
	}
}

// icmp looks into the packet that an error is about.
func (f *frame) icmp(p proto, s span) {
	f.add(p, s)
	b := f.bytes(s)
	if len(b) < 8 || f.quoted {
		return
	}
	isError := p == protoICMPv6 && b[0] < 128
	if p == protoICMP {
		switch b[0] {
		case 3, 4, 5, 11, 12:
			isError = true
		}
	}
	switch {
	case isError:
		f.quoted = true
		f.byVersion(s.from(8))
	case p == protoICMP && (b[0] == 8 || b[0] == 0), p == protoICMPv6 && (b[0] == 128 || b[0] == 129):
		f.rest(s.from(8))
	}
}

// pim is RFC 7761: a register message has a packet in it.
func (f *frame) pim(s span) {
	f.add(protoPIM, s)
	if b := f.bytes(s); len(b) > 8 && b[0] == 0x21 {
		f.byVersion(s.from(8))
	}
}

// gre is RFC 2784, 2890 and 2637.
func (f *frame) gre(s span) {
	f.add(protoGRE, s)
	b := f.bytes(s)
	if len(b) < 4 {
		return
	}
	flags, t, n := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), 4
	for _, optional := range [...]uint16{0x8000, 0x2000, 0x1000} {
		if flags&optional != 0 {
			n += 4
		}
	}
	if flags&7 == 1 && flags&0x80 != 0 {
		n += 4
	}
	if n > len(b) || flags&0x4000 != 0 {
		return
	}
	s = s.from(n)
	switch t {
	case 0x88be:
		if flags&0x1000 != 0 && len(b) >= n+8 {
			f.add(protoERSPAN, s)
			s = s.from(8)
		}
		f.ethernet(s)
	case 0x22eb:
		size := 12
		if len(b) < n+size {
			return
		}
		if b[n+11]&1 != 0 {
			size += 8
		}
		if f.add(protoERSPAN, s); len(b) >= n+size {
			f.ethernet(s.from(size))
		}
	case 0x880b:
		f.add(protoPPP, s)
		if p := f.bytes(s); len(p) >= 2 && p[0] == 0xff && p[1] == 3 {
			s = s.from(2)
		}
		f.ppp(s)
	default:
		f.etherType(t, s)
	}
}

// udp looks into tunnels.
func (f *frame) udp(s span) {
	if s.len() < 8 || f.quoted || f.cut {
		return
	}
	b := f.bytes(s)
	dst := binary.BigEndian.Uint16(b[2:])
	s, b = s.from(8), b[8:]
	switch dst {
	case 4789, 8472:
		if len(b) >= 8 && b[0]&8 != 0 {
			f.add(protoVXLAN, s)
			f.ethernet(s.from(8))
		}
	case 6081:
		if len(b) >= 8 && b[0]>>6 == 0 && 8+4*int(b[0]&0x3f) <= len(b) {
			f.add(protoGENEVE, s)
			f.etherType(binary.BigEndian.Uint16(b[2:]), s.from(8+4*int(b[0]&0x3f)))
		}
	case 2152:
		f.gtp(s, b)
	case 6635:
		f.mpls(s)
	}
}

// gtp is a G-PDU of version 1.
func (f *frame) gtp(s span, b []byte) {
	f.add(protoGTP, s)
	if len(b) < 8 || b[0]>>4 != 3 || b[1] != 255 {
		return
	}
	n := 8
	if b[0]&7 != 0 {
		n = 12
	}
	if n > len(b) {
		return
	}
	if b[0]&4 != 0 {
		for next := b[11]; next != 0; next = b[n-1] {
			if n >= len(b) || b[n] == 0 || n+4*int(b[n]) > len(b) {
				return
			}
			n += 4 * int(b[n])
		}
	}
	f.byVersion(s.from(n))
}
