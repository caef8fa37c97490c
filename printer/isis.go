// isis.go: Intermediate System to Intermediate System routing protocol (ISO/IEC 10589, RFC 1195).

package printer

// PDU types (ISO/IEC 10589, 9.5 to 9.13).
const (
	isisL1LANHello = 15
	isisL2LANHello = 16
	isisP2PHello   = 17
	isisL1LSP      = 18
	isisL2LSP      = 20
	isisL1CSNP     = 24
	isisL2CSNP     = 25
	isisL1PSNP     = 26
	isisL2PSNP     = 27
)

// Lengths of the common header, and of what each kind of PDU has behind it.
const (
	isisHeaderLen   = 8
	isisLANHelloLen = 19
	isisP2PHelloLen = 12
	isisLSPLen      = 19
	isisCSNPLen     = 25
	isisPSNPLen     = 9
)

const (
	isisVersion      = 1
	isisMaxAreas     = 3 // what 0 stands for
	isisSystemIDLen  = 6
	isisNodeIDLen    = isisSystemIDLen + 1 // with a pseudonode
	isisLSPIDLen     = isisNodeIDLen + 1   // with a fragment
	isisLSPLifetime  = isisHeaderLen + 2
	isisLSPID        = isisHeaderLen + 4
	isisLSPChecksum  = isisHeaderLen + 16
	isisLSPTypeBlock = isisHeaderLen + 18
)

var (
	isisTypes = []tok{
		{isisL1LANHello, "L1 Lan IIH"},
		{isisL2LANHello, "L2 Lan IIH"},
		{isisP2PHello, "p2p IIH"},
		{isisL1LSP, "L1 LSP"},
		{isisL2LSP, "L2 LSP"},
		{isisL1CSNP, "L1 CSNP"},
		{isisL2CSNP, "L2 CSNP"},
		{isisL1PSNP, "L1 PSNP"},
		{isisL2PSNP, "L2 PSNP"},
	}
	isisCircuitTypes = []tok{
		{1, "Level 1 only"},
		{2, "Level 2 only"},
		{3, "Level 1, Level 2"},
	}
	isisISTypes = []tok{
		{0, "Unused 0x0 (invalid)"},
		{1, "L1 IS"},
		{2, "Unused 0x2 (invalid)"},
		{3, "L2 IS"},
	}
)

// isisKind says where things are in a kind of PDU.
type isisKind struct {
	hlen      int    // bytes behind the common header; 0: unknown kind
	pduLength int    // index of the PDU length
	bogus     string // complaint about the length of the header
	should    int    // and what it claims to be right
}

func isisKindOf(pdu uint8) isisKind {
	const bogus = ", bogus"
	switch pdu {
	case isisL1LANHello, isisL2LANHello:
		return isisKind{isisLANHelloLen, isisHeaderLen + 9, bogus, isisHeaderLen + isisLANHelloLen}
	case isisP2PHello:
		return isisKind{isisP2PHelloLen, isisHeaderLen + 9, bogus, isisHeaderLen + isisP2PHelloLen}
	case isisL1LSP, isisL2LSP:
		return isisKind{isisLSPLen, isisHeaderLen, bogus, isisLSPLen}
	case isisL1CSNP, isisL2CSNP:
		return isisKind{isisCSNPLen, isisHeaderLen, bogus, isisHeaderLen + isisCSNPLen}
	case isisL1PSNP, isisL2PSNP:
		return isisKind{isisPSNPLen, isisHeaderLen, "- bogus", isisHeaderLen + isisPSNPLen}
	}
	return isisKind{}
}

