// nsh.go: the network service header (RFC 8300).

package printer

const (
	nshBaseLen = 8 // base header and service path header
	nshWord    = 4
)

var nshFlags = []tok{{0x2, "O"}}

const (
	nshFixed    = 1 // metadata of fixed length
	nshVariable = 2
)

var nshMetadata = []tok{
	{0, "reserved"},
	{nshFixed, "1"},
	{nshVariable, "2"},
	{15, "experimental"},
}

const (
	nshIPv4     = 1
	nshIPv6     = 2
	nshEthernet = 3
)

var nshProtocols = []tok{
	{nshIPv4, "IPv4"},
	{nshIPv6, "IPv6"},
	{nshEthernet, "Ethernet"},
	{4, "NSH"},
	{5, "MPLS"},
	{0xfe, "Experiment 1"},
	{0xff, "Experiment 2"},
}

func (p *Printer) nsh(b []byte, length int) {
	p.proto = "nsh"
	if uint32(length) < nshBaseLen {
		p.printf(" (packet length %d < %d)", uint32(length), nshBaseLen)
		p.invalid()
		return
	}
	base := u32(b, 0)
	words, metadata, next := int(base>>16&0x3f), base>>8&0xf, base&0xff
	if !p.nshHeader(base) {
		return
	}
	if length < words*nshWord {
		p.printf(" (too many headers for packet length %d)", uint32(length))
		p.invalid()
		return
	}
	p.printf("service-path-id 0x%06x, ", u24(b, 4))
	p.printf("service-index 0x%x", u8(b, 7))
	if words < 2 {
		p.str(" (less than two headers)")
		p.invalid()
		return
	}
	if p.vflag > 2 && !p.nshContexts(metadata, at(b, nshBaseLen), words-2) {
		p.invalid()
		return
	}
	need(b, 0, words*nshWord)
	if p.vflag > 0 {
		p.str("\n    ")
	} else {
		p.str(": ")
	}
	b, length = b[words*nshWord:], length-words*nshWord
	switch next {
	case nshIPv4:
		p.ip4(b, length)
	case nshIPv6:
		p.ip6(b, length)
	case nshEthernet:
		p.ether(b, length)
	default:
		p.str("ERROR: unknown-next-protocol")
	}
}

// nshHeader prints the base header and reports whether its version is known.
func (p *Printer) nshHeader(base uint32) bool {
	p.str("NSH, ")
	version := base >> 30
	if p.vflag > 1 {
		p.printf("ver %d, ", version)
	}
	if version != 0 {
		return false
	}
	p.printf("flags [%s], ", bitStrSep(nshFlags, "none", "", base>>28&3))
	if p.vflag > 2 {
		p.printf("TTL %d, length %d, md type %s, ", base>>22&0x3f, base>>16&0x3f,
			tokStr(nshMetadata, "unknown (0x%02x)", base>>8&0xf))
	}
	if p.vflag > 1 {
		p.printf("next-protocol %s, ", tokStr(nshProtocols, "unknown (0x%02x)", base&0xff))
	}
	return true
}

// nshContexts prints the context headers, which take that many words. It reports
// whether their lengths are right.
func (p *Printer) nshContexts(metadata uint32, b []byte, words int) bool {
	switch metadata {
	case nshFixed:
		if words != 4 {
			p.str(" (length for the MD type)")
			return false
		}
		for i := 0; i < words; i++ {
			p.printf("\n        Context[%02d]: 0x%08x", i, u32(b, i*nshWord))
		}
	case nshVariable:
		for i := 0; i < words; {
			n := p.nshContext(at(b, i*nshWord), words-i)
			if n == 0 {
				return false
			}
			i += n
		}
	}
	return true
}

// nshContext prints a context header of variable length (section 2.5.1) and
// returns how many words it takes, or 0 when those are more than words.
func (p *Printer) nshContext(b []byte, words int) int {
	class, kind, n := u16(b, 0), u8(b, 2), int(u8(b, 3)&0x7f)
	p.printf("\n        TLV Class %d, Type %d, Len %d", class, kind, n)
	padded := (n + nshWord - 1) / nshWord
	if words < 1+padded {
		p.str(" (length too big)")
		return 0
	}
	if n > 0 {
		p.str("\n            Value: ")
		for i := range n {
			c := u8(b, nshWord+i)
			if i == 0 {
				p.str("0x")
			} else {
				p.char(':')
			}
			p.hex(uint64(c), 2)
		}
		need(b, 0, (1+padded)*nshWord)
	}
	return 1 + padded
}
