// ppp_lcp.go: the options of PPP's link control protocol (RFC 1661 section 6,
// RFC 1570, RFC 1990).

package printer

const (
	pppLCPVendor        = 0
	pppLCPMRU           = 1
	pppLCPACCM          = 2
	pppLCPAuth          = 3
	pppLCPQuality       = 4
	pppLCPMagic         = 5
	pppLCPPFC           = 7
	pppLCPACFC          = 8
	pppLCPCallback      = 13
	pppLCPMRRU          = 17
	pppLCPEndpoint      = 19
	pppLCPDiscriminator = 23
)

var pppLCPOptions = []string{
	"Vend-Ext", "MRU", "ACCM", "Auth-Prot", "Qual-Prot", "Magic-Num", "deprecated(6)", "PFC",
	"ACFC", "FCS-Alt", "SDP", "Num-Mode", "deprecated(12)", "Call-Back", "deprecated(14)", "deprecated(15)",
	"deprecated(16)", "MRRU", "12-Bit seq #", "End-Disc", "Proprietary", "DCE-Id", "MP+", "Link-Disc",
	"LCP-Auth-Opt", "COBS", "Prefix-elision", "Multilink-header-Form", "I18N", "SDL-over-SONET/SDH", "PPP-Muxing",
}

var pppAlgorithms = []tok{
	{5, "MD5"},
	{128, "MS-CHAPv1"},
	{129, "MS-CHAPv2"},
}

var pppCallbacks = []tok{
	{0, "UserAuth"},
	{1, "DialString"},
	{2, "LocalID"},
	{3, "E.164"},
	{4, "X.500"},
	{6, "CBCP"},
}

// pppOptionLCP prints the option at b of a packet of length bytes. It returns
// the option's length, or 0 when no option can follow.
func (p *Printer) pppOptionLCP(b []byte, length int) int {
	kind, n, ok := p.pppOption("[|lcp]", b, length)
	if !ok {
		return 0
	}
	name := strName(pppLCPOptions, kind)
	if name == "" {
		p.printf("\n\tunknown LCP option 0x%02x", kind)
		if n < 2 {
			return 0
		}
		return n
	}
	p.printf("\n\t  %s Option (0x%02x), length %d", name, kind, n)
	if n < 2 {
		p.str(" (length bogus, should be >= 2)")
		return 0
	}
	relation, should := pppLCPLength(kind)
	if n < should || relation == "=" && n != should {
		p.pppBogus(relation, should)
		// the options that came later end the list
		if kind <= pppLCPAuth {
			return n
		}
		return 0
	}
	decoded := true
	switch kind {
	case pppLCPVendor:
		vendor := u24(b, 2)
		p.printf(": Vendor: %s (%d)", tokStr(p.ouiTable(), "Unknown", vendor), vendor)
	case pppLCPMRU, pppLCPMRRU:
		p.printf(": %d", u16(b, 2))
	case pppLCPACCM, pppLCPMagic:
		p.printf(": 0x%08x", u32(b, 2))
	case pppLCPAuth:
		p.pppLCPAuth(b, n)
	case pppLCPQuality:
		if u16(b, 2) == pppLQM {
			p.str(": LQR")
		} else {
			p.str(": unknown")
		}
	case pppLCPPFC, pppLCPACFC:
	case pppLCPDiscriminator:
		p.printf(": 0x%04x", u16(b, 2))
	case pppLCPCallback:
		p.printf(": Callback Operation %s (%d)", tokStr(pppCallbacks, "Unknown", u8(b, 2)), u8(b, 2))
	case pppLCPEndpoint:
		if !p.pppLCPEndpoint(b, n) {
			return 0
		}
	default:
		decoded = false
	}
	p.pppOptionTail(b, n, decoded)
	return n
}

// pppLCPLength is what the length of an option should be.
func pppLCPLength(kind uint8) (relation string, should int) {
	switch kind {
	case pppLCPVendor:
		return ">=", 6
	case pppLCPMRU, pppLCPDiscriminator, pppLCPMRRU:
		return "=", 4
	case pppLCPACCM, pppLCPMagic:
		return "=", 6
	case pppLCPAuth, pppLCPQuality:
		return ">=", 4
	case pppLCPCallback, pppLCPEndpoint:
		return ">=", 3
	}
	return ">=", 2
}

func (p *Printer) pppLCPAuth(b []byte, n int) {
	proto := u16(b, 2)
	// tcpdump does not show the number of an unknown one
	p.printf(": %s", tokStr(pppProtocols, "Unknown Auth Proto (0x04x)", proto))
	switch proto {
	case pppCHAP:
		p.printf(", %s", tokStr(pppAlgorithms, "Unknown Auth Alg %d", u8(b, 4)))
	case pppPAP, pppEAP, pppSPAP, pppSPAPOld:
	default:
		p.unknownData(b, "\n\t", n)
	}
}

// pppLCPEndpoint prints an endpoint discriminator (RFC 1990 section 5.1.3) and
// reports whether its length is right.
func (p *Printer) pppLCPEndpoint(b []byte, n int) bool {
	switch class := u8(b, 2); class {
	case 0:
		p.str(": Null")
	case 1:
		p.str(": Local")
	case 2:
		if n != 7 {
			p.pppBogus("=", 7)
			return false
		}
		p.printf(": IPv4 %s", ip4At(b, 3))
	case 3:
		if n != 9 {
			p.pppBogus("=", 9)
			return false
		}
		p.printf(": MAC %s", macAt(b, 3))
	case 4:
		p.str(": Magic-Num-Block")
	case 5:
		p.str(": PSNDN")
	default:
		p.printf(": Unknown class %d", class)
	}
	return true
}
