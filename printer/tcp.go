// tcp.go: Transmission Control Protocol (RFC 9293).

package printer

const (
	tcpHeaderLen = 20
	tcpRSTShown  = 30 // bytes of a reset's data
)

// Control bits (RFC 9293 section 3.1).
const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpACK = 0x10
	tcpURG = 0x20
)

// tcpFlagLetters name the control bits from the lowest on: FIN, SYN, RST, PSH,
// ACK, URG, ECE, CWR.
const tcpFlagLetters = "FSRP.UEW"

// tcpSegment is what the header says, and what the options need of it.
type tcpSegment struct {
	b        []byte // from the header's first byte on
	hlen     int    // of the header with its options
	length   int    // of the data
	flags    uint8
	seq, ack uint32
	bases    [3]uint32 // what is shown relative to what, by tcpNumberKind
	deferred int       // in parallel printing: the segment whose bases are still to come
}

func (p *Printer) tcp(b []byte, length int, ip ipHeader) {
	p.proto = "tcp"
	length = asInt(uint32(length)) // a broken AH in front leaves less than nothing
	if !has(b, 2, 2) {
		p.ipAddresses(ip)
		p.char(':')
		p.truncMark()
		return
	}
	sport, dport := u16(b, 0), u16(b, 2)
	p.tcpEndpoints(sport, dport, ip)
	if len(b) < tcpHeaderLen {
		p.truncMark()
		return
	}
	s := tcpSegment{b: b, hlen: int(b[12]>>4) * 4, flags: b[13], seq: u32(b, 4), ack: u32(b, 8)}
	s.length = length - s.hlen
	if s.hlen < tcpHeaderLen {
		p.printf(" tcp %d [bad hdr length %d - too short, < %d]", uint32(s.length), s.hlen, tcpHeaderLen)
		return
	}
	if p.qflag > 0 {
		p.str("tcp ")
		p.uint(uint64(uint32(s.length)))
		p.tcpTooLong(&s)
		return
	}
	p.tcpFlags(s.flags)
	if s.flags&tcpACK != 0 && !p.Sflag {
		p.tcpRelative(&s, sport, dport, ip)
	}
	if p.tcpTooLong(&s) {
		return
	}
	if p.vflag > 0 && !p.Kflag && !ip.fragment {
		p.tcpChecksum(b, length, ip)
	}
	p.tcpNumbers(&s)
	options := s.hlen > tcpHeaderLen
	if options && !p.tcpOptions(&s, ip) {
		return
	}
	p.str(", length ")
	p.uint(uint64(s.length))
	if s.length > 0 {
		p.tcpData(&s, sport, dport, options, ip)
	}
}

// tcpEndpoints prints addresses and ports; the addresses only when they have
// not been printed in front of IPv6 extension headers.
func (p *Printer) tcpEndpoints(sport, dport uint16, ip ipHeader) {
	if !ip.carries(protoTCP) {
		p.tcpPort(sport)
		p.str(" > ")
		p.tcpPort(dport)
		p.str(": ")
		return
	}
	p.ipSource(ip)
	p.char('.')
	p.tcpPort(sport)
	p.str(" > ")
	p.ipDestination(ip)
	p.char('.')
	p.tcpPort(dport)
	p.str(": ")
}

// tcpTooLong reports, and prints, that the header is longer than the segment.
func (p *Printer) tcpTooLong(s *tcpSegment) bool {
	if s.length >= 0 {
		return false
	}
	p.printf(" [bad hdr length %d - too long, > %d]", s.hlen, s.length+s.hlen)
	return true
}

func (p *Printer) tcpFlags(flags uint8) {
	out := append(p.out, "Flags ["...)
	if flags == 0 {
		out = append(out, "none"...)
	}
	for i := 0; flags != 0; i++ {
		if flags&1 != 0 {
			out = append(out, tcpFlagLetters[i])
		}
		flags >>= 1
	}
	p.out = append(out, ']')
}

// tcpNumberKind is what a number of a segment is relative to.
type tcpNumberKind uint8

const (
	tcpNumberSeq tcpNumberKind = iota
	tcpNumberAck
	tcpNumberSACK
)

