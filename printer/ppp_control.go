// ppp_control.go: the packets that PPP's control protocols have in common
// (RFC 1661 section 5, RFC 1570, RFC 1962, RFC 2153).

package printer

const (
	pppVendor = iota
	pppConfRequest
	pppConfAck
	pppConfNak
	pppConfReject
	pppTermRequest
	pppTermAck
	pppCodeReject
	pppProtoReject
	pppEchoRequest
	pppEchoReply
	pppDiscard
	pppIdent
	pppTimeRemaining
	pppResetRequest
	pppResetAck
)

var pppCodes = []tok{
	{pppVendor, "Vendor-Extension"},
	{pppConfRequest, "Conf-Request"},
	{pppConfAck, "Conf-Ack"},
	{pppConfNak, "Conf-Nack"},
	{pppConfReject, "Conf-Reject"},
	{pppTermRequest, "Term-Request"},
	{pppTermAck, "Term-Ack"},
	{pppCodeReject, "Code-Reject"},
	{pppProtoReject, "Prot-Reject"},
	{pppEchoRequest, "Echo-Request"},
	{pppEchoReply, "Echo-Reply"},
	{pppDiscard, "Disc-Req"},
	{pppIdent, "Ident"},
	{pppTimeRemaining, "Time-Rem"},
	{pppResetRequest, "Reset-Req"},
	{pppResetAck, "Reset-Ack"},
}

// pppControl prints a packet of a control protocol; field starts with the
// protocol number, length is what is behind that.
func (p *Printer) pppControl(proto uint16, field []byte, length int) {
	name := tokName(pppProtocols, uint32(proto))
	p.str(name)
	p.str(", ")
	b := at(field, 2)
	whole := has(b, 0, 2) && length >= 4
	if whole {
		code := b[0]
		p.printf("%s (0x%02x), id %d, length %d", tokStr(pppCodes, "Unknown Opcode", code), code, b[1], uint32(length+2))
		if p.vflag == 0 {
			return
		}
		n := int(u16(b, 2))
		switch {
		case n < 4:
			p.printf("\n\tencoded length %d (< 4))", n)
			return
		case n > length:
			p.printf("\n\tencoded length %d (> packet length %d))", n, uint32(length))
			return
		}
		p.printf("\n\tencoded length %d (=Option(s) length %d)", n, n-4)
		if n == 4 {
			return
		}
		if p.vflag > 1 {
			p.unknownData(field, "\n\t", 6)
		}
		whole = p.pppControlData(proto, code, field, n)
	}
	if !whole {
		p.str("[|")
		p.str(name)
		p.char(']')
	}
}

// pppControlData prints the data of a packet of n bytes and reports whether its
// text and its trailing data were captured to their end.
func (p *Printer) pppControlData(proto uint16, code uint8, field []byte, n int) bool {
	data := at(field, 2+4)
	switch code {
	case pppConfRequest, pppConfAck, pppConfNak, pppConfReject:
		p.pppOptions(proto, data, n)
	case pppTermRequest, pppTermAck, pppCodeReject:
	case pppVendor:
		if n >= 11 {
			p.pppMagic(data)
			vendor := u24(data, 4)
			p.printf(" Vendor: %s (%d)", tokStr(p.ouiTable(), "Unknown", vendor), vendor)
		}
	case pppProtoReject:
		if n < 6 {
			break
		}
		rejected := u16(data, 0)
		p.printf("\n\t  Rejected %s Protocol (0x%04x)", tokStr(pppProtocols, "unknown", rejected), rejected)
		if n > 6 {
			p.str("\n\t  Rejected Packet")
			p.unknownData(at(data, 2), "\n\t    ", n-2)
		}
	case pppEchoRequest, pppEchoReply, pppDiscard:
		if n < 8 {
			break
		}
		p.pppMagic(data)
		if n > 8 {
			p.str("\n\t  -----trailing data-----")
			if !has(data, 4, n-8) {
				return false
			}
			p.unknownData(at(data, 4), "\n\t  ", n-8)
		}
	case pppIdent:
		if n < 8 {
			break
		}
		p.pppMagic(data)
		if n > 8 {
			p.str("\n\t  Message\n\t    ")
			return !p.safeLimited(at(data, 4), n-4)
		}
	case pppTimeRemaining:
		if n >= 12 {
			p.pppMagic(data)
			p.printf(", Seconds-Remaining %ds", u32(data, 4))
		}
	default:
		if p.vflag <= 1 {
			p.unknownData(field, "\n\t  ", n+2)
		}
	}
	return true
}

func (p *Printer) pppMagic(b []byte) { p.printf("\n\t  Magic-Num 0x%08x", u32(b, 0)) }

// pppOptions prints the options of a configure packet of n bytes.
func (p *Printer) pppOptions(proto uint16, b []byte, n int) {
	for left := n - 4; ; {
		size := 0
		switch proto {
		case pppLCP:
			size = p.pppOptionLCP(b, n)
		case pppIPCP:
			size = p.pppOptionIPCP(b, n)
		case pppIPv6CP:
			size = p.pppOptionIPv6CP(b, n)
		case pppCCP:
			size = p.pppOptionCCP(b, n)
		case pppBACP:
			size = p.pppOptionBACP(b, n)
		}
		if size == 0 {
			return
		}
		if p.lacks("remaining options length", left, size) {
			return
		}
		left -= size
		if left == 0 {
			return
		}
		b = at(b, size)
	}
}

// pppOption is the type of an option and its length with its head, of which
// both are checked against the capture and the length of the packet.
func (p *Printer) pppOption(mark string, b []byte, length int) (kind uint8, n int, ok bool) {
	if length < 2 {
		return 0, 0, false
	}
	if !has(b, 0, 2) {
		p.str(mark)
		return 0, 0, false
	}
	kind, n = b[0], int(b[1])
	return kind, n, n <= length
}

// pppOptionHead prints type and length of an option and reports whether it has
// a body.
func (p *Printer) pppOptionHead(table []tok, format string, kind uint8, n int) bool {
	p.printf("\n\t  %s Option (0x%02x), length %d", tokStr(table, format, kind), kind, n)
	if n < 2 {
		p.str(" (length bogus, should be >= 2)")
		return false
	}
	return true
}

// pppBogus complains about the length of an option.
func (p *Printer) pppBogus(relation string, should int) {
	p.printf(" (length bogus, should be %s %d)", relation, should)
}

// pppOptionTail dumps the body of an option: with -vv of every one, else of one
// that is not decoded.
func (p *Printer) pppOptionTail(b []byte, n int, decoded bool) {
	if p.vflag > 1 || !decoded {
		p.unknownData(at(b, 2), "\n\t    ", n-2)
	}
}
