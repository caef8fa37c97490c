// ip6_routing.go: IPv6 routing headers: source route (RFC 5095 deprecates it),
// mobility (RFC 6275 section 6.4) and segment routing (RFC 8754).

package printer

import "github.com/tapdump/tapdump/versions"

var ip6SegmentTLVs = versions.Since(versions.V5_0, "IPv6", "in a segment routing header all is segments: `(invalid length 5)`", "TLVs stand behind the last segment: `TLV-type=PadN(4), TLV-len=2`")

const (
	ip6RoutingSource   = 0
	ip6RoutingMobile   = 2
	ip6RoutingSegments = 4
)

// ip6Routing prints a routing header and returns its length or -1.
func (p *Printer) ip6Routing(b []byte) int {
	p.proto = "rt6"
	p.str("RT6")
	units := u8(b, 1)
	p.printf(" (len=%d", units)
	kind := u8(b, 2)
	p.printf(", type=%d", kind)
	if kind == ip6RoutingSource {
		p.str(" [Deprecated]")
	}
	p.printf(", segleft=%d", u8(b, 3))
	badLength := " [length %d]"
	switch kind {
	case ip6RoutingSource, ip6RoutingMobile:
		if reserved := u32(b, 4); reserved != 0 || p.vflag > 0 {
			p.printf(", rsv=0x%x", reserved)
		}
	case ip6RoutingSegments:
		p.printf(", last-entry=%d", u8(b, 4))
		if flags := u8(b, 5); flags != 0 || p.vflag > 0 {
			p.printf(", flags=0x%x", flags)
		}
		p.printf(", tag=%x", u16(b, 6))
		if p.follows(ip6SegmentTLVs) {
			return p.ip6Segments(b, int(units))
		}
		badLength = " (invalid length %d)"
	default:
		p.str(" (unknown type)")
		p.invalid()
		return -1
	}
	if units&1 != 0 {
		p.printf(badLength, uint32(units))
		p.invalid()
		return -1
	}
	for i := 0; i < int(units/2); i++ {
		p.printf(", [%d]%s", i, ip6At(b, 8+16*i))
	}
	p.str(") ")
	return (int(units) + 1) * 8
}

// TLVs of a segment routing header (RFC 8754 section 2.1).
const (
	ip6RoutingPad1 = 0
	ip6RoutingPadN = 4
	ip6RoutingHMAC = 5
)

var ip6RoutingTLVNames = []tok{
	{ip6RoutingPad1, "Pad1"},
	{ip6RoutingPadN, "PadN"},
	{ip6RoutingHMAC, "HMAC"},
}

// ip6Segments prints the segments and the TLVs of a header of units of eight bytes
// behind the first, and returns its length or -1.
func (p *Printer) ip6Segments(b []byte, units int) int {
	i, segments := 8, int(u8(b, 4))+1
	for n := range segments {
		p.printf(", [%d]%s", n, ip6At(b, i))
		i += 16
	}
	if left := (units - 2*segments) * 8; left > 0 && !p.ip6RoutingTLVs(b[i:], left) {
		p.invalid()
		return -1
	}
	p.str(") ")
	return (units + 1) * 8
}

// ip6RoutingTLVs prints the TLVs in left bytes and reports whether they fit.
func (p *Printer) ip6RoutingTLVs(b []byte, left int) bool {
	for left > 0 {
		kind := u8(b, 0)
		p.printf(", TLV-type=%s(%d)", tokStr(ip6RoutingTLVNames, "Unknown", kind), kind)
		b, left = b[1:], left-1
		if left == 0 || kind == ip6RoutingPad1 {
			continue
		}
		n := int(u8(b, 0))
		p.printf(", TLV-len=%d", n)
		b, left = b[1:], left-1
		used := n
		ok := false
		switch kind {
		case ip6RoutingPadN:
			ok = p.ip6RoutingPadN(b, n, left)
		case ip6RoutingHMAC:
			used += 6
			ok = p.ip6RoutingHMAC(b, n, left)
		default:
			p.ip6RoutingLabel(", TLV-value=0x")
			if ok = p.ip6RoutingFits(left, n); ok {
				p.ip6RoutingHex(b, n)
			}
		}
		if !ok {
			return false
		}
		b, left = b[used:], left-used
	}
	return true
}

// ip6RoutingFits reports whether n bytes are left; if not, it says so.
func (p *Printer) ip6RoutingFits(left, n int) bool {
	if left >= n {
		return true
	}
	p.wrong("remaining length", left, "<", n)
	return false
}

// ip6RoutingPadN prints what is wrong with padding of n bytes.
func (p *Printer) ip6RoutingPadN(b []byte, n, left int) bool {
	const most = 5
	if n > most {
		p.wrong("PadN length", n, ">", most)
		return false
	}
	if !p.ip6RoutingFits(left, n) {
		return false
	}
	need(b, 0, n)
	return true
}

// ip6RoutingHMAC prints a TLV whose hash has n bytes.
func (p *Printer) ip6RoutingHMAC(b []byte, n, left int) bool {
	if !p.ip6RoutingFits(left, 6) {
		return false
	}
	flags := u16(b, 0)
	if p.vflag > 0 {
		p.printf(", D=%d", flags>>15)
		if reserved := flags & 0x7fff; reserved != 0 {
			p.printf(", reserved MBZ %d", reserved)
		}
	}
	key := u32(b, 2)
	if p.vflag > 0 {
		p.printf(", HMAC-key-ID=0x%02x", key)
	}
	p.ip6RoutingLabel(", HMAC=0x")
	left -= 6
	b = b[6:]
	p.ip6RoutingHex(b, min(n, left))
	if n > left {
		u8(b, left)
		return p.ip6RoutingFits(0, 1)
	}
	return true
}

// ip6RoutingLabel prints the label of what -v alone shows.
func (p *Printer) ip6RoutingLabel(label string) {
	if p.vflag > 0 {
		p.str(label)
	}
}

// ip6RoutingHex reads n bytes, and prints them with -v.
func (p *Printer) ip6RoutingHex(b []byte, n int) {
	for i := range n {
		c := u8(b, i)
		if p.vflag > 0 {
			p.hex(uint64(c), 2)
		}
	}
}
