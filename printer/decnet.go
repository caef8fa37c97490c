// decnet.go: DECnet Phase IV routing layer (AA-X435A-TK, DNA Routing Layer
// Functional Specification, version 2.0.0).

package printer

const (
	decnetShortLen = 6
	decnetLongLen  = 21
)

// Flags of a routing header (section 8.1).
const (
	decnetControl       = 0x01
	decnetFormat        = 0x07
	decnetFormatShort   = 0x02
	decnetFormatLong    = 0x06
	decnetReturnRequest = 0x08
	decnetReturned      = 0x10
	decnetIntraEthernet = 0x20
	decnetFuture        = 0x40
	decnetPadding       = 0x80
)

// decnet prints a packet behind its length, which stands in front of it on
// Ethernet.
func (p *Printer) decnet(b []byte, length int) {
	p.proto = "decnet"
	if length < decnetShortLen {
		p.printf(" (length %d < %d)", uint32(length), decnetShortLen)
		p.invalid()
		return
	}
	packetLen := int(le16(b, 0))
	if packetLen < decnetShortLen {
		p.printf(" (pktlen %d < %d)", packetLen, decnetShortLen)
		p.invalid()
		return
	}
	if packetLen > length {
		p.printf(" (pktlen %d > %d)", packetLen, length)
		p.invalid()
		return
	}
	length = packetLen
	flags := u8(b, 2)
	if flags&decnetPadding != 0 {
		padding := int(flags &^ decnetPadding)
		if p.vflag > 0 {
			p.printf("[pad:%d] ", padding)
		}
		if length < padding+2 {
			p.printf(" (length %d < %d)", length, padding+2)
			p.invalid()
			return
		}
		need(b, 2, padding)
		b, length = b[padding:], length-padding
		flags = u8(b, 2)
	}
	ok := true
	switch {
	case flags&decnetFuture != 0:
		p.str("future-version-decnet")
		p.hexASCIIDump("\n\t", b, min(length, len(b)))
	case flags&decnetControl != 0:
		ok = p.decnetControlMessage(b[2:], length, min(length, len(b)))
	default:
		ok = p.decnetData(flags, b, length, packetLen)
	}
	if !ok {
		p.invalid()
	}
}

// decnetData prints a data packet and reports whether it is well-formed; b
// starts two bytes in front of its header.
func (p *Printer) decnetData(flags uint8, b []byte, length, packetLen int) bool {
	var dst, src uint16
	var hops, headerLen int
	h := b[2:]
	switch flags & decnetFormat {
	case decnetFormatLong:
		if length < decnetLongLen {
			p.printf(" (length %d < %d)", length, decnetLongLen)
			return false
		}
		need(h, 0, decnetLongLen)
		dst, src, hops, headerLen = le16(h, 7), le16(h, 15), int(h[18]), decnetLongLen
	case decnetFormatShort:
		dst, src, hops, headerLen = le16(h, 1), le16(h, 3), int(u8(h, 5)&0x3f)+1, decnetShortLen
	default:
		p.str("unknown message flags under mask")
		p.hexASCIIDump("\n\t", b, min(length, len(b)))
		return true
	}
	p.decnetNode(src)
	p.str(" > ")
	p.decnetNode(dst)
	p.printf(" %d ", packetLen)
	if p.vflag > 0 {
		if flags&decnetReturnRequest != 0 {
			p.str("RQR ")
		}
		if flags&decnetReturned != 0 {
			p.str("RTS ")
		}
		if flags&decnetIntraEthernet != 0 {
			p.str("IE ")
		}
		p.printf("%d hops ", hops)
	}
	return p.decnetNSP(h[headerLen:], length-headerLen)
}

// decnetNode prints a node as area and number.
func (p *Printer) decnetNode(node uint16) {
	p.printf("%d.%d", node>>10, node&0x3ff)
}

