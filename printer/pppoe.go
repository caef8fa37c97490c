// pppoe.go: PPP over Ethernet (RFC 2516).

package printer

const pppoeHeaderLen = 6

const pppoePADI = 0x09

var pppoeCodes = []tok{
	{pppoePADI, "PADI"},
	{0x07, "PADO"},
	{0x19, "PADR"},
	{0x65, "PADS"},
	{0xa7, "PADT"},
	{0x00, ""}, // session data
}

var pppoeTags = []tok{
	{0x0000, "EOL"},
	{0x0101, "Service-Name"},
	{0x0102, "AC-Name"},
	{0x0103, "Host-Uniq"},
	{0x0104, "AC-Cookie"},
	{0x0105, "Vendor-Specific"},
	{0x0110, "Relay-Session-ID"},
	{0x0120, "PPP-Max-Payload"},
	{0x0201, "Service-Name-Error"},
	{0x0202, "AC-System-Error"},
	{0x0203, "Generic-Error"},
}

// pppoeTextMax is how much of a tag's text is shown.
const pppoeTextMax = 79

func (p *Printer) pppoeLink(b []byte, length int) {
	p.proto = "pppoe"
	p.llHdrLen += p.pppoe(b, length)
}

// pppoe prints a packet and returns the length of its header and of the PPP
// header behind it.
func (p *Printer) pppoe(b []byte, length int) int {
	p.proto = "pppoe"
	if uint32(length) < pppoeHeaderLen {
		p.printf(" (length %d < %d)", uint32(length), pppoeHeaderLen)
		p.invalid()
		return 0
	}
	length -= pppoeHeaderLen
	need(b, 0, pppoeHeaderLen)
	if version := b[0] >> 4; version != 1 {
		p.printf(" [ver %d]", version)
	}
	if kind := b[0] & 0xf; kind != 1 {
		p.printf(" [type %d]", kind)
	}
	code, session, n := b[1], u16(b, 2), int(u16(b, 4))
	p.printf("PPPoE %s", tokStr(pppoeCodes, "PAD-%x", code))
	// section 5.1: with a relay's tag it still must fit into a frame
	if code == pppoePADI && n > 1484-pppoeHeaderLen {
		p.printf(" [len %d!]", n)
	}
	if n > length {
		p.printf(" [len %d > %d!]", n, uint32(length))
		n = length
	}
	if session != 0 {
		p.printf(" [ses 0x%x]", session)
	}
	b = b[pppoeHeaderLen:]
	if code == 0 {
		p.char(' ')
		return pppoeHeaderLen + p.ppp(b, n)
	}
	for i := 0; i < n; {
		kind, size := u16(b, i), int(u16(b, i+2))
		p.pppoeTag(kind, bytesAt(b, i+4, size))
		if kind == 0 {
			break
		}
		i += 4 + size
	}
	return pppoeHeaderLen
}

// pppoeTag prints a discovery tag, as text when most of it is printable.
func (p *Printer) pppoeTag(kind uint16, value []byte) {
	name := tokStr(pppoeTags, "TAG-0x%x", kind)
	if len(value) == 0 {
		p.printf(" [%s]", name)
		return
	}
	text := value[:min(len(value), pppoeTextMax)]
	printable := 0
	for _, c := range text {
		if c >= 0x20 && c <= 0x7e {
			printable++
		}
	}
	if printable <= len(text)-printable {
		p.printf(" [%s 0x", name)
		for _, c := range value {
			p.printf("%02X", c)
		}
		p.char(']')
		return
	}
	p.printf(" [%s \"", name)
	for _, c := range text {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		p.char(c)
	}
	p.str("\"]")
}
