// mpls.go: MPLS label stacks (RFC 3032).

package printer

const (
	mplsIPv4Null     = 0
	mplsIPv6Null     = 2
	mplsImplicitNull = 3
	mplsReserved     = 16 // labels below are reserved
)

// mplsLabels are the reserved labels that have a meaning (RFC 3032 section
// 2.1).
var mplsLabels = []string{"IPv4 explicit NULL", "router alert", "IPv6 explicit NULL", "implicit NULL"}

func (p *Printer) mpls(b []byte, length int) {
	p.proto = "mpls"
	p.str("MPLS")
	var label uint32
	for depth := 0; ; depth++ {
		if uint32(length) < 4 {
			p.invalid()
			need(b, 0, length)
			return
		}
		entry := u32(b, 0)
		label = entry >> 12
		p.mplsEntry(entry, depth)
		b, length = b[4:], length-4
		if entry&0x100 != 0 {
			break
		}
	}
	p.mplsPayload(label, b, length)
}

func (p *Printer) mplsEntry(entry uint32, depth int) {
	label := entry >> 12
	if depth > 0 && p.vflag > 0 {
		p.str("\n\t")
	} else {
		p.char(' ')
	}
	p.printf("(label %d", label)
	if p.vflag > 0 && label < mplsReserved {
		name := strName(mplsLabels, label)
		if name == "" {
			name = "rsvd"
		}
		p.printf(" (%s)", name)
	}
	p.printf(", tc %d", entry>>9&7)
	if entry&0x100 != 0 {
		p.str(", [S]")
	}
	p.printf(", ttl %d)", entry&0xff)
}

// mplsPayload prints what follows the bottom of the stack. Only some labels
// tell what it is; else its first byte does, as on ATM virtual circuits that IP
// and IS-IS share (draft-hsmit-isis-aal5mux).
func (p *Printer) mplsPayload(label uint32, b []byte, length int) {
	payload := (*Printer).ip4
	switch label {
	case mplsIPv4Null, mplsImplicitNull:
	case mplsIPv6Null:
		payload = (*Printer).ip6
	default:
		if length < 1 {
			return
		}
		switch first := u8(b, 0); {
		case first >= 0x45 && first <= 0x4f:
		case first >= 0x60 && first <= 0x6f:
			payload = (*Printer).ip6
		case first >= nlpidCLNP && first <= nlpidISIS:
			payload = (*Printer).isoclns
		default:
			p.defaultDump(b, length)
			return
		}
	}
	if p.vflag > 0 {
		p.str("\n\t")
	} else {
		p.char(' ')
	}
	payload(p, b, length)
}
