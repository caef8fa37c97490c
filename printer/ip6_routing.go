// ip6_routing.go: IPv6 routing headers: source route (RFC 5095 deprecates it),
// mobility (RFC 6275 section 6.4) and segment routing (RFC 8754).

package printer

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
		badLength = " (invalid length %d)"
	default:
		p.str(" (unknown type)")
		p.invalid()
		return -1
	}
	if units&1 != 0 {
		p.formatOne(badLength, uint32(units))
		p.invalid()
		return -1
	}
	for i := 0; i < int(units/2); i++ {
		p.printf(", [%d]%s", i, ip6At(b, 8+16*i))
	}
	p.str(") ")
	return (int(units) + 1) * 8
}
