// ip6_options.go: IPv6 hop-by-hop and destination options (RFC 8200 sections
// 4.3 and 4.6, jumbo payload RFC 2675, home address RFC 6275).

package printer

const (
	ip6OptPad1        = 0x00
	ip6OptPadN        = 0x01
	ip6OptRouterAlert = 0x05
	ip6OptJumbo       = 0xc2
	ip6OptHomeAddress = 0xc9
)

// ip6JumboMin is the smallest payload of a jumbogram.
const ip6JumboMin = 65536

// ip6HopByHopOptions prints the options at b and returns their length or -1.
func (p *Printer) ip6HopByHopOptions(b []byte, pkt *ip6Packet) int {
	p.proto = "hbh"
	n := (int(u8(b, 1)) + 1) * 8
	need(b, 0, n)
	p.str("HBH ")
	if !p.ip6Options(b[2:], n-2, pkt) {
		p.invalid()
		return -1
	}
	return n
}

// ip6DestinationOptions prints the options at b and returns their length or
// -1.
func (p *Printer) ip6DestinationOptions(b []byte) int {
	p.proto = "dstopt"
	n := (int(u8(b, 1)) + 1) * 8
	need(b, 0, n)
	p.str("DSTOPT ")
	if p.vflag > 0 && !p.ip6Options(b[2:], n-2, nil) {
		p.invalid()
		return -1
	}
	return n
}

// ip6OptionLen returns the length of the option at b[i] of b[:length] with its
// head and reports whether the option fits; if not, it complains.
func (p *Printer) ip6OptionLen(b []byte, i, length int) (int, bool) {
	n := 1
	if u8(b, i) != ip6OptPad1 {
		if !p.ip6Fits("", length-i, 2) {
			return 0, false
		}
		n = int(u8(b, i+1)) + 2
	}
	if !p.ip6Fits("", length-i, n) {
		return 0, false
	}
	need(b, i, n)
	return n, true
}

func (p *Printer) ip6Fits(option string, left, n int) bool {
	if left < n {
		p.printf(" [%sremaining length %d < %d]", option, left, n)
		return false
	}
	return true
}

// ip6Options prints the options in b[:length]; pkt is the packet of hop-by-hop
// options, nil for those of the destination. It reports whether they are well
// formed.
func (p *Printer) ip6Options(b []byte, length int, pkt *ip6Packet) bool {
	jumbo := false
	for i := 0; i < length; {
		n, ok := p.ip6OptionLen(b, i, length)
		if !ok {
			return false
		}
		option := b[i : i+n]
		switch option[0] {
		case ip6OptPad1:
			p.ip6Verbose("(pad1)")
		case ip6OptPadN:
			p.ip6Verbose("(padn)")
		case ip6OptRouterAlert:
			if !p.ip6OptionSize("(rtalert) ", length-i, n, 4) {
				return false
			}
			if p.vflag > 0 {
				p.printf("(rtalert: 0x%04x) ", u16(option, 2))
			}
		case ip6OptJumbo:
			if !p.ip6OptionSize("(jumbo) ", length-i, n, 6) {
				return false
			}
			p.ip6Jumbo(u32(option, 2), jumbo, pkt)
			jumbo = true
		case ip6OptHomeAddress:
			if !p.ip6HomeAddress(option, length-i) {
				return false
			}
		default:
			if p.vflag > 0 {
				p.printf("(unknown opt-type 0x%02x len=%d)", option[0], n-2)
			}
		}
		i += n
	}
	p.ip6Verbose(" ")
	return true
}

func (p *Printer) ip6Verbose(s string) {
	if p.vflag > 0 {
		p.str(s)
	}
}

// ip6OptionSize checks an option of n bytes that must have want, head
// included.
func (p *Printer) ip6OptionSize(option string, left, n, want int) bool {
	if !p.ip6Fits(option, left, want) {
		return false
	}
	if n != want {
		p.printf(" [%slength %d != %d]", option, n-2, want-2)
		return false
	}
	return true
}

// ip6Jumbo takes a jumbo payload option into account when it is valid.
func (p *Printer) ip6Jumbo(payload uint32, seen bool, pkt *ip6Packet) {
	why := ""
	switch {
	case seen:
		why = " - already seen"
	case pkt == nil:
		why = " - not a hop-by-hop option"
	case pkt.payload != 0:
		why = " - payload len != 0"
	case payload < ip6JumboMin:
		why = " - < 65536"
	default:
		pkt.jumbo, pkt.payload = true, payload
	}
	if p.vflag > 0 {
		p.printf("(jumbo: %d%s) ", payload, why)
	}
}

// ip6HomeAddress prints a home address option with its suboptions.
func (p *Printer) ip6HomeAddress(option []byte, left int) bool {
	const size = 18
	if !p.ip6Fits("(homeaddr) ", left, size) {
		return false
	}
	if len(option) < size {
		p.wrong("(homeaddr) length", len(option)-2, "<", size-2)
		return false
	}
	if p.vflag == 0 {
		return true
	}
	p.printf("(homeaddr: %s", ip6At(option, 2))
	for i := size; i < len(option); {
		n, ok := p.ip6OptionLen(option, i, len(option))
		if !ok {
			return false
		}
		switch kind := option[i]; kind {
		case ip6OptPad1:
			p.str(", pad1")
		case ip6OptPadN:
			p.str(", padn")
		default:
			p.printf(", unknown subopt-type 0x%02x len=%d", kind, n-2)
		}
		i += n
	}
	p.char(')')
	return true
}
