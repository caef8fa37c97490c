// tcp.go: Transmission Control Protocol (RFC 9293).

package printer

import (
	"slices"

	"github.com/tapdump/tapdump/versions"
)

var (
	tcpAccECN = versions.Since(versions.V4_99, "TCP", "the bit before CWR is not shown", "it is `e`, AE of Accurate ECN: `Flags [SEWe]`")
	tcpBroken = versions.Since(versions.V5_0, "TCP", "`[bad hdr length 16 - too short, < 20]`", "`[bad hdr length 16 - too short, < 20] (invalid)`, also of a header that is cut")
	tcpCut    = versions.Since(versions.V5_0, "TCP", "options that are cut: `options [mss [\\|tcp]>`", "`options [mss [\\|tcp]`")
	tcpReason = versions.Since(versions.V5_0, "TCP", "the data of a reset is text, `[!RST` where it is cut",
		"`[RST: code 4, pen 0]`, with `-vv` `[RST: ABORT process]`, for a diagnostic payload, and `[\\|tcp]` where it is cut")
)

const (
	tcpHeaderLen = 20
	tcpRSTShown  = 30 // bytes of a reset's data
)

// Control bits (RFC 9293 section 3.1).
const (
	tcpFIN = 0x01
	tcpSYN = 0x02
	tcpRST = 0x04
	tcpPSH = 0x08
	tcpACK = 0x10
	tcpURG = 0x20
	tcpAE  = 0x01 // in the byte before (draft-ietf-tcpm-accurate-ecn section 3.1)
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
		p.truncSince(ipCutEnds)
		return
	}
	sport, dport := u16(b, 0), u16(b, 2)
	p.tcpEndpoints(sport, dport, ip)
	if len(b) < tcpHeaderLen {
		p.tcpHeaderCut(b, length)
		return
	}
	s := tcpSegment{b: b, hlen: int(b[12]>>4) * 4, flags: b[13], seq: u32(b, 4), ack: u32(b, 8)}
	s.length = length - s.hlen
	if s.hlen < tcpHeaderLen {
		p.tcpTooShort(s.hlen, s.length)
		return
	}
	if p.qflag > 0 {
		p.markProtocol()
		p.str("tcp ")
		p.uint(uint64(uint32(s.length)))
		if s.length < 0 {
			p.tcpTooLong(&s)
		}
		return
	}
	p.tcpFlags(s.flags, b[12]&tcpAE != 0 && p.follows(tcpAccECN))
	if s.flags&tcpACK != 0 && !p.Sflag {
		p.tcpRelative(&s, sport, dport, &ip)
	}
	if s.length < 0 {
		p.tcpTooLong(&s)
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
	p.markFlow(sport, dport, ip)
	if !ip.carries(protoTCP) {
		p.tcpPort(sport)
		p.str(" > ")
		p.tcpPort(dport)
		p.str(": ")
		p.endFlow()
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
	p.endFlow()
}

// tcpHeaderCut ends a segment whose header was not captured whole.
func (p *Printer) tcpHeaderCut(b []byte, length int) {
	if !p.follows(tcpBroken) {
		p.truncMark()
		return
	}
	hlen := int(u8(b, 12)>>4) * 4
	if hlen >= tcpHeaderLen {
		trunc()
	}
	p.tcpTooShort(hlen, length-hlen)
}

// tcpTooShort complains about the length of a header; length is that of the data.
func (p *Printer) tcpTooShort(hlen, length int) {
	start := len(p.out)
	p.printf(" tcp %d [bad hdr length %d - too short, < %d]", uint32(length), hlen, tcpHeaderLen)
	p.mark(PartWrong, start)
	p.tcpInvalid()
}

// tcpInvalid marks a segment whose length of the header is wrong.
func (p *Printer) tcpInvalid() {
	if p.follows(tcpBroken) {
		p.invalid()
	}
}

// tcpTooLong complains about a header that is longer than the segment.
func (p *Printer) tcpTooLong(s *tcpSegment) {
	start := len(p.out)
	p.printf(" [bad hdr length %d - too long, > %d]", s.hlen, s.length+s.hlen)
	p.mark(PartWrong, start)
	p.tcpInvalid()
}

// tcpFlags prints the control bits, those of flags and AE in front of them.
func (p *Printer) tcpFlags(flags uint8, ae bool) {
	p.str("Flags [")
	start, shown := len(p.out), &tcpFlagTexts[flags]
	if n := int(shown.size); flags != 0 || !ae {
		p.out = slices.Grow(p.out, len(shown.text))[:start+len(shown.text)]
		*(*[len(shown.text)]byte)(p.out[start:]) = shown.text
		p.out = p.out[:start+n]
	}
	if ae {
		p.char('e')
	}
	p.mark(tcpFlagsPart(flags), start)
	p.char(']')
}

// tcpFlagText is what is shown of control bits.
type tcpFlagText struct {
	text [len(tcpFlagLetters)]byte
	size uint64
}

var tcpFlagTexts = tcpMakeFlagTexts()

func tcpMakeFlagTexts() (t [256]tcpFlagText) {
	for flags := range t {
		text := t[flags].text[:0]
		if flags == 0 {
			text = append(text, "none"...)
		}
		for i := range len(tcpFlagLetters) {
			if flags>>i&1 != 0 {
				text = append(text, tcpFlagLetters[i])
			}
		}
		t[flags].size = uint64(len(text))
	}
	return t
}

// tcpFlagsPart is what the control bits are for a reader: what ends a connection
// comes first.
func tcpFlagsPart(flags uint8) Part {
	switch {
	case flags&tcpRST != 0:
		return PartRST
	case flags&tcpFIN != 0:
		return PartFIN
	case flags&tcpSYN != 0:
		return PartSYN
	case flags&tcpPSH != 0:
		return PartPush
	}
	return PartACK
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
func (p *Printer) tcpRelative(s *tcpSegment, sport, dport uint16, ip *ipHeader) {
	seen := tcpSeen{syn: s.flags&tcpSYN != 0, seq: s.seq, ack: s.ack}
	seen.side = seen.flow.of(sport, dport, ip)
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
	start := len(p.out)
	p.str(" (incorrect -> 0x")
	p.hex(uint64(checksumShould(is, sum)), 4)
	p.char(')')
	p.mark(PartWrong, start)
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
	if p.follows(tcpReason) {
		p.tcpResetReason(b, length)
		return
	}
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

// tcpResetMagic begins a diagnostic payload, whose length is tcpResetReasonLen.
const (
	tcpResetMagic     = 0x33aa
	tcpResetReasonLen = 8
)

// tcpResetReasons are what a code says whose enterprise number is zero
// (draft-ietf-tcpm-rst-diagnostic-payload section 4).
var tcpResetReasons = []string{
	"Reserved", "Illegal option length", "Desynchronized state", "New data is received after CLOSE is called",
	"ABORT process", "Unexpected ACK received by non-synchronized state connection", "Unexpected SYN in the window",
	"Unexpected security compartment", "Malformed message", "Not authorized", "Resource exceeded", "Network failure",
	"Reset received from the peer", "Destination unreachable", "Connection timeout", "Too much outstanding data",
	"Unacceptable performance", "Middlebox interference",
}

// tcpResetReason prints the data of a reset: a diagnostic payload, or text.
func (p *Printer) tcpResetReason(b []byte, length int) {
	p.str(" [RST")
	if length > tcpRSTShown {
		p.char('+')
	}
	if length == tcpResetReasonLen && u16(b, 0) == tcpResetMagic {
		p.str(": ")
		code, enterprise := u16(b, 2), u32(b, 4)
		what := ""
		if p.vflag > 1 && enterprise == 0 {
			what = strName(tcpResetReasons, code)
		}
		if what != "" {
			p.str(what)
		} else {
			p.printf("code %d, pen %d", code, enterprise)
		}
	} else {
		p.char(' ')
		p.safeN(b, min(length, tcpRSTShown))
	}
	p.char(']')
	need(b, 0, length)
}
