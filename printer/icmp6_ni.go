// icmp6_ni.go: IPv6 Node Information Queries (RFC 4620).

package printer

const (
	icmp6NodeLen = 16 // of the header with the nonce

	icmp6NodeNoop  = 0
	icmp6NodeName  = 2
	icmp6NodeAddr6 = 3
	icmp6NodeAddr4 = 4

	icmp6NodeTruncated = 1 // flag
)

var icmp6NodeFlags = []tok{
	{icmp6NodeTruncated, "T"},
	{0x02, "A"},
	{0x04, "C"},
	{0x08, "L"},
	{0x10, "S"},
	{0x20, "G"},
}

var icmp6NodeTypes = []tok{
	{icmp6NodeNoop, "noop"},
	{icmp6NodeName, "node name"},
	{icmp6NodeAddr6, "node addresses"},
	{icmp6NodeAddr4, "ipv4 addresses"},
}

func (p *Printer) icmp6NodeQuery(b []byte) {
	if len(b) == 12 {
		p.str(" who-are-you request") // of KAME, before the RFC
		return
	}
	if len(b) < icmp6NodeLen {
		p.truncMark()
		return
	}
	kind, flags := u16(b, 4), u16(b, 6)
	p.printf(" (%s", tokStr(icmp6NodeTypes, "unknown", kind))
	switch kind {
	case icmp6NodeNoop:
		if len(b) != icmp6NodeLen && p.vflag > 0 {
			p.str(", invalid len")
		}
		p.char(')')
		return
	case icmp6NodeAddr6:
		p.icmp6NodeFlags(icmp6NodeFlags, flags)
	case icmp6NodeAddr4:
		p.icmp6NodeFlags(icmp6NodeFlags[:2], flags)
	}
	if (kind == icmp6NodeAddr6 || kind == icmp6NodeAddr4) && flags&icmp6NodeTruncated != 0 {
		p.str(" [invalid flag Truncate present]")
	}
	p.icmp6NodeSubject(b)
	p.char(')')
}

func (p *Printer) icmp6NodeFlags(names []tok, flags uint16) {
	if flags != 0 {
		p.printf(" [%s]", bitStrSep(names, "none", "", flags))
	}
}

// icmp6NodeSubject prints whom a query asks about, as its code says.
func (p *Printer) icmp6NodeSubject(b []byte) {
	subject := b[icmp6NodeLen:]
	size := 16
	switch b[1] {
	case 0:
	case 2:
		size = 4
	case 1:
		p.str(", subject=DNS name")
		p.icmp6NodeName(subject)
		return
	default:
		p.str(", unknown subject")
		return
	}
	switch {
	case len(subject) < size:
	case len(subject) > size:
		if p.vflag > 0 {
			p.str(", invalid subject len")
		}
	case size == 4:
		p.printf(", subject=%s", ip4At(subject, 0))
	default:
		p.printf(", subject=%s", ip6At(subject, 0))
	}
}

// icmp6NodeName prints a name of uncompressed labels; an empty one behind the
// last is the root of a full name, two of them end the first part of one.
func (p *Printer) icmp6NodeName(b []byte) {
	p.str(", \"")
	for i := 0; i < len(b); {
		n := int(b[i])
		i++
		if n == 0 {
			switch {
			case i == len(b):
				p.char('.')
			case i+1 < len(b) || b[i] != 0:
				p.str("???")
			}
			break
		}
		if n > len(b)-i {
			p.str("???")
			break
		}
		p.safe(b[i : i+n])
		i += n
		if i+1 < len(b) && b[i] != 0 {
			p.char('.')
		}
	}
	p.char('"')
}

func (p *Printer) icmp6NodeReply(b []byte, length int) {
	if length > len(b) || len(b) < icmp6NodeLen {
		p.truncMark()
		return
	}
	p.str(" (")
	oddLength := len(b) != icmp6NodeLen && p.vflag > 0
	switch b[1] {
	case 0:
		if p.vflag > 0 {
			p.str("success, ")
		}
		p.icmp6NodeData(b, u16(b, 4), oddLength)
		oddLength = false
	case 1:
		p.str("refused")
	case 2:
		p.str("unknown")
	default:
		oddLength = false
	}
	if oddLength {
		p.str(", invalid length")
	}
	p.char(')')
}

// icmp6NodeData prints what a successful reply tells.
func (p *Printer) icmp6NodeData(b []byte, kind uint16, oddLength bool) {
	p.tok(icmp6NodeTypes, "unknown", uint32(kind))
	flags := u16(b, 6)
	i := icmp6NodeLen
	switch kind {
	case icmp6NodeNoop:
		if oddLength {
			p.str(", invalid length")
		}
	case icmp6NodeName:
		p.icmp6NodeName(at(b, i+4))
		if flags&1 != 0 {
			p.printf(" [TTL=%d]", u32(b, i))
		}
	case icmp6NodeAddr6:
		p.icmp6NodeFlags(icmp6NodeFlags, flags)
		for ; i+20 <= len(b); i += 20 {
			p.printf(" %s(%d)", ip6At(b, i+4), u32(b, i))
		}
	case icmp6NodeAddr4:
		p.icmp6NodeFlags(icmp6NodeFlags, flags)
		for ; i < len(b); i += 8 {
			p.printf(" %s(%d)", ip4At(b, i+4), u32(b, i))
		}
	}
}
