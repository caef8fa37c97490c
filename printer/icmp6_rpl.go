// icmp6_rpl.go: IPv6 Routing Protocol for Low-Power and Lossy Networks (RFC 6550
// section 6).

package printer

import "github.com/tapdump/tapdump/versions"

var icmp6RPLShort = versions.Since(versions.V5_0, "ICMPv6", "in RPL `[\\|length too short]`, `[\\|dao-length too short]`", "`[length 3 < 4] (invalid)`")

// Codes of messages; secured ones have the top bit.
const (
	icmp6Solicitation   = 0
	icmp6Information    = 1
	icmp6Destination    = 2
	icmp6DestinationAck = 3
	icmp6Secured        = 0x80
)

var icmp6RPLCodes = []tok{
	{icmp6Solicitation, "DODAG Information Solicitation"},
	{icmp6Information, "DODAG Information Object"},
	{icmp6Destination, "Destination Advertisement Object"},
	{icmp6DestinationAck, "Destination Advertisement Object Ack"},
}

// icmp6RPLModes are the modes of operation (RFC 6550 section 20.3).
var icmp6RPLModes = []tok{
	{0, "nonstoring"},
	{1, "storing"},
	{2, "nonstoring-multicast"},
	{3, "storing-multicast"},
}

const icmp6RPLPad1 = 0

var icmp6RPLOptions = []tok{
	{icmp6RPLPad1, "pad1"},
	{1, "padN"},
	{2, "metrics"},
	{3, "routinginfo"},
	{4, "config"},
	{5, "rpltarget"},
	{6, "transitinfo"},
	{8, "destprefix"},
	{9, "rpltargetdesc"},
}

const (
	icmp6DODAGLen       = 16 // of the identifier, an address
	icmp6InformationLen = 24
	icmp6DestinationLen = 4 // without the identifier
)

// icmp6RPL prints a message from behind the checksum on.
func (p *Printer) icmp6RPL(b []byte, length uint32, code uint8) {
	if code&icmp6Secured != 0 {
		p.str(", (SEC) [worktodo]")
		return
	}
	p.printf(", (CLR)%s", tokStr(icmp6RPLCodes, "RPL message, unknown code %d", code))
	if p.vflag == 0 {
		return
	}
	switch code {
	case icmp6Information:
		p.icmp6Information(b, length)
	case icmp6Destination:
		p.icmp6Destination(b, length)
	case icmp6DestinationAck:
		p.icmp6DestinationAck(b, length)
	}
}

func (p *Printer) icmp6Information(b []byte, length uint32) {
	if p.lacks("length", int(length), icmp6InformationLen) {
		return
	}
	dodag, mode := ip6At(b, 8), u8(b, 4)
	grounded := ""
	if mode&0x80 != 0 {
		grounded = "grounded,"
	}
	p.printf(" [dagid:%s,seq:%d,instance:%d,rank:%d,%smop:%s,prf:%d]", dodag, b[5], b[0], u16(b, 2),
		grounded, tokStr(icmp6RPLModes, "mop%d", mode>>3&7), mode&7)
	p.icmp6RPLOptions(b[icmp6InformationLen:], length-icmp6InformationLen)
}

func (p *Printer) icmp6Destination(b []byte, length uint32) {
	if p.follows(icmp6RPLShort) {
		if !p.icmp6DODAGFits(b, length, 0x40) {
			return
		}
	} else if !has(b, 0, icmp6DestinationLen+icmp6DODAGLen) {
		p.truncMark()
		return
	}
	flags := b[1]
	if length < icmp6DestinationLen || flags&0x40 != 0 && length < icmp6DestinationLen+icmp6DODAGLen {
		p.str(" [|length too short]")
		return
	}
	n := p.icmp6DODAG(b, flags&0x40 != 0)
	p.printf(",seq:%d,instance:%d", b[3], b[0])
	if flags&0x80 != 0 {
		p.str(",acK")
	}
	if flags&0x40 != 0 {
		p.str(",Dagid")
	}
	p.printf(",flags:%02x]", flags)
	p.icmp6RPLOptions(b[n:], length-uint32(n))
}

func (p *Printer) icmp6DestinationAck(b []byte, length uint32) {
	if p.follows(icmp6RPLShort) && !p.icmp6DODAGFits(b, length, 0x80) {
		return
	}
	if !has(b, 0, icmp6DestinationLen) {
		p.truncMark()
		return
	}
	if length < icmp6DestinationLen {
		p.str(" [|dao-length too short]")
		return
	}
	identified := b[1]&0x80 != 0
	if identified {
		if !has(b, icmp6DestinationLen, icmp6DODAGLen) {
			p.truncMark()
			return
		}
		if length < icmp6DestinationLen+icmp6DODAGLen {
			p.str(" [|dao-length too short]")
			return
		}
	}
	n := p.icmp6DODAG(b, identified)
	p.printf(",seq:%d,instance:%d,status:%d]", b[2], b[0], b[3])
	p.icmp6RPLOptions(b[n:], length-uint32(n))
}

// icmp6DODAGFits reports whether a message of length bytes has room for the first
// four bytes and for the identifier, if the flag says that there is one; if not, it
// complains. They have to be captured.
func (p *Printer) icmp6DODAGFits(b []byte, length uint32, flag uint8) bool {
	least := uint32(icmp6DestinationLen)
	if length >= least {
		if u8(b, 1)&flag == 0 {
			need(b, 0, icmp6DestinationLen)
			return true
		}
		length, least = length-least, icmp6DODAGLen
	}
	if p.lacks("length", int(length), int(least)) {
		return false
	}
	need(b, icmp6DestinationLen, icmp6DODAGLen)
	return true
}

// icmp6DODAG prints the identifier behind the first four bytes, if there is
// one, and returns where it ends.
func (p *Printer) icmp6DODAG(b []byte, identified bool) int {
	p.str(" [dagid:")
	if !identified {
		p.str("<elided>")
		return icmp6DestinationLen
	}
	p.appendAddr6(ip6At(b, icmp6DestinationLen))
	return icmp6DestinationLen + icmp6DODAGLen
}

// icmp6RPLOptions prints the options with -vv, and what is in them with more.
func (p *Printer) icmp6RPLOptions(b []byte, length uint32) {
	if p.vflag < 2 {
		return
	}
	for length > 0 {
		kind := u8(b, 0)
		if kind == icmp6RPLPad1 {
			p.str(" opt:pad1")
			b = b[1:]
			length--
			continue
		}
		if length < 2 {
			p.truncMark()
			return
		}
		n := uint32(u8(b, 1)) + 2
		p.printf(" opt:%s len:%d ", tokStr(icmp6RPLOptions, "subopt:%d", kind), n)
		if !has(b, 0, int(n)) || length < n {
			p.truncMark()
			return
		}
		if p.vflag > 2 {
			p.hexDump(" ", b[2:n], int(n-2))
		}
		b = b[n:]
		length -= n
	}
}