// tcpRelative finds what the segment's numbers are relative to. Printers that
// run in parallel leave that to the collector.
func (p *Printer) tcpRelative(s *tcpSegment, sport, dport uint16, ip ipHeader) {
	seen := tcpSeen{syn: s.flags&tcpSYN != 0, seq: s.seq, ack: s.ack}
	seen.flow, seen.side = tcpFlowOf(sport, dport, ip)
	if p.later != nil {
		s.deferred = p.later.segment(&seen)
		return
	}
	s.bases = p.conv.tcp.see(&seen)
}

// tcpNumber appends a sequence number, as it is to be shown.
func (p *Printer) tcpNumber(s *tcpSegment, v uint32, kind tcpNumberKind) {
	if s.deferred != deferredNone {
		p.later.number(len(p.out), v, s.deferred, kind)
		return
	}
	p.uint(uint64(v - s.bases[kind]))
}

// tcpChecksum prints the checksum, and whether it is right, of a segment that
// was captured whole.
func (p *Printer) tcpChecksum(b []byte, length int, ip ipHeader) {
	if !has(b, 0, length) {
		return
	}
	is, sum := u16(b, 16), p.pseudoChecksum(ip, b, length, length, protoTCP)
	p.str(", cksum 0x")
	p.hex(uint64(is), 4)
	if sum == 0 {
		p.str(" (correct)")
		return
	}
	p.str(" (incorrect -> 0x")
	p.hex(uint64(checksumShould(is, sum)), 4)
	p.char(')')
}

// tcpNumbers prints sequence and acknowledgement number, window and urgent
// pointer.
func (p *Printer) tcpNumbers(s *tcpSegment) {
	if p.vflag > 1 || s.length > 0 || s.flags&(tcpSYN|tcpFIN|tcpRST) != 0 {
		p.str(", seq ")
		p.tcpNumber(s, s.seq, tcpNumberSeq)
		if s.length > 0 {
			p.char(':')
			p.tcpNumber(s, s.seq+uint32(s.length), tcpNumberSeq)
		}
	}
	if s.flags&tcpACK != 0 {
		p.str(", ack ")
		p.tcpNumber(s, s.ack, tcpNumberAck)
	} else if p.vflag > 1 && s.ack != 0 {
		p.printf(", [ack %d != 0 while ACK flag not set]", s.ack)
	}
	p.str(", win ")
	p.uint(uint64(u16(s.b, 14)))
	urgent := u16(s.b, 18)
	if s.flags&tcpURG != 0 {
		p.str(", urg ")
		p.uint(uint64(urgent))
	} else if p.vflag > 1 && urgent != 0 {
		p.printf(", [urg %d != 0 while URG flag not set]", urgent)
	}
}

// tcpData prints what the segment carries: by -T, or by its ports. A reset has
// no protocol, but maybe words of explanation (RFC 9293 section 3.5.2).
func (p *Printer) tcpData(s *tcpSegment, sport, dport uint16, options bool, ip ipHeader) {
	if !has(s.b, 0, s.hlen) {
		p.printf(" [remaining caplen(%d) < header length(%d)]", len(s.b), s.hlen)
		trunc()
	}
	b := s.b[s.hlen:]
	if s.flags&tcpRST != 0 {
		switch {
		case p.vflag > 0:
			p.tcpResetData(b, s.length)
		case !has(b, 0, s.length):
			p.tcpOptionsCut(options)
		}
		return
	}
	switch p.opts.Type {
	case TypeNone:
		p.tcpPorts(sport, dport, b, s.length, ip)
	case TypeZMTP1:
		p.zmtp1(b, s.length)
	case TypeRESP:
		p.resp(b, s.length)
	case TypeDomain:
		p.domain(b, s.length, domainTCP)
	}
}

func (p *Printer) tcpResetData(b []byte, length int) {
	if has(b, 0, length) {
		p.str(" [RST")
	} else {
		p.str(" [!RST")
	}
	if length > tcpRSTShown {
		length = tcpRSTShown
		p.char('+')
	}
	p.char(' ')
	p.safe(limit(b, length))
	p.char(']')
}
