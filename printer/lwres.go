// lwres.go: the lightweight resolver protocol of BIND 9 (its lwres(3) library).

package printer

const (
	lwresHeaderLen = 28
	lwresResponse  = 1 // the flag
)

const (
	lwresNoop            = 0x00000
	lwresAddressesByName = 0x10001
	lwresNameByAddress   = 0x10002
	lwresDataByName      = 0x10003
)

var lwresOpcodes = []tok{
	{lwresNoop, "noop"},
	{lwresAddressesByName, "getaddrsbyname"},
	{lwresNameByAddress, "getnamebyaddr"},
	{lwresDataByName, "getrdatabyname"},
}

// lwres prints a packet.
func (p *Printer) lwres(b []byte, length int) {
	p.proto = "lwres"
	need(b, 0, lwresHeaderLen)
	p.str(" lwres")
	size := u32(b, 0)
	version := u16(b, 4)
	if p.vflag > 0 || version != 0 {
		p.printf(" v%d", version)
	}
	if version != 0 {
		need(b, 0, int(size))
		p.lwresLength(size, length)
		return
	}
	flags, opcode := u16(b, 6), u32(b, 12)
	question := "?"
	if flags&lwresResponse != 0 {
		question = ""
	}
	p.printf(" %s%s", tokStr(lwresOpcodes, "#0x%x", opcode), question)
	if flags&^lwresResponse != 0 {
		p.printf("[0x%x]", flags)
	}
	if p.vflag > 1 {
		p.printf(" (serial:0x%x result:0x%x recvlen:%d", u32(b, 8), u32(b, 16), u32(b, 20))
		if p.vflag > 2 {
			p.printf(" authtype:0x%x authlen:%d", u16(b, 24), u16(b, 26))
		}
		p.char(')')
	}
	var end int
	ok, known := true, true
	switch {
	case opcode == lwresNoop:
		end = lwresHeaderLen
	case tokName(lwresOpcodes, opcode) == "":
		known = false
	case flags&lwresResponse != 0:
		end, ok = p.lwresAnswer(opcode, b)
	default:
		end, ok = p.lwresRequest(opcode, b)
	}
	if !ok {
		p.invalid()
		return
	}
	p.lwresLength(size, length)
	if known && uint32(end) < size {
		p.str("[extra]")
	}
}

// lwresLength compares the length in the header with the packet's.
func (p *Printer) lwresLength(size uint32, length int) {
	if size != uint32(length) {
		p.wrong("len:", int(size), "!=", length)
	}
}

func (p *Printer) lwresFlags(flags uint32) {
	if p.vflag > 2 {
		p.printf(" flags:0x%x", flags)
	}
}

// lwresRequest prints the body of a request. It returns the index behind it, or
// false when it cannot be right.
func (p *Printer) lwresRequest(opcode uint32, b []byte) (int, bool) {
	i := lwresHeaderLen
	switch opcode {
	case lwresAddressesByName:
		need(b, i, 10)
		p.lwresFlags(u32(b, i))
		kinds := u32(b, i+4)
		switch kinds & 3 {
		case 1:
			p.str(" IPv4")
		case 2:
			p.str(" IPv6")
		case 3:
			p.str(" IPv4/6")
		}
		if kinds&^3 != 0 {
			p.printf("[0x%x]", kinds)
		}
		return p.lwresName(b, i+10, int(u16(b, i+8))), true
	case lwresNameByAddress:
		p.lwresFlags(u32(b, i))
		return p.lwresAddress(b, i+4)
	default:
		need(b, i, 10)
		p.lwresFlags(u32(b, i))
		p.lwresKind(u16(b, i+6), u16(b, i+4))
		return p.lwresName(b, i+10, int(u16(b, i+8))), true
	}
}

// lwresAnswer prints the body of a response, as lwresRequest does.
func (p *Printer) lwresAnswer(opcode uint32, b []byte) (int, bool) {
	i := lwresHeaderLen
	switch opcode {
	case lwresAddressesByName:
		need(b, i, 10)
		p.lwresFlags(u32(b, i))
		aliases, addresses := int(u16(b, i+4)), int(u16(b, i+6))
		p.printf(" %d/%d", aliases, addresses)
		i = p.lwresNames(b, p.lwresName(b, i+10, int(u16(b, i+8))), aliases)
		for range addresses {
			var ok bool
			if i, ok = p.lwresAddress(b, i); !ok {
				return 0, false
			}
		}
	case lwresNameByAddress:
		need(b, i, 8)
		p.lwresFlags(u32(b, i))
		aliases := int(u16(b, i+4))
		p.printf(" %d", aliases)
		i = p.lwresNames(b, p.lwresName(b, i+8, int(u16(b, i+6))), aliases)
	default:
		need(b, i, 16)
		p.lwresFlags(u32(b, i))
		p.lwresKind(u16(b, i+6), u16(b, i+4))
		p.str(" TTL ")
		p.duration(u32(b, i+8))
		data, signatures := int(u16(b, i+12)), int(u16(b, i+14))
		p.printf(" %d/%d", data, signatures)
		i = p.lwresNames(b, i+16, 1)
		for range data + signatures {
			n := int(u16(b, i))
			for j := range n {
				p.hex(uint64(u8(b, i+2+j)), 2)
			}
			i += 2 + n
		}
	}
	return i, true
}

// lwresKind prints the type of the data asked for, and its class unless IN.
func (p *Printer) lwresKind(kind, class uint16) {
	p.char(' ')
	p.domainType(kind)
	if class != domainIN {
		p.printf(" %s", tokStr(domainClasses, "Class%d", class))
	}
}

// lwresName prints a name of n bytes and the zero byte behind it, and returns the
// index behind that.
func (p *Printer) lwresName(b []byte, i, n int) int {
	p.char(' ')
	p.safeN(at(b, i), n)
	if u8(b, i+n) != 0 {
		p.str(" (not NUL-terminated!)")
	}
	return i + n + 1
}

// lwresNames prints names with their lengths in front.
func (p *Printer) lwresNames(b []byte, i, count int) int {
	for range count {
		i = p.lwresName(b, i+2, int(u16(b, i)))
	}
	return i
}

// lwresAddress prints an address with its family and its length in front.
func (p *Printer) lwresAddress(b []byte, i int) (int, bool) {
	n := int(u16(b, i+4))
	need(b, i+6, n)
	family := u32(b, i)
	i += 6
	switch {
	case family == 1 && n >= 4:
		p.printf(" %s", ip4At(b, i))
		return i + 4, true
	case family == 2 && n >= 16:
		p.printf(" %s", ip6At(b, i))
		return i + 16, true
	case family == 1 || family == 2:
		return 0, false
	}
	p.printf(" %d/", family)
	for _, c := range b[i : i+n] {
		p.hex(uint64(c), 2)
	}
	return i + n, true
}
