// geneve.go: Geneve (RFC 8926).

package printer

const geneveHeaderLen = 8

var geneveFlags = []tok{
	{0x80, "O"},
	{0x40, "C"},
	{0x20, "R1"},
	{0x10, "R2"},
	{0x08, "R3"},
	{0x04, "R4"},
	{0x02, "R5"},
	{0x01, "R6"},
}

func (p *Printer) geneve(b []byte, length int) {
	p.proto = "geneve"
	p.str("Geneve")
	if uint32(length) < geneveHeaderLen {
		p.printf(" [length %d < 8]", uint32(length))
		p.invalid()
		return
	}
	if !has(b, 0, geneveHeaderLen) {
		p.truncMark()
		return
	}
	if version := b[0] >> 6; version != 0 {
		p.printf(" ERROR: unknown-version %d", version)
		return
	}
	proto := u16(b, 2)
	p.printf(", Flags [%s], vni 0x%x", bitStrSep(geneveFlags, "none", "", b[1]), u24(b, 4))
	if reserved := b[7]; reserved != 0 {
		p.printf(", rsvd 0x%x", reserved)
	}
	if p.eflag {
		p.printf(", proto %s (0x%04x)", tokStr(etherTypeNames, "unknown", proto), proto)
	}
	options := int(b[0]&0x3f) * 4
	b, length = b[geneveHeaderLen:], length-geneveHeaderLen
	if length < options {
		p.printf(" truncated-geneve - %d bytes missing", options-length)
		return
	}
	if !has(b, 0, options) {
		p.truncMark()
		return
	}
	if options > 0 {
		p.str(", options [")
		if p.vflag > 0 {
			p.geneveOptions(b[:options])
		} else {
			p.printf("%d bytes", options)
		}
		p.char(']')
	}
	if p.vflag > 0 {
		p.str("\n\t")
	} else {
		p.str(": ")
	}
	b, length = b[options:], length-options
	if p.etherType(proto, b, length, linkAddr{}, linkAddr{}) {
		return
	}
	if proto == etherTEB {
		p.ether(b, length)
	} else {
		p.printf("geneve-proto-0x%x", proto)
	}
}

// geneveOptions prints the options (section 3.5), which fill b.
func (p *Printer) geneveOptions(b []byte) {
	for first := true; len(b) > 0; first = false {
		if !first {
			p.str(", ")
		}
		class, kind := u16(b, 0), u8(b, 2)
		n := 4 + int(u8(b, 3)&0x1f)*4
		critical := ""
		if kind&0x80 != 0 {
			critical = "(C)"
		}
		p.printf("class %s (0x%x) type 0x%x%s len %d", geneveClass(class), class, kind, critical, n)
		if n > len(b) {
			p.str(" [bad length]")
			return
		}
		if p.vflag > 1 && n > 4 {
			p.str(" data")
			for i := 4; i < n; i += 4 {
				p.printf(" %08x", u32(b, i))
			}
		}
		b = b[n:]
	}
}

// geneveClass names an option class (IANA nvo3).
func geneveClass(class uint16) string {
	switch {
	case class <= 0x00ff:
		return "Standard"
	case class == 0x0100:
		return "Linux"
	case class == 0x0101:
		return "Open vSwitch"
	case class == 0x0102:
		return "Open Virtual Networking (OVN)"
	case class == 0x0103:
		return "In-band Network Telemetry (INT)"
	case class == 0x0104:
		return "VMware"
	case class >= 0xfff0:
		return "Experimental"
	}
	return "Unknown"
}
