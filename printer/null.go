// null.go: BSD loopback: an address family of 32 bits, in the byte order of the
// capturing host (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP).

package printer

const (
	nullIPv4        = 2
	nullNS          = 6
	nullISO         = 7
	nullAppleTalk   = 16
	nullIPX         = 23
	nullIPv6BSD     = 24
	nullIPv6FreeBSD = 28
	nullIPv6Darwin  = 30
)

var nullFamilies = []tok{
	{nullIPv4, "IPv4"},
	{nullNS, "NS"},
	{nullISO, "ISO"},
	{nullAppleTalk, "Appletalk"},
	{nullIPX, "IPX"},
	{nullIPv6BSD, "IPv6"},
	{nullIPv6FreeBSD, "IPv6"},
	{nullIPv6Darwin, "IPv6"},
}

func (p *Printer) nullLink(b []byte, length int) {
	const headerLen = 4
	p.proto = "null"
	need(b, 0, headerLen)
	p.llHdrLen += headerLen
	family := le32(b, 0)
	// families are small numbers: a large one stands in the other byte order
	if family > 0xffff {
		family = u32(b, 0)
	}
	if p.eflag {
		p.nullHeader(family, length)
	}
	b, inner := b[headerLen:], length-headerLen
	switch family {
	case nullIPv4:
		p.ip4(b, inner)
	case nullIPv6BSD, nullIPv6FreeBSD, nullIPv6Darwin:
		p.ip6(b, inner)
	case nullISO:
		p.isoclns(b, inner)
	case nullAppleTalk:
		p.atalk(b, inner)
	case nullIPX:
		p.ipx(b, inner)
	default:
		if !p.eflag {
			p.nullHeader(family, length)
		}
		p.defaultDump(b, len(b))
	}
}

func (p *Printer) nullHeader(family uint32, length int) {
	if p.qflag > 0 {
		p.tok(nullFamilies, "Unknown AF %d", family)
	} else {
		p.printf("AF %s (%d)", tokStr(nullFamilies, "Unknown", family), family)
	}
	p.printf(", length %d: ", uint32(length))
}