// decnetControlMessage prints a control message (section 8.2) and reports
// whether it is well-formed. shown is how much of an unknown one is dumped.
func (p *Printer) decnetControlMessage(b []byte, length, shown int) bool {
	switch u8(b, 0) & 0x0f {
	case 0x01:
		return p.decnetInit(b, length)
	case 0x03:
		return p.decnetCheck("verification ", "fcnval", b, length)
	case 0x05:
		return p.decnetCheck("test ", "data", b, length)
	case 0x07:
		return p.decnetRouting("lev-1-routing ", "ids", b, length)
	case 0x09:
		return p.decnetRouting("lev-2-routing ", "areas", b, length)
	case 0x0b:
		return p.decnetRouterHello(b, length)
	case 0x0d:
		return p.decnetEndnodeHello(b, length)
	}
	p.str("unknown control message")
	p.hexASCIIDump("\n\t", b, shown)
	return true
}

var decnetNodeTypes = [...]string{"reserved-ntype? ", "l2rout ", "l1rout ", "endnode "}

// decnetInit prints an initialization message (8.2.1).
func (p *Printer) decnetInit(b []byte, length int) bool {
	const size = 12
	p.str("init ")
	if length < size {
		return false
	}
	need(b, 0, size)
	info := b[3]
	p.str(decnetNodeTypes[info&3])
	if info&0x04 != 0 {
		p.str("verif ")
	}
	if info&0x08 != 0 {
		p.str("blo ")
	}
	p.str("src ")
	p.decnetNode(le16(b, 1))
	p.printf("blksize %d vers %d eco %d ueco %d hello %d", le16(b, 4), b[6], b[7], b[8], le16(b, 9))
	return true
}

// decnetCheck prints a verification or test message, of whose data the first
// byte is shown (8.2.2, 8.2.3).
func (p *Printer) decnetCheck(name, what string, b []byte, length int) bool {
	const size = 4
	p.str(name)
	if length < size {
		return false
	}
	need(b, 0, size)
	p.str("src ")
	p.decnetNode(le16(b, 1))
	p.printf(" %s %o", what, b[3])
	return true
}

// decnetRouting prints a routing message (8.2.4, 8.2.5): cost and hops to
// ranges of nodes or areas.
func (p *Printer) decnetRouting(name, what string, b []byte, length int) bool {
	const header, entry, most = 4, 6, 1024
	p.str(name)
	if length < header {
		return false
	}
	need(b, 0, header)
	p.str("src ")
	p.decnetNode(le16(b, 1))
	p.char(' ')
	for b, length = b[header:], length-header; length > entry; b, length = b[entry:], length-entry {
		need(b, 0, entry)
		count, first, info := int(le16(b, 0)), int(le16(b, 2)), le16(b, 4)
		if count > most {
			break
		}
		p.printf("{%s %d-%d cost %d hops %d} ", what, first, first+count, info&0x1ff, info>>10&0x1f)
	}
	return true
}

// decnetHelloInfo prints the information byte of a hello message.
func (p *Printer) decnetHelloInfo(info uint8) {
	p.str(decnetNodeTypes[info&3])
	if info&0x04 != 0 {
		p.str("verif ")
	}
	if info&0x20 != 0 {
		p.str("nomcast ")
	}
	if info&0x40 != 0 {
		p.str("blo ")
	}
}

// decnetRouterHello prints a router's hello message on Ethernet (8.2.6).
func (p *Printer) decnetRouterHello(b []byte, length int) bool {
	const size = 18
	p.str("router-hello ")
	if length < size {
		return false
	}
	need(b, 0, size)
	p.decnetHelloInfo(b[10])
	p.printf("vers %d eco %d ueco %d src ", b[1], b[2], b[3])
	p.decnetNode(le16(b, 8))
	p.printf(" blksize %d pri %d hello %d", le16(b, 11), b[13], le16(b, 15))
	return true
}

// decnetEndnodeHello prints an endnode's hello message on Ethernet (8.2.7).
func (p *Printer) decnetEndnodeHello(b []byte, length int) bool {
	const size = 32
	p.str("endnode-hello ")
	if length < size {
		return false
	}
	need(b, 0, size)
	p.decnetHelloInfo(b[10])
	p.printf("vers %d eco %d ueco %d src ", b[1], b[2], b[3])
	p.decnetNode(le16(b, 8))
	p.printf(" blksize %d rtr ", le16(b, 11))
	p.decnetNode(le16(b, 26))
	p.printf(" hello %d data %o", le16(b, 28), b[31])
	return true
}
