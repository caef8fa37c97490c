// pim.go: Protocol Independent Multicast, version 2 (RFC 7761, RFC 3973, RFC 5015).

package printer

const (
	pimHello        = 0
	pimRegister     = 1
	pimRegisterStop = 2
	pimJoinPrune    = 3
	pimBootstrap    = 4
	pimAssert       = 5
	pimGraft        = 6
	pimGraftAck     = 7
	pimCandidateRP  = 8
	pimPruneRefresh = 9
	pimDFElection   = 10
)

var pimTypes = []tok{
	{pimHello, "Hello"},
	{pimRegister, "Register"},
	{pimRegisterStop, "Register Stop"},
	{pimJoinPrune, "Join / Prune"},
	{pimBootstrap, "Bootstrap"},
	{pimAssert, "Assert"},
	{pimGraft, "Graft"},
	{pimGraftAck, "Graft Acknowledgement"},
	{pimCandidateRP, "Candidate RP Advertisement"},
	{pimPruneRefresh, "Prune Refresh"},
	{pimDFElection, "DF Election"},
	{11, "ECMP Redirect"},
}

func (p *Printer) pim(b []byte, length int, ip ipHeader) {
	p.proto = "pim"
	version, kind := u8(b, 0)>>4, b[0]&0x0f
	switch {
	case version != 2:
		p.printf("PIMv%d, length %d", version, uint32(length))
	case p.vflag == 0:
		p.printf("PIMv2, %s, length %d", tokStr(pimTypes, "Unknown Type", kind), uint32(length))
	default:
		p.printf("PIMv2, length %d\n\t%s", uint32(length), tokStr(pimTypes, "Unknown Type", kind))
		p.pimVerbose(b, length, kind, ip)
	}
}

// pimMessage walks through a message: b and left are what remains of it,
// captured and by its length.
type pimMessage struct {
	b       []byte
	left    int
	addrLen int // of addresses without a header of their own (RFC 2117), or 0
}

func (m *pimMessage) skip(n int) { m.b, m.left = at(m.b, n), m.left-n }

func (p *Printer) pimVerbose(b []byte, length int, kind uint8, ip ipHeader) {
	p.proto = "pimv2"
	if length < 2 {
		p.printf("[length %d < 2]", length)
		p.invalid()
		return
	}
	reserved := u8(b, 1)
	m := pimMessage{addrLen: int(reserved & 0x0f)}
	if m.addrLen != 0 {
		p.str(", RFC2117-encoding")
	}
	if length < 4 {
		p.printf("[length %d < 4]", length)
		p.invalid()
		return
	}
	sum := u16(b, 2)
	p.printf(", cksum 0x%04x (%s)", sum, p.pimChecksum(b, length, kind, sum, ip))
	m.b, m.left = b[4:], length-4
	if !p.pimBody(kind, reserved>>4, &m) {
		p.truncMark()
	}
}

// pimChecksum says what the checksum is worth. That of a register should cover
// the first 8 bytes, but may cover all (RFC 7761 section 4.9).
func (p *Printer) pimChecksum(b []byte, length int, kind uint8, sum uint16, ip ipHeader) string {
	if sum == 0 {
		return "unverified"
	}
	verdict := "incorrect"
	if kind == pimRegister {
		verdict = p.pimChecksumOver(b, 8, ip)
	}
	if verdict == "incorrect" {
		verdict = p.pimChecksumOver(b, length, ip)
	}
	return verdict
}

func (p *Printer) pimChecksumOver(b []byte, n int, ip ipHeader) string {
	if !has(b, 0, n) {
		return "unverified"
	}
	wrong := false
	if ip.version == 6 {
		wrong = p.pseudoChecksum(ip, b, n, n, protoPIM) != 0
	} else {
		wrong = checksum(b[:n]) != 0
	}
	if wrong {
		return "incorrect"
	}
	return "correct"
}

// pimBody prints a message from behind its header on and reports whether it was
// all there.
func (p *Printer) pimBody(kind, subtype uint8, m *pimMessage) bool {
	switch kind {
	case pimHello:
		return p.pimHelloOptions(m)
	case pimRegister:
		return p.pimRegistered(m)
	case pimRegisterStop:
		return p.pimAddress(" group=", pimGroup, m) && p.pimAddress(" source=", pimUnicast, m)
	case pimJoinPrune, pimGraft, pimGraftAck:
		return p.pimGroups(m, kind == pimGraftAck)
	case pimBootstrap:
		return p.pimBootstrapMessage(m)
	case pimAssert:
		return p.pimAssertMessage(m)
	case pimCandidateRP:
		return p.pimCandidate(m)
	case pimPruneRefresh:
		if !p.pimAddress(" src=", pimUnicast, m) || !p.pimAddress(" grp=", pimGroup, m) ||
			!p.pimAddress(" forwarder=", pimUnicast, m) || m.left < 2 {
			return false
		}
		p.str(" TUNR ")
		p.duration(uint32(u16(m.b, 0)))
	case pimDFElection:
		return p.pimElection(subtype, m)
	default:
		p.printf(" [type %d]", kind)
	}
	return true
}

// pimAddressKind is how an address is encoded (RFC 7761 section 4.9.1).
type pimAddressKind uint8

const (
	pimUnicast pimAddressKind = iota
	pimGroup
	pimSource
)

// pimAddress prints an encoded address behind a label and reports whether it is
// whole and of a known family.
func (p *Printer) pimAddress(label string, kind pimAddressKind, m *pimMessage) bool {
	p.str(label)
	size := m.addrLen
	if size == 0 {
		if m.left < 2 {
			return false
		}
		switch u8(m.b, 0) {
		case afIPv4:
			size = 4
		case afIPv6:
			size = 16
		default:
			return false
		}
		if u8(m.b, 1) != 0 { // the native encoding
			return false
		}
		m.skip(2)
	}
	if size != 4 && size != 16 {
		return false
	}
	n := size
	if kind != pimUnicast {
		n += 2
	}
	if m.left < n || !has(m.b, 0, n) {
		return false
	}
	a := m.b[n-size:]
	if size == 4 {
		p.appendAddr4(ip4At(a, 0))
	} else {
		p.appendAddr6(ip6At(a, 0))
	}
	if kind != pimUnicast {
		p.pimAddressFlags(kind, m.b[0], int(m.b[1]), size)
	}
	m.skip(n)
	return true
}

// pimAddressFlags prints the mask length, unless it is a host's, and the flags.
func (p *Printer) pimAddressFlags(kind pimAddressKind, bits uint8, maskLen, size int) {
	if maskLen != size*8 {
		p.printf("/%d", maskLen)
	}
	switch {
	case bits == 0:
		return
	case kind == pimGroup:
		p.printf("(0x%02x)", bits)
		return
	}
	p.char('(')
	for _, f := range [...]struct {
		bit    uint8
		letter byte
	}{{4, 'S'}, {2, 'W'}, {1, 'R'}} {
		if bits&f.bit != 0 {
			p.char(f.letter)
		}
	}
	if bits&0xf8 != 0 {
		p.printf("+0x%02x", bits&0xf8)
	}
	p.char(')')
}
