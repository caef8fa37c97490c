// olsr.go: Optimized Link State Routing Protocol (RFC 3626), with the extensions of olsr.org.

package printer

import "github.com/tapdump/tapdump/versions"

var olsrChecks = versions.Since(versions.V5_0, "OLSR", "what is too short has the mark `[\\|olsr]`",
	"`[packet length 3 < 4] (invalid)`, `[message length 3 < 4] (invalid)`, `[name entry length 7 < 8] (invalid)`")

const (
	olsrHello       = 1
	olsrTC          = 2
	olsrMID         = 3
	olsrHNA         = 4
	olsrNameService = 130
	olsrHelloLQ     = 201
	olsrTCLQ        = 202

	olsrHeaderLen = 4
)

var olsrMessages = []tok{
	{olsrHello, "Hello"},
	{olsrTC, "TC"},
	{olsrMID, "MID"},
	{olsrHNA, "HNA"},
	{128, "Powerinfo"},
	{olsrNameService, "Nameservice"},
	{olsrHelloLQ, "Hello-LQ"},
	{olsrTCLQ, "TC-LQ"},
}

var olsrLinks = []tok{{0, "Unspecified"}, {1, "Asymmetric"}, {2, "Symmetric"}, {3, "Lost"}}

var olsrNeighbors = []tok{{0, "Not-Neighbor"}, {1, "Symmetric"}, {2, "Symmetric-MPR"}}

func (p *Printer) olsr(b []byte, length int, ip6 bool) {
	p.proto = "olsr"
	size := 4
	if ip6 {
		size = 16
		p.str("OLSRv6")
	} else {
		p.str("OLSRv4")
	}
	if !p.olsrFits("packet length", length, olsrHeaderLen) || !p.olsrHas(b, 0, olsrHeaderLen) {
		p.olsrCut()
		return
	}
	length = min(length, int(u16(b, 0)))
	p.printf(", seq 0x%04x, length %d", u16(b, 2), length)
	if p.vflag == 0 {
		return
	}
	for i := olsrHeaderLen; i < length; {
		n, ok := p.olsrMessage(at(b, i), length, size)
		if !ok {
			p.olsrCut()
			return
		}
		if n == 0 {
			return
		}
		i += n
	}
}

// olsrHas is has, but ends the packet where the version that is followed does.
func (p *Printer) olsrHas(b []byte, i, n int) bool {
	if p.follows(olsrChecks) {
		need(b, i, n)
	}
	return has(b, i, n)
}

// olsrFits reports whether n bytes, a length of the kind what, are enough for
// least. Versions differ in whether that is said here, or olsrCut says so.
func (p *Printer) olsrFits(what string, n, least int) bool {
	if n < least && p.follows(olsrChecks) {
		p.refuse(what, n, "<", least)
	}
	return n >= least
}

func (p *Printer) olsrCut() {
	if !p.follows(olsrChecks) {
		p.truncMark()
	}
}

// olsrSeconds is a time in the form of 4 bits mantissa and 4 bits exponent (RFC
// 3626 section 18.3), in seconds.
func olsrSeconds(v uint8) float64 {
	return 0.0625 * (1 + float64(v>>4)/16) * float64(uint32(1)<<(v&0x0f))
}

// olsrMessage prints a message with addresses of the given size and returns its
// length, 0 when the packet makes no more sense. It is not ok when the message is
// cut off. length is that of the packet.
func (p *Printer) olsrMessage(b []byte, length, size int) (n int, ok bool) {
	headerLen := 8 + size
	if !p.olsrHas(b, 0, headerLen) {
		return 0, false
	}
	kind := b[0]
	n = int(u16(b, 2))
	if kind == 0 || n == 0 {
		return 0, true
	}
	p.printf("\n\t%s Message (%#04x), originator ", tokStr(olsrMessages, "Unknown", kind), kind)
	p.olsrAddress(b, 4, size)
	p.printf(", ttl %d, hop %d\n\t  vtime %.3fs, msg-seq 0x%04x, length %d",
		b[4+size], b[5+size], olsrSeconds(b[1]), u16(b, 6+size), n)
	if n < headerLen || n > length {
		p.invalid()
		return 0, true
	}
	return n, p.olsrBody(kind, b[headerLen:], n-headerLen, size)
}

// olsrAddress appends the address of the given size at b[i].
func (p *Printer) olsrAddress(b []byte, i, size int) {
	if size == 4 {
		p.appendAddr4(ip4At(b, i))
	} else {
		p.appendAddr6(ip6At(b, i))
	}
}

// olsrBody prints what a message says in n bytes and reports whether they were
// all there.
func (p *Printer) olsrBody(kind uint8, b []byte, n, size int) bool {
	switch kind {
	case olsrHello, olsrHelloLQ:
		return p.olsrHello(b, n, size, kind == olsrHelloLQ)
	case olsrTC, olsrTCLQ:
		if !p.olsrFits("message length", n, 4) || !p.olsrHas(b, 0, 4) {
			return false
		}
		p.printf("\n\t    advertised neighbor seq 0x%04x", u16(b, 0))
		return p.olsrNeighborList(b[4:], n-4, size, kind == olsrTCLQ)
	case olsrMID:
		for i := 0; n-i >= size; i += size {
			if !p.olsrHas(b, i, size) {
				return false
			}
			p.str("\n\t  interface address ")
			p.olsrAddress(b, i, size)
		}
	case olsrHNA:
		p.printf("\n\t  Advertised networks (total %d)", n/(2*size))
		if size == 4 {
			return p.olsrNetworks4(b, n)
		}
		return p.olsrNetworks6(b, n)
	case olsrNameService:
		return p.olsrNames(b, n, size)
	default:
		p.unknownData(b, "\n\t    ", n)
	}
	return true
}

