package printer

// What PIM messages carry, by type.

const (
	pimHoldTime       = 1
	pimLANPruneDelay  = 2
	pimDRPriorityOld  = 18
	pimDRPriority     = 19
	pimGenerationID   = 20
	pimStateRefresh   = 21
	pimBidirectional  = 22
	pimAddressList    = 24
	pimAddressListOld = 65001
)

var pimHelloNames = []tok{
	{pimHoldTime, "Hold Time"},
	{pimLANPruneDelay, "LAN Prune Delay"},
	{pimDRPriorityOld, "DR Priority (Old)"},
	{pimDRPriority, "DR Priority"},
	{pimGenerationID, "Generation ID"},
	{pimStateRefresh, "State Refresh Capability"},
	{pimBidirectional, "Bi-Directional Capability"},
	{pimAddressList, "Address List"},
	{pimAddressListOld, "Address List (Old)"},
}

func (p *Printer) pimHelloOptions(m *pimMessage) bool {
	for m.left > 0 {
		if m.left < 4 {
			return false
		}
		option, n := u16(m.b, 0), int(u16(m.b, 2))
		p.printf("\n\t  %s Option (%d), length %d, Value: ", tokStr(pimHelloNames, "Unknown", option), option, n)
		m.skip(4)
		if m.left < n || !has(m.b, 0, n) {
			return false
		}
		if want := pimHelloLen(option); want >= 0 && n != want && (n != 0 || want != 4 || !pimIsPriority(option)) {
			p.printf("[option length %d != %d]", n, want)
			p.invalid()
			return true
		}
		if !p.pimHelloValue(option, n, m) {
			return false
		}
		if p.vflag > 1 {
			p.unknownData(m.b, "\n\t    ", n)
		}
		m.skip(n)
	}
	return true
}

func pimIsPriority(option uint16) bool { return option == pimDRPriority || option == pimDRPriorityOld }

// pimHelloLen is the length that an option has to have, or -1.
func pimHelloLen(option uint16) int {
	switch option {
	case pimHoldTime:
		return 2
	case pimLANPruneDelay, pimDRPriority, pimDRPriorityOld, pimGenerationID, pimStateRefresh:
		return 4
	}
	return -1
}

// pimHelloValue prints the value of a hello option and reports whether what it
// holds is whole.
func (p *Printer) pimHelloValue(option uint16, n int, m *pimMessage) bool {
	v := m.b
	switch option {
	case pimHoldTime:
		p.duration(uint32(u16(v, 0)))
	case pimLANPruneDelay:
		delay := u16(v, 0)
		p.printf("\n\t    T-bit=%d, LAN delay %dms, Override interval %dms", delay>>15, delay&0x7fff, u16(v, 2))
	case pimDRPriority, pimDRPriorityOld:
		if n == 0 {
			p.str("Bi-Directional Capability (Old)")
		} else {
			p.printf("%d", u32(v, 0))
		}
	case pimGenerationID:
		p.printf("0x%08x", u32(v, 0))
	case pimStateRefresh:
		p.printf("v%d", v[0])
		if v[1] != 0 {
			p.str(", interval ")
			p.duration(uint32(v[1]))
		}
		if reserved := u16(v, 2); reserved != 0 {
			p.printf(" ?0x%04x?", reserved)
		}
	case pimBidirectional:
	case pimAddressList, pimAddressListOld:
		if p.vflag > 1 {
			list := *m
			for m.left-list.left < n {
				if !p.pimAddress("\n\t    ", pimUnicast, &list) {
					return false
				}
			}
		}
	default:
		if p.vflag == 1 {
			p.unknownData(v, "\n\t    ", n)
		}
	}
	return true
}

var pimRegisterFlags = []tok{{0x80000000, "Border"}, {0x40000000, "Null"}}

// pimRegistered prints the multicast packet that a register carries.
func (p *Printer) pimRegistered(m *pimMessage) bool {
	if m.left < 4 || !has(m.b, 0, 4) {
		return false
	}
	p.printf(", Flags [ %s ]\n\t", tokStr(pimRegisterFlags, "none", u32(m.b, 0)))
	m.skip(4)
	if m.left == 0 {
		return false
	}
	switch version := u8(m.b, 0) >> 4; version {
	case 0: // a header alone, with the rest zero
		p.printf("IP-Null-header %s > %s", ip4At(m.b, 12), ip4At(m.b, 16))
	case 4:
		p.ip4(m.b, m.left)
	case 6:
		p.ip6(m.b, m.left)
	default:
		p.printf("IP ver %d", version)
	}
	return true
}

// pimGroups prints the sources that are joined and pruned, by group; a graft
// acknowledgement has neither neighbour nor time.
func (p *Printer) pimGroups(m *pimMessage, ack bool) bool {
	if !ack && !p.pimAddress(", upstream-neighbor: ", pimUnicast, m) {
		return false
	}
	if m.left < 4 || !has(m.b, 0, 4) {
		return false
	}
	groups, hold := m.b[1], u16(m.b, 2)
	p.printf("\n\t  %d group(s)", groups)
	if !ack {
		p.str(", holdtime: ")
		if hold == 0xffff {
			p.str("infinite")
		} else {
			p.duration(uint32(hold))
		}
	}
	m.skip(4)
	for i := range int(groups) {
		p.printf("\n\t    group #%d: ", i+1)
		if !p.pimAddress("", pimGroup, m) || m.left < 4 || !has(m.b, 0, 4) {
			return false
		}
		joined, pruned := int(u16(m.b, 0)), int(u16(m.b, 2))
		p.printf(", joined sources: %d, pruned sources: %d", joined, pruned)
		m.skip(4)
		if !p.pimSources("joined", joined, m) || !p.pimSources("pruned", pruned, m) {
			return false
		}
	}
	return true
}

