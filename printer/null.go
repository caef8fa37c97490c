// null.go: BSD loopback: an address family of 32 bits, in the byte order of the
// capturing host (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP).

package printer

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
	case bsdIPv4:
		p.ip4(b, inner)
	case bsdIPv6, bsdIPv6FreeBSD, bsdIPv6Darwin:
		p.ip6(b, inner)
	case bsdISO:
		p.isoclns(b, inner)
	case bsdAppleTalk:
		p.atalk(b, inner)
	case bsdIPX:
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
		p.tok(bsdFamilyNames, "Unknown AF %d", family)
	} else {
		p.printf("AF %s (%d)", tokStr(bsdFamilyNames, "Unknown", family), family)
	}
	p.printf(", length %d: ", uint32(length))
}