// olsrHello prints neighbours by link (RFC 3626 section 6.1).
func (p *Printer) olsrHello(b []byte, n, size int, quality bool) bool {
	if !p.olsrFits("message length", n, 4) || !p.olsrHas(b, 0, 4) {
		return false
	}
	p.printf("\n\t  hello-time %.3fs, MPR willingness %d", olsrSeconds(b[2]), b[3])
	for i := 4; n-i >= 4; {
		if !p.olsrHas(b, i, 4) {
			return false
		}
		code, size16 := b[i], int(u16(b, i+2))
		p.printf("\n\t    link-type %s, neighbor-type %s, len %d",
			tokStr(olsrLinks, "Unknown", code&3), tokStr(olsrNeighbors, "Unknown", code>>2), size16)
		if size16 > n-i || size16 < 4 {
			p.invalid()
			return true
		}
		if !p.olsrHas(b, i+4, size16-4) || !p.olsrNeighborList(b[i+4:], size16-4, size, quality) {
			return false
		}
		i += size16
	}
	return true
}

// olsrNeighborList prints neighbours, with the quality of links or without. In
// a list without, the reference takes all addresses for IPv4 ones.
func (p *Printer) olsrNeighborList(b []byte, n, size int, quality bool) bool {
	if !quality {
		p.str("\n\t      neighbor\n\t\t")
		for i := 0; n-i >= 4; i += 4 {
			p.printf("%s ", ip4At(b, i))
		}
		return true
	}
	for i := 0; n-i >= size+4; i += size + 4 {
		if !p.olsrHas(b, i, size+4) {
			return false
		}
		p.str("\n\t      neighbor ")
		p.olsrAddress(b, i, size)
		p.printf(", link-quality %.2f%%, neighbor-link-quality %.2f%%",
			float64(b[i+size])/2.55, float64(b[i+size+1])/2.55)
	}
	return true
}

// olsrNetworks6 prints networks with their masks.
func (p *Printer) olsrNetworks6(b []byte, n int) bool {
	for i := 0; n-i >= 32; i += 32 {
		if !p.olsrHas(b, i, 32) {
			return false
		}
		// the reference counts them all as the first
		p.printf("\n\t    #0: %s/%d", ip6At(b, i), maskLength6(ip6At(b, i+16)))
	}
	return true
}

// olsrNetworks4 does the same four to a line. The network 0.0.0.0 with a mask
// that begins with zero is no network, but describes a gateway.
func (p *Printer) olsrNetworks4(b []byte, n int) bool {
	for i, column := 0, 0; n-i >= 8; i, column = i+8, column+1 {
		if !p.olsrHas(b, i, 8) {
			return false
		}
		if column%4 == 0 {
			p.str("\n\t    ")
		} else {
			p.str(", ")
		}
		mask := b[i+4 : i+8]
		if u32(b, i) == 0 && mask[0] == 0 && mask[1] != 0 {
			p.olsrGateway(mask)
			continue
		}
		// a mask with holes has no length; the reference prints -1 without its sign
		p.printf("%s/%d", ip4At(b, i), uint32(maskLength(u32(mask, 0))))
	}
	return true
}

const olsrLinkSpeed = 0x01

var olsrGatewayFlags = []tok{
	{olsrLinkSpeed, " LINKSPEED"},
	{0x02, " IPV4"},
	{0x04, " IPV4-NAT"},
	{0x08, " IPV6"},
	{0x10, " IPv6-PREFIX"},
}

func (p *Printer) olsrGateway(mask []byte) {
	up, down := uint32(0), uint32(0)
	if mask[1]&olsrLinkSpeed != 0 {
		up, down = olsrSpeed(mask[2]), olsrSpeed(mask[3])
	}
	p.str("Smart-Gateway:")
	for _, f := range olsrGatewayFlags {
		if uint32(mask[1])&f.v != 0 {
			p.str(f.s)
		}
	}
	p.printf(" %d/%d", up, down)
}

// olsrSpeed is a link speed in kb/s from 5 bits mantissa and 3 bits decimal
// exponent.
func olsrSpeed(v uint8) uint32 {
	switch v {
	case 0:
		return 0
	case 0xff:
		return 320000000
	}
	speed := uint32(v>>3) + 1
	for range v & 7 {
		speed *= 10
	}
	return speed
}

// olsrNames prints what the name service plugin announces.
func (p *Printer) olsrNames(b []byte, n, size int) bool {
	if !p.olsrFits("message length", n, 4) {
		return false
	}
	count := int(u16(b, 2))
	p.printf("\n\t  Version %d, Entries %d", u16(b, 0), count)
	if count == 0 || count*(4+size) > n {
		p.invalid()
		return true
	}
	i := 4
	for entry := 0; entry < count && n-i >= 4; entry++ {
		kind, nameLen := u16(b, i), int(u16(b, i+2))
		i += 4
		p.printf("\n\t    #%d: type %#06x, length %d", entry, kind, nameLen)
		if nameLen == 0 || size+nameLen > n-i {
			p.invalid()
			return true
		}
		padded := size + (nameLen+3)&^3
		if !p.olsrFits("name entry length", n-i, padded) || !p.olsrHas(b, i, padded) {
			return false
		}
		p.str(", address ")
		p.olsrAddress(b, i, size)
		p.str(`, name "`)
		p.safe(b[i+size : i+size+nameLen])
		p.char('"')
		i += padded
	}
	return true
}