// isis prints a PDU and reports whether it made sense; otherwise the caller dumps
// it.
func (p *Printer) isis(b []byte, length int) bool {
	p.proto = "isis"
	if !has(b, 0, isisHeaderLen) || length < isisHeaderLen {
		p.truncMark()
		return true
	}
	comma := ""
	if !p.eflag {
		p.str("IS-IS")
		comma = ", "
	}
	if !p.isisCheck(b, length) {
		return false
	}
	pdu := b[4]
	if p.vflag == 0 {
		p.printf("%s%s", comma, tokStr(isisTypes, "unknown PDU-Type %d", pdu))
	} else {
		p.printf("%slength %d", comma, uint32(length))
		p.isisCommonHeader(b)
	}

	kind := isisKindOf(pdu)
	hlen := isisHeaderLen + kind.hlen
	switch {
	case kind.hlen == 0 && p.vflag == 0:
		p.printf(", length %d", uint32(length))
		return true
	case kind.hlen == 0:
		p.unknownData(b[isisHeaderLen:], "\n\t  ", length)
		return false
	case int(b[1]) != hlen:
		p.printf("%s fixed header length %d should be %d", kind.bogus, b[1], kind.should)
		return false
	case !has(b, 0, hlen) || length < hlen:
		p.truncMark()
		return true
	case p.vflag == 0:
		p.isisBrief(b)
		p.printf(", length %d", uint32(length))
		return true
	}
	length = min(length, int(u16(b, kind.pduLength)))
	p.isisHeader(b, length)
	if p.vflag > 1 {
		p.unknownData(b[isisHeaderLen:], "\n\t  ", kind.hlen)
	}
	if p.lacks("packet length", length, hlen) {
		return true
	}
	p.isisTLVs(b, hlen, length)
	return true
}

// isisCheck reports whether the common header can be right, or prints why not.
func (p *Printer) isisCheck(b []byte, length int) bool {
	hlen, version, idLen, pduVersion, areas := int(b[1]), b[2], b[3], b[5], b[7]
	switch {
	case version != isisVersion:
		p.printf("version %d packet not supported", version)
	case idLen != isisSystemIDLen && idLen != 0: // 0 stands for the usual length
		p.printf("system ID length of %d is not supported", idLen)
	case pduVersion != isisVersion:
		p.printf("version %d packet not supported", pduVersion)
	case length < hlen:
		p.printf("fixed header length %d > packet length %d", hlen, uint32(length))
	case hlen < isisHeaderLen:
		p.printf("fixed header length %d < minimum header size %d", hlen, isisHeaderLen)
	case areas == 255:
		p.str("bad packet -- 255 areas")
	default:
		return true
	}
	return false
}

// isisCommonHeader prints what all PDUs begin with (ISO/IEC 10589, 9.5).
func (p *Printer) isisCommonHeader(b []byte) {
	maxAreas := b[7]
	if maxAreas == 0 {
		maxAreas = isisMaxAreas
	}
	p.printf("\n\t%s, hlen: %d, v: %d, pdu-v: %d, sys-id-len: %d (%d), max-area: %d (%d)",
		tokStr(isisTypes, "unknown, type %d", b[4]), b[1], b[2], b[5], isisSystemIDLen, b[3], maxAreas, b[7])
	if p.vflag > 1 {
		p.unknownData(b, "\n\t", isisHeaderLen)
	}
}

// isisBrief prints the little that a line without -v shows.
func (p *Printer) isisBrief(b []byte) {
	switch b[4] {
	case isisL1LANHello, isisL2LANHello:
		p.isisID(", src-id ", b, isisHeaderLen+1, isisSystemIDLen)
		p.isisID(", lan-id ", b, isisHeaderLen+12, isisNodeIDLen)
		p.printf(", prio %d", b[isisHeaderLen+11])
	case isisP2PHello:
		p.isisID(", src-id ", b, isisHeaderLen+1, isisSystemIDLen)
	case isisL1LSP, isisL2LSP:
		p.isisID(", lsp-id ", b, isisLSPID, isisLSPIDLen)
		p.printf(", seq 0x%08x, lifetime %5ds", u32(b, isisHeaderLen+12), u16(b, isisLSPLifetime))
	default: // sequence numbers
		p.isisID(", src-id ", b, isisHeaderLen+2, isisNodeIDLen)
	}
}

