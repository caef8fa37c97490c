// icmp6_renumbering.go: IPv6 Router Renumbering (RFC 2894).

package printer

const (
	icmp6RenumberingLen = 16
	icmp6MatchLen       = 24 // of a Match-Prefix Part
	icmp6UseLen         = 32 // of a Use-Prefix Part
)

var icmp6RenumberingCodes = []tok{
	{0, "command"},
	{1, "result"},
	{255, "sequence number reset"},
}

var icmp6RenumberingFlags = []tok{
	{0x80, "T"},
	{0x40, "R"},
	{0x20, "A"},
	{0x10, "S"},
	{0x08, "P"},
}

var icmp6MatchCodes = []tok{
	{1, "add"},
	{2, "change"},
	{3, "setglobal"},
}

func (p *Printer) icmp6Renumbering(b []byte) {
	if !has(b, 0, icmp6RenumberingLen) {
		p.truncMark()
		return
	}
	code := b[1]
	p.printf(", %s, seq=%d", tokStr(icmp6RenumberingCodes, "code-#%d", code), u32(b, 4))
	if p.vflag > 0 {
		p.char('[')
		if flags := b[9]; flags != 0 {
			p.printf("%s,", bitStrSep(icmp6RenumberingFlags, "none", "", flags))
		}
		p.printf("seg=%d,maxdelay=%d", b[8], u16(b, 10))
		if reserved := u32(b, 12); reserved != 0 {
			p.printf("rsvd=0x%x", reserved)
		}
		p.char(']')
	}
	if code == 0 && !p.icmp6Match(b[icmp6RenumberingLen:]) {
		p.truncMark()
	}
}

// icmp6Match prints a prefix control operation and reports whether it was whole.
func (p *Printer) icmp6Match(b []byte) bool {
	if !has(b, 0, icmp6MatchLen) {
		return false
	}
	p.icmp6RenumberingBreak()
	p.printf("match(%s", tokStr(icmp6MatchCodes, "#%d", b[0]))
	if p.vflag > 0 {
		p.printf(",ord=%d,min=%d,max=%d", b[2], b[4], b[5])
	}
	p.char(',')
	p.out = appendIPv6(p.out, ip6At(b, 8))
	p.printf("/%d)", b[3])
	uses := int(b[1]) - 3 // the length, in units of eight bytes, is 4N + 3
	if uses%4 != 0 {
		return false
	}
	b = b[icmp6MatchLen:]
	for ; uses > 0; uses -= 4 {
		if !has(b, 0, icmp6UseLen) {
			return false
		}
		p.icmp6Use(b)
		b = b[icmp6UseLen:]
	}
	return true
}

func (p *Printer) icmp6Use(b []byte) {
	p.icmp6RenumberingBreak()
	p.str("use(")
	if flags := b[12]; flags != 0 {
		if flags&0x80 != 0 {
			p.char('V')
		}
		if flags&0x40 != 0 {
			p.char('P')
		}
		p.char(',')
	}
	if p.vflag > 0 {
		p.printf("mask=0x%x,raflags=0x%x,", b[2], b[3])
		p.icmp6UseTime("vltime=", u32(b, 4))
		p.icmp6UseTime("pltime=", u32(b, 8))
	}
	p.out = appendIPv6(p.out, ip6At(b, 16))
	p.printf("/%d/%d)", b[0], b[1])
}

func (p *Printer) icmp6UseTime(label string, seconds uint32) {
	p.str(label)
	if seconds == 0xffffffff {
		p.str("infty,")
		return
	}
	p.printf("%d,", seconds)
}

func (p *Printer) icmp6RenumberingBreak() {
	if p.vflag > 1 {
		p.str("\n\t")
		return
	}
	p.char(' ')
}