func (p *Printer) pimSources(word string, n int, m *pimMessage) bool {
	for i := range n {
		p.printf("\n\t      %s source #%d: ", word, i+1)
		if !p.pimAddress("", pimSource, m) {
			return false
		}
	}
	return true
}

// pimBootstrapMessage prints the rendezvous points of groups (RFC 5059 section
// 4.1).
func (p *Printer) pimBootstrapMessage(m *pimMessage) bool {
	if m.left < 2 {
		return false
	}
	p.printf(" tag=%x", u16(m.b, 0))
	m.skip(2)
	if m.left < 1 {
		return false
	}
	p.printf(" hashmlen=%d", u8(m.b, 0))
	// the reference wants a byte more than the priority takes
	if m.left < 2 || !has(m.b, 2, 1) {
		return false
	}
	p.printf(" BSRprio=%d", m.b[1])
	m.skip(2)
	if !p.pimAddress(" BSR=", pimUnicast, m) {
		return false
	}
	for i := 0; m.left > 0; i++ {
		p.printf(" (group%d: ", i)
		if !p.pimAddress("", pimGroup, m) || m.left < 1 {
			return false
		}
		p.printf(" RPcnt=%d", u8(m.b, 0))
		if m.left < 2 {
			return false
		}
		count := int(u8(m.b, 1))
		p.printf(" FRPcnt=%d", count)
		if m.left < 4 {
			return false
		}
		m.skip(4)
		for j := 0; j < count && m.left > 0; j++ {
			if !p.pimRendezvousPoint(j, m) {
				return false
			}
		}
		p.char(')')
	}
	return true
}

func (p *Printer) pimRendezvousPoint(i int, m *pimMessage) bool {
	p.printf(" RP%d=", i)
	if !p.pimAddress("", pimUnicast, m) || m.left < 2 {
		return false
	}
	p.str(",holdtime=")
	p.duration(uint32(u16(m.b, 0)))
	if m.left < 3 {
		return false
	}
	p.printf(",prio=%d", u8(m.b, 2))
	if m.left < 4 {
		return false
	}
	m.skip(4)
	return true
}

func (p *Printer) pimAssertMessage(m *pimMessage) bool {
	if !p.pimAddress(" group=", pimGroup, m) || !p.pimAddress(" src=", pimUnicast, m) {
		return false
	}
	if m.left < 8 || !has(m.b, 0, 8) {
		return false
	}
	preference := u32(m.b, 0)
	if preference>>31 != 0 {
		p.str(" RPT")
	}
	p.printf(" pref=%d metric=%d", preference&0x7fffffff, u32(m.b, 4))
	return true
}

func (p *Printer) pimCandidate(m *pimMessage) bool {
	if m.left < 1 {
		return false
	}
	count := int(u8(m.b, 0))
	p.printf(" prefix-cnt=%d", count)
	if m.left < 2 {
		return false
	}
	p.printf(" prio=%d", u8(m.b, 1))
	if m.left < 4 {
		return false
	}
	p.str(" holdtime=")
	p.duration(uint32(u16(m.b, 2)))
	m.skip(4)
	if !p.pimAddress(" RP=", pimUnicast, m) {
		return false
	}
	for i := 0; i < count && m.left > 0; i++ {
		p.printf(" Group%d=", i)
		if !p.pimAddress("", pimGroup, m) {
			return false
		}
	}
	return true
}

const (
	pimDFBackoff = 3
	pimDFPass    = 4
)

var pimDFTypes = []tok{{1, "Offer"}, {2, "Winner"}, {pimDFBackoff, "Backoff"}, {pimDFPass, "Pass"}}

// pimElection prints the election of a designated forwarder (RFC 5015 section
// 3.7.2).
func (p *Printer) pimElection(subtype uint8, m *pimMessage) bool {
	p.printf("\n\t  %s,", tokStr(pimDFTypes, "Unknown", subtype))
	if !p.pimAddress(" rpa=", pimUnicast, m) {
		return false
	}
	p.printf(" sender pref=%d", u32(m.b, 0))
	p.printf(" sender metric=%d", u32(m.b, 4))
	m.skip(8)
	word := "new winner"
	switch subtype {
	case pimDFBackoff:
		word = "offer"
	case pimDFPass:
	default:
		return true
	}
	p.printf("\n\t  %s addr=", word)
	if !p.pimAddress("", pimUnicast, m) {
		return false
	}
	p.printf(" %s pref=%d", word, u32(m.b, 0))
	p.printf(" %s metric=%d", word, u32(m.b, 4))
	m.skip(8)
	if subtype == pimDFBackoff {
		p.printf(" interval %dms", u16(m.b, 0))
	}
	return true
}