// isisHeader prints the header that this kind of PDU has; length is that of the
// PDU.
func (p *Printer) isisHeader(b []byte, length int) {
	pduLength := u16(b, isisKindOf(b[4]).pduLength)
	switch b[4] {
	case isisL1LANHello, isisL2LANHello:
		p.isisHello(b, ",  holding time")
		p.isisID("\n\t  lan-id:    ", b, isisHeaderLen+12, isisNodeIDLen)
		p.printf(", Priority: %d, PDU length: %d", b[isisHeaderLen+11]&0x7f, pduLength)
	case isisP2PHello:
		p.isisHello(b, ", holding time")
		p.printf("\n\t  circuit-id: 0x%02x, PDU length: %d", b[isisHeaderLen+11], pduLength)
	case isisL1LSP, isisL2LSP:
		p.isisLSPHeader(b, length)
	case isisL1CSNP, isisL2CSNP:
		p.isisID("\n\t  source-id:    ", b, isisHeaderLen+2, isisNodeIDLen)
		p.printf(", PDU length: %d", pduLength)
		p.isisID("\n\t  start lsp-id: ", b, isisHeaderLen+9, isisLSPIDLen)
		p.isisID("\n\t  end lsp-id:   ", b, isisHeaderLen+17, isisLSPIDLen)
	default:
		p.isisID("\n\t  source-id:    ", b, isisHeaderLen+2, isisNodeIDLen)
		p.printf(", PDU length: %d", pduLength)
	}
}

// isisHello prints what hellos have in common (ISO/IEC 10589, 9.5 and 9.7).
func (p *Printer) isisHello(b []byte, holding string) {
	p.isisID("\n\t  source-id: ", b, isisHeaderLen+1, isisSystemIDLen)
	p.printf("%s: %ds, Flags: [%s]", holding, u16(b, isisHeaderLen+7),
		tokStr(isisCircuitTypes, "unknown circuit type 0x%02x", b[isisHeaderLen]))
}

// isisLSPHeader prints the header of a link state PDU (ISO/IEC 10589, 9.8).
func (p *Printer) isisLSPHeader(b []byte, length int) {
	p.isisID("\n\t  lsp-id: ", b, isisLSPID, isisLSPIDLen)
	p.printf(", seq: 0x%08x, lifetime: %5ds\n\t  chksum: 0x%04x",
		u32(b, isisHeaderLen+12), u16(b, isisLSPLifetime), u16(b, isisLSPChecksum))
	// the checksum leaves out what changes on the way
	p.isoclnsChecksum(b[isisLSPID:], u16(b, isisLSPChecksum), isisLSPChecksum-isisLSPID, length-isisLSPID)

	flags := b[isisLSPTypeBlock]
	p.printf(", PDU length: %d, Flags: [ ", u16(b, isisHeaderLen))
	if flags&0x04 != 0 {
		p.str("Overload bit set, ")
	}
	if flags&0x78 != 0 {
		for i, metric := range [...]string{"default ", "delay ", "expense ", "error "} {
			if flags&(0x08<<i) != 0 {
				p.str(metric)
			}
		}
		p.str("ATT bit set, ")
	}
	if flags&0x80 != 0 {
		p.str("P bit set, ")
	}
	p.printf("%s ]", tokStr(isisISTypes, "", flags&0x03))
}

// isisID prints, behind a text, the identifier of n bytes at b[i]: of a system, or
// with its pseudonode, or also with the fragment of its link state PDU.
func (p *Printer) isisID(text string, b []byte, i, n int) {
	id := bytesAt(b, i, n)
	p.str(text)
	for i, c := range id {
		switch i {
		case 2, 4, isisSystemIDLen:
			p.char('.')
		case isisNodeIDLen:
			p.char('-')
		}
		p.hex(uint64(c), 2)
	}
}
