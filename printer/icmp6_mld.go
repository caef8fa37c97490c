// icmp6_mld.go: Multicast Listener Discovery, versions 1 and 2 (RFC 2710, RFC
// 3810).

package printer

const (
	icmp6ListenerLen   = 24 // of a message of version 1
	icmp6ListenerMin2  = 28 // of a query of version 2
	icmp6RecordLen     = 20 // of a multicast address record without sources
	icmp6ListenerGroup = 8
)

// icmp6RecordTypes are the types of multicast address records (RFC 3810 section
// 5.2.12).
var icmp6RecordTypes = []tok{
	{1, "is_in"},
	{2, "is_ex"},
	{3, "to_in"},
	{4, "to_ex"},
	{5, "allow"},
	{6, "block"},
}

// icmp6Listener prints a message of version 1.
func (p *Printer) icmp6Listener(b []byte) {
	if has(b, 0, icmp6ListenerLen) {
		p.printf("max resp delay: %d addr: %s", u16(b, 4), ip6At(b, icmp6ListenerGroup))
	}
}

// icmp6ListenerQuery prints a query, whose version only its length tells (RFC
// 3810 section 8.1).
func (p *Printer) icmp6ListenerQuery(b []byte, length int) {
	switch {
	case length == icmp6ListenerLen:
		p.icmp6Listener(b)
	case length >= icmp6ListenerMin2:
		p.str(" v2")
		p.icmp6ListenerQuery2(b, length)
	default:
		p.printf(" unknown-version (len %d) ", length)
	}
}

func (p *Printer) icmp6ListenerQuery2(b []byte, length int) {
	code := uint32(u16(b, 4))
	if p.vflag > 0 {
		if code >= 32768 { // RFC 3810 section 5.1.3
			code = (code&0xfff | 0x1000) << (code>>12&7 + 3)
		}
		p.printf(" [max resp delay=%d]", code)
	}
	p.printf(" [gaddr %s", ip6At(b, icmp6ListenerGroup))
	if p.vflag > 0 {
		flags := u8(b, 24)
		if flags&8 != 0 {
			p.str(" sflag")
		}
		if flags&7 != 0 {
			p.printf(" robustness=%d", flags&7)
		}
		p.printf(" qqi=%d", igmpFloat(uint32(u8(b, 25))))
	}
	if n := int(u16(b, 26)); n > 0 {
		if length < icmp6ListenerMin2+16*n {
			p.str(" [invalid number of sources]")
		} else {
			p.icmp6Sources(b, icmp6ListenerMin2, n)
		}
	}
	p.char(']')
}

// icmp6Sources prints the n source addresses at b[i], or with one -v how many
// there are.
func (p *Printer) icmp6Sources(b []byte, i, n int) {
	if p.vflag < 2 {
		p.printf(", %d source(s)", n)
		return
	}
	p.str(" {")
	for range n {
		p.printf(" %s", ip6At(b, i))
		i += 16
	}
	p.str(" }")
}

// icmp6ListenerReport2 prints a report of version 2.
func (p *Printer) icmp6ListenerReport2(b []byte, length int) {
	if length < icmp6HeaderLen {
		p.printf(" [invalid len %d]", length)
		return
	}
	records := u16(b, 6)
	p.printf(", %d group record(s)", records)
	if p.vflag == 0 {
		return
	}
	i := icmp6HeaderLen
	for range records {
		if length < i+icmp6RecordLen {
			p.str(" [invalid number of groups]")
			return
		}
		p.printf(" [gaddr %s", ip6At(b, i+4))
		p.printf(" %s", tokStr(icmp6RecordTypes, " [v2-report-#%d]", u8(b, i)))
		n := int(u16(b, i+2))
		if length < i+icmp6RecordLen+16*n {
			p.printf(" [invalid number of sources %d]", n)
			return
		}
		p.icmp6Sources(b, i+icmp6RecordLen, n)
		i += icmp6RecordLen + 16*n
		p.char(']')
	}
}
