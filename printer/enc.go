// enc.go: OpenBSD's enc(4): packets before and after IPsec.

package printer

const (
	encHeaderLen    = 12
	encConfidential = 0x0400
	encAuthentic    = 0x0800
)

func (p *Printer) encLink(b []byte, length int) {
	p.proto = "enc"
	need(b, 0, encHeaderLen)
	p.llHdrLen += encHeaderLen
	// Family and flags are in the order of the capturing host; families are
	// small numbers. The SPI is in network order.
	family, spi, flags := le32(b, 0), u32(b, 4), le32(b, 8)
	if family > 0xffff {
		family, flags = u32(b, 0), u32(b, 8)
	}
	if flags == 0 {
		p.str("(unprotected): ")
	} else {
		p.char('(')
	}
	flags = p.encFlag(flags, encAuthentic, "authentic")
	p.encFlag(flags, encConfidential, "confidential")
	p.printf("SPI 0x%08x: ", spi)
	switch family {
	case bsdIPv4:
		p.ip4(b[encHeaderLen:], length-encHeaderLen)
	case bsdIPv6, bsdIPv6FreeBSD, bsdIPv6Darwin:
		p.ip6(b[encHeaderLen:], length-encHeaderLen)
	}
}

// encFlag prints a flag if it is set and returns the others. The last one
// closes the list.
func (p *Printer) encFlag(flags, flag uint32, name string) uint32 {
	if flags&flag == 0 {
		return flags
	}
	p.str(name)
	if flags &^= flag; flags == 0 {
		p.str("): ")
	} else {
		p.char(',')
	}
	return flags
}
