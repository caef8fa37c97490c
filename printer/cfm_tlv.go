package printer

// TLVs (IEEE Std 802.1Q, 21.5).
const (
	cfmTLVEnd             = 0
	cfmTLVSender          = 1
	cfmTLVPortStatus      = 2
	cfmTLVInterfaceStatus = 3
	cfmTLVOrganization    = 31

	cfmTLVHeadLen = 3

	cfmChassisMAC     = 4
	cfmChassisNetwork = 5
)

var (
	cfmTLVNames = []tok{
		{cfmTLVEnd, "End"},
		{cfmTLVSender, "Sender ID"},
		{cfmTLVPortStatus, "Port status"},
		{cfmTLVInterfaceStatus, "Interface status"},
		{4, "Data"},
		{5, "Reply Ingress"},
		{6, "Reply Egress"},
		{cfmTLVOrganization, "Organization Specific"},
	}
	cfmPortStates = []tok{
		{1, "Blocked"},
		{2, "Up"},
	}
	cfmInterfaceStates = []tok{
		{1, "Up"},
		{2, "Down"},
		{3, "Testing"},
		{5, "Dormant"},
		{6, "not present"},
		{7, "lower Layer down"},
	}
	cfmChassisTypes = []tok{
		{0, "Reserved"},
		{1, "Chassis component"},
		{2, "Interface alias"},
		{3, "Port component"},
		{cfmChassisMAC, "MAC address"},
		{cfmChassisNetwork, "Network address"},
		{6, "Interface name"},
		{7, "Locally assigned"},
	}
)

// cfmTLV is a TLV being read. What has not been taken from value decides how
// much is dumped and where the next TLV begins.
type cfmTLV struct {
	value []byte
	i     int // the next byte to read
	left  int // bytes that have not been accounted for
}

// take reads a byte.
func (t *cfmTLV) take() int {
	v := int(u8(t.value, t.i))
	t.skip(1)
	return v
}

func (t *cfmTLV) skip(n int) {
	t.i += n
	t.left -= n
}

func (p *Printer) cfmTLVs(b []byte, length int) {
	for i := 0; i < length; {
		kind := u8(b, i)
		p.printf("\n\t%s TLV (0x%02x)", tokStr(cfmTLVNames, "Unknown", kind), kind)
		if kind == cfmTLVEnd {
			return
		}
		if length-i < cfmTLVHeadLen {
			p.cfmTooShort()
			return
		}
		if !has(b, i, cfmTLVHeadLen) {
			p.truncMark()
			return
		}
		n := int(u16(b, i+1))
		p.printf(", length %d", n)
		i += cfmTLVHeadLen
		if length-i < n {
			p.cfmTooShort()
			return
		}
		if !has(b, i, n) {
			p.truncMark()
			return
		}
		t := cfmTLV{value: b[i : i+n], left: n}
		switch went := p.cfmTLV(kind, &t); {
		case went == stop:
			return
		case went == dump || went == done && p.vflag > 1:
			p.unknownData(t.value, "\n\t  ", t.left)
		}
		i += t.i + t.left
	}
}

func (p *Printer) cfmTLV(kind uint8, t *cfmTLV) outcome {
	minLen := 0
	switch kind {
	case cfmTLVSender:
		return p.cfmSender(t)
	case cfmTLVPortStatus, cfmTLVInterfaceStatus:
		minLen = 1
	case cfmTLVOrganization:
		minLen = 4
	default:
		return dump
	}
	if len(t.value) < minLen {
		p.printf(" (too short, must be >= %d)", minLen)
		return stop
	}
	switch kind {
	case cfmTLVPortStatus:
		p.printf(", Status: %s (%d)", tokStr(cfmPortStates, "Unknown", t.value[0]), t.value[0])
	case cfmTLVInterfaceStatus:
		p.printf(", Status: %s (%d)", tokStr(cfmInterfaceStates, "Unknown", t.value[0]), t.value[0])
	case cfmTLVOrganization:
		oui := u24(t.value, 0)
		p.printf(", Vendor: %s (%d), Sub-Type %d", tokStr(p.ouiTable(), "Unknown", oui), oui, t.value[3])
		return dump
	}
	return done
}

// cfmSender prints the identifier of a sender (802.1Q, 21.5.3): a chassis, a
// management domain and an address in it.
func (p *Printer) cfmSender(t *cfmTLV) outcome {
	if t.left < 1 {
		p.str(" (too short, must be >= 1)")
		return bad
	}
	went := done
	if n := t.take(); n > 0 {
		if went = p.cfmChassis(t, n); went == bad {
			return went
		}
	}
	if t.left == 0 {
		return went
	}
	n := t.take()
	p.printf("\n\t  Management Address Domain Length %d", n)
	if n == 0 {
		return went
	}
	if t.left < n {
		p.str("\n\t  (TLV too short)")
		return bad
	}
	p.hexDump("\n\t  Management Address Domain: ", t.value[t.i:], n)
	t.skip(n)
	if t.left < 1 {
		p.str(" (Management Address Length is missing)")
		return dump
	}
	n = t.take()
	p.printf("\n\t  Management Address Length %d", n)
	if n == 0 {
		return went
	}
	if t.left < n {
		p.str("\n\t  (TLV too short)")
		return stop
	}
	p.hexDump("\n\t  Management Address: ", t.value[t.i:], n)
	t.skip(n)
	return went
}

// cfmChassis prints the identifier of a chassis of n bytes, behind its subtype.
func (p *Printer) cfmChassis(t *cfmTLV, n int) outcome {
	if t.left < 1 {
		p.str("\n\t  (TLV too short)")
		return bad
	}
	kind := t.value[t.i]
	p.printf("\n\t  Chassis-ID Type %s (%d), Chassis-ID length %d", tokStr(cfmChassisTypes, "Unknown", kind), kind, n)
	// In a TLV that is too short, tcpdump counts the subtype as used but takes
	// the next TLV to begin one byte early.
	if t.left--; t.left < n {
		p.str("\n\t  (TLV too short)")
		return bad
	}
	id := t.value[t.i+1 : t.i+1+n]
	t.i++
	t.skip(n)
	switch {
	case kind == cfmChassisMAC && n == 6:
		p.printf("\n\t  MAC %s", macAt(id, 0))
	case kind == cfmChassisMAC:
		p.str(" (invalid MAC address length)")
		return dump
	case kind == cfmChassisNetwork:
		return p.cfmAddress(id)
	case kind >= 1 && kind <= 7:
		p.safePadded(id, n)
	default:
		return dump
	}
	return done
}

// cfmAddress prints a network address behind its family.
func (p *Printer) cfmAddress(b []byte) outcome {
	family, n := b[0], len(b)-1
	p.printf("\n\t  Network Address Type %s (%d)", tokStr(afNames, "Unknown", family), family)
	switch {
	case family == afIPv4 && n == 4:
		p.printf(", %s", ip4At(b, 1))
	case family == afIPv4:
		p.printf("(invalid IPv4 address length %d)", n)
		return dump
	case family == afIPv6 && n == 16:
		p.printf(", %s", ip6At(b, 1))
	case family == afIPv6:
		p.printf("(invalid IPv6 address length %d)", n)
		return dump
	default:
		return dump
	}
	return done
}
