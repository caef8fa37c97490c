// cfm.go: Connectivity Fault Management (IEEE Std 802.1Q, clauses 18 to 22; ITU-T
// Y.1731).

package printer

const (
	cfmCCM = 1
	cfmLTR = 4
	cfmLTM = 5

	cfmHeaderLen = 4
	cfmCCMLen    = 70
	cfmLTMLen    = 17
	cfmLTRLen    = 6
	cfmNamesAt   = 6
	cfmNamesLen  = 48

	cfmRDI = 0x80 // flag: remote defect indication
)

// Formats of the names of maintenance domains and associations.
const (
	cfmMDNone = 1
	cfmMDDNS  = 2
	cfmMDMAC  = 3
	cfmMDText = 4
	cfmMAText = 2
)

var (
	cfmOpcodes = []tok{
		{cfmCCM, "Continuity Check Message"},
		{2, "Loopback Reply"},
		{3, "Loopback Message"},
		{cfmLTR, "Linktrace Reply"},
		{cfmLTM, "Linktrace Message"},
	}
	// cfmIntervals are in seconds (802.1Q, table 21-16).
	cfmIntervals = [8]float32{0, 0.003333, 0.01, 0.1, 1, 10, 60, 600}
	cfmMDFormats = []tok{
		{0, "IEEE 802.1"},
		{cfmMDNone, "No MD Name present"},
		{cfmMDDNS, "DNS string"},
		{cfmMDMAC, "MAC + 16Bit Integer"},
		{cfmMDText, "Character string"},
	}
	cfmMAFormats = []tok{
		{0, "IEEE 802.1"},
		{1, "Primary VID"},
		{cfmMAText, "Character string"},
		{3, "16Bit Integer"},
		{4, "RFC2685 VPN-ID"},
	}
	cfmLTMFlags = []tok{
		{0x80, "Use Forwarding-DB only"},
	}
	cfmLTRFlags = []tok{
		{0x80, "UseFDB Only"},
		{0x40, "FwdYes"},
		{0x20, "Terminal MEP"},
	}
	cfmRelayActions = []tok{
		{1, "Exact Match"},
		{2, "Filtering DB"},
		{3, "MIP CCM DB"},
	}
)

func (p *Printer) cfm(b []byte, length int) {
	p.proto = "cfm"
	if length < cfmHeaderLen {
		p.cfmTooShort()
		return
	}
	if !has(b, 0, cfmHeaderLen) {
		p.truncMark()
		return
	}
	level, version, opcode := b[0]>>5, b[0]&31, b[1]
	if version != 0 {
		p.printf("CFMv%d not supported, length %d", version, uint32(length))
		return
	}
	p.printf("CFMv%d %s, MD Level %d, length %d", version, tokStr(cfmOpcodes, "unknown (%d)", opcode), level, uint32(length))
	if p.vflag == 0 {
		return
	}
	flags, first := b[2], int(b[3])
	p.printf("\n\tFirst TLV offset %d", first)
	b, length = b[cfmHeaderLen:], length-cfmHeaderLen
	if first > length {
		p.printf(" (too large, must be <= %d)", length)
		return
	}
	if p.cfmMessage(opcode, flags, b, length, first) {
		p.cfmTLVs(at(b, first), length-first)
	}
}

func (p *Printer) cfmTooShort() { p.str("\n\t\t packet is too short") }

// cfmMessage prints what stands before the TLVs, which begin at first, and
// reports whether they are to be printed.
func (p *Printer) cfmMessage(opcode, flags uint8, b []byte, length, first int) bool {
	n := 0
	switch opcode {
	case cfmCCM:
		n = cfmCCMLen
	case cfmLTM:
		n = cfmLTMLen
	case cfmLTR:
		n = cfmLTRLen
	default:
		p.unknownData(b, "\n\t  ", length-first)
		return true
	}
	if first < n {
		// tcpdump numbers these messages after the opcodes, but for one
		number := opcode
		if opcode != cfmCCM {
			number = 9 - opcode
		}
		p.printf(" (too small %d, must be >= %d)", number, n)
		return false
	}
	if !has(b, 0, n) {
		p.truncMark()
		return false
	}
	switch opcode {
	case cfmCCM:
		return p.cfmContinuity(flags, b)
	case cfmLTM:
		p.printf(", Flags [%s]", bitStr(cfmLTMFlags, "none", flags))
		p.printf("\n\t  Transaction-ID 0x%08x, ttl %d", u32(b, 0), b[4])
		p.printf("\n\t  Original-MAC %s, Target-MAC %s", macAt(b, 5), macAt(b, 11))
	case cfmLTR:
		p.printf(", Flags [%s]", bitStr(cfmLTRFlags, "none", flags))
		p.printf("\n\t  Transaction-ID 0x%08x, ttl %d", u32(b, 0), b[4])
		p.printf("\n\t  Replay-Action %s (%d)", tokStr(cfmRelayActions, "Unknown", b[5]), b[5])
	}
	return true
}

func (p *Printer) cfmContinuity(flags uint8, b []byte) bool {
	rdi := ""
	if flags&cfmRDI != 0 {
		rdi = ", RDI"
	}
	interval := flags & 7
	p.printf(", Flags [CCM Interval %d%s]", interval, rdi)
	if interval != 0 {
		seconds := float64(cfmIntervals[interval])
		p.printf("\n\t  CCM Interval %.3fs, min CCM Lifetime %.3fs, max CCM Lifetime %.3fs", seconds, seconds*3.25, seconds*3.5)
	}
	p.printf("\n\t  Sequence Number 0x%08x, MA-End-Point-ID 0x%04x", u32(b, 0), u16(b, 4))
	association, ok := p.cfmDomain(b[cfmNamesAt : cfmNamesAt+cfmNamesLen])
	return ok && p.cfmAssociation(association)
}

// cfmDomain prints the name of a maintenance domain and returns what follows
// it, or reports that it leaves no room for the association.
func (p *Printer) cfmDomain(names []byte) ([]byte, bool) {
	format := names[0]
	p.printf("\n\t  MD Name Format %s (%d)", tokStr(cfmMDFormats, "Unknown", format), format)
	if format == cfmMDNone {
		return names[1:], true
	}
	n := int(names[1])
	p.printf(", MD Name length %d", n)
	names = names[2:]
	if n > len(names)-3 {
		p.printf(" (too large, must be <= %d)", len(names)-2)
		return nil, false
	}
	p.str("\n\t  MD Name: ")
	switch {
	case format == cfmMDDNS || format == cfmMDText:
		p.safePadded(names, n)
	case format == cfmMDMAC && n == 6:
		p.printf("\n\t  MAC %s", macAt(names, 0))
	case format == cfmMDMAC:
		p.str("\n\t  MAC (length invalid)")
	default:
		p.unknownData(names, "\n\t    ", n)
	}
	return names[n:], true
}

// cfmAssociation prints the short name of a maintenance association and
// reports whether it has room.
func (p *Printer) cfmAssociation(names []byte) bool {
	format, n := names[0], int(names[1])
	names = names[2:]
	p.printf("\n\t  MA Name-Format %s (%d), MA name length %d", tokStr(cfmMAFormats, "Unknown", format), format, n)
	if n > len(names) {
		p.printf(" (too large, must be <= %d)", len(names))
		return false
	}
	p.str("\n\t  MA Name: ")
	if format == cfmMAText {
		p.safePadded(names, n)
	} else {
		p.unknownData(names, "\n\t    ", n)
	}
	return true
}
