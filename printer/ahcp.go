// ahcp.go: Ad-Hoc Configuration Protocol (draft-chroboczek-ahcp-00).

package printer

import "time"

const (
	ahcpMagic     = 43
	ahcpHeaderLen = 24
	ahcpBodyMin   = 4
)

var ahcpMessages = []tok{{0, "Discover"}, {1, "Offer"}, {2, "Request"}, {3, "Ack"}, {4, "Nack"}, {5, "Release"}}

const (
	ahcpPad               = 0
	ahcpMandatory         = 1
	ahcpOriginTime        = 2
	ahcpExpires           = 3
	ahcpMyIPv6            = 4
	ahcpMyIPv4            = 5
	ahcpIPv6Prefix        = 6
	ahcpIPv4Prefix        = 7
	ahcpIPv6Address       = 8
	ahcpIPv4Address       = 9
	ahcpIPv6PrefixDelegat = 10
	ahcpIPv4PrefixDelegat = 11
	ahcpNameServer        = 12
	ahcpNTPServer         = 13
)

var ahcpOptions = []string{
	"Pad", "Mandatory", "Origin Time", "Expires", "My-IPv6-Address", "My-IPv4-Address", "IPv6 Prefix", "IPv4 Prefix",
	"IPv6 Address", "IPv4 Address", "IPv6 Prefix Delegation", "IPv4 Prefix Delegation", "Name Server", "NTP Server",
}

func (p *Printer) ahcp(b []byte, length int) {
	p.proto = "ahcp"
	p.str("AHCP")
	if length < 2 || u8(b, 0) != ahcpMagic {
		p.ahcpInvalid(b, length)
		return
	}
	version := u8(b, 1)
	if version != 1 {
		p.printf(" Version %d (unknown)", version)
		need(b, 2, length-2)
		return
	}
	p.str(" Version 1")
	if length < ahcpHeaderLen {
		p.ahcpInvalid(b[2:], length-2)
		return
	}
	if p.vflag > 0 {
		p.printf("\n\tHopcount %d", u8(b, 2))
		p.printf(", Original Hopcount %d", u8(b, 3))
		p.printf(", Nonce 0x%08x", u32(b, 4))
		p.printf(", Source Id %s", linkAddrAt(linkAddrOther, b, 8, 8))
		p.printf(", Destination Id %s", linkAddrAt(linkAddrOther, b, 16, 8))
	}
	need(b, 0, ahcpHeaderLen)
	p.ahcpBody(b[ahcpHeaderLen:], length-ahcpHeaderLen)
}

// ahcpInvalid ends what cannot be decoded; left counts what remains of it.
func (p *Printer) ahcpInvalid(b []byte, left int) {
	p.invalid()
	need(b, 0, left)
}

func (p *Printer) ahcpBody(b []byte, left int) {
	if left < ahcpBodyMin {
		p.ahcpInvalid(b, left)
		return
	}
	kind, reserved, n := u8(b, 0), u8(b, 1), int(u16(b, 2))
	if p.vflag > 0 {
		p.printf("\n\t%s", tokStr(ahcpMessages, "Unknown-%d", kind))
		if reserved != 0 {
			p.printf(", MBZ %d", reserved)
		}
		p.printf(", Length %d", n)
	}
	b, left = b[ahcpBodyMin:], left-ahcpBodyMin
	switch {
	case n > left:
		p.ahcpInvalid(b, left)
	case p.vflag > 1:
		p.ahcpOptions(b, n)
	default:
		need(b, 0, n)
	}
}

func (p *Printer) ahcpOptions(b []byte, left int) {
	for i := 0; i < left; {
		option := u8(b, i)
		i++
		p.str("\n\t ")
		if s := strName(ahcpOptions, option); s != "" {
			p.str(s)
		} else {
			p.printf("Unknown-%d", option)
		}
		if option == ahcpPad || option == ahcpMandatory {
			continue
		}
		if i == left {
			p.ahcpInvalid(at(b, i), 0)
			return
		}
		n := int(u8(b, i))
		i++
		if n > left-i {
			p.ahcpInvalid(at(b, i), left-i)
			return
		}
		p.ahcpValue(option, at(b, i), n)
		i += n
	}
}

// ahcpValue prints the value of an option, n bytes long.
func (p *Printer) ahcpValue(option uint8, b []byte, n int) {
	switch option {
	case ahcpOriginTime, ahcpExpires:
		if n != 4 {
			p.ahcpInvalid(b, n)
			return
		}
		v := u32(b, 0)
		if option == ahcpExpires {
			p.printf(": %ds", v)
			return
		}
		p.str(": ")
		p.out = time.Unix(int64(v), 0).UTC().AppendFormat(p.out, "2006-01-02 15:04:05 UTC")
	case ahcpMyIPv6, ahcpIPv6Address, ahcpNameServer, ahcpNTPServer:
		p.ahcpList(b, n, 16, false)
	case ahcpMyIPv4, ahcpIPv4Address:
		p.ahcpList(b, n, 4, false)
	case ahcpIPv6Prefix, ahcpIPv6PrefixDelegat:
		p.ahcpList(b, n, 16, true)
	case ahcpIPv4PrefixDelegat:
		p.ahcpList(b, n, 4, true)
	default: // an IPv4 prefix too is only counted
		p.printf(" (Length %d)", n)
		need(b, 0, n)
	}
}

// ahcpList prints addresses of the given size, each maybe with a prefix length.
func (p *Printer) ahcpList(b []byte, left, size int, prefixes bool) {
	n := size
	if prefixes {
		n++
	}
	for i, between := 0, ": "; i < left; i, between = i+n, ", " {
		if left-i < n {
			p.ahcpInvalid(at(b, i), left-i)
			return
		}
		need(b, i, n)
		p.str(between)
		if size == 4 {
			p.appendAddr4(ip4At(b, i))
		} else {
			p.appendAddr6(ip6At(b, i))
		}
		if prefixes {
			p.printf("/%d", b[i+size])
		}
	}
}
