// ripng.go: RIPng for IPv6 (RFC 2080).

package printer

const (
	ripngHeaderLen = 4
	ripngRouteLen  = 20
	ripngInfinity  = 16
)

// ripng prints a request or response with its route table entries.
func (p *Printer) ripng(b []byte, length int) {
	p.proto = "ripng"
	if version := u8(b, 1); version != 1 {
		p.printf("ripng [version %d, must be 1]", version)
		p.invalid()
		return
	}
	command := u8(b, 0)
	switch command {
	case 1, 2:
	default:
		p.printf(" ripng-%d ?? %d", command, uint32(length))
		p.invalid()
		return
	}
	if length < ripngHeaderLen {
		p.invalid()
		return
	}
	n := (length - ripngHeaderLen) / ripngRouteLen
	rest := (length - ripngHeaderLen) % ripngRouteLen
	word := "req"
	if command == 2 {
		word = "resp"
	} else if n == 1 && ripngAsksForAll(b) {
		p.str(" ripng-req dump")
		return
	}
	p.printf(" ripng-%s %d", word, n)
	if rest != 0 {
		p.printf("[%d]", length)
	}
	p.char(':')
	for i := range n {
		if p.vflag > 1 {
			p.str("\n\t")
		} else {
			p.char(' ')
		}
		p.ripngRoute(at(b, ripngHeaderLen+i*ripngRouteLen), command == 2)
	}
	if rest != 0 {
		p.invalid()
	}
}

// ripngAsksForAll reports whether the only entry asks for the whole table (RFC
// 2080 section 2.4.1).
func ripngAsksForAll(b []byte) bool {
	return u8(b, ripngHeaderLen+19) == ripngInfinity && ip6At(b, ripngHeaderLen) == addr6{}
}

func (p *Printer) ripngRoute(b []byte, showMetric bool) {
	p.printf("%s/%d", ip6At(b, 0), u8(b, 18))
	if tag := u16(b, 16); tag != 0 {
		p.printf(" [%d]", tag)
	}
	if metric := u8(b, 19); metric != 0 && showMetric {
		p.printf(" (%d)", metric)
	}
}
