package printer

import "github.com/tapdump/tapdump/versions"

var ospfTELinks = versions.Since(versions.V5_0, "OSPF", "behind a traffic engineering link, its length is still counted for what follows", "what follows is found")

// Traffic engineering (RFC 3630 section 2.4): TLVs, and sub-TLVs of a link, also of
// RFC 4203 section 1 and RFC 4124 section 5.1.
const (
	ospfTERouter = 1
	ospfTELink   = 2

	ospfTELinkType     = 1
	ospfTELinkID       = 2
	ospfTELocal        = 3
	ospfTERemote       = 4
	ospfTEMetric       = 5
	ospfTEMaxBandwidth = 6
	ospfTEReservable   = 7
	ospfTEUnreserved   = 8
	ospfTEAdminGroup   = 9
	ospfTELinkIDs      = 11
	ospfTEProtection   = 14
	ospfTESwitching    = 15
	ospfTESRLG         = 16
	ospfTEConstraints  = 17
)

var (
	ospfTETLVs = []tok{
		{ospfTERouter, "Router Address"},
		{ospfTELink, "Link"},
	}
	ospfTESubTLVs = []tok{
		{ospfTELinkType, "Link Type"},
		{ospfTELinkID, "Link ID"},
		{ospfTELocal, "Local Interface IP address"},
		{ospfTERemote, "Remote Interface IP address"},
		{ospfTEMetric, "Traffic Engineering Metric"},
		{ospfTEMaxBandwidth, "Maximum Bandwidth"},
		{ospfTEReservable, "Maximum Reservable Bandwidth"},
		{ospfTEUnreserved, "Unreserved Bandwidth"},
		{ospfTEAdminGroup, "Administrative Group"},
		{ospfTELinkIDs, "Link Local/Remote Identifier"},
		{ospfTEProtection, "Link Protection Type"},
		{ospfTESwitching, "Interface Switching Capability"},
		{ospfTESRLG, "Shared Risk Link Group"},
		{ospfTEConstraints, "Bandwidth Constraints"},
	}
	ospfTELinkTypes = []tok{
		{1, "Point-to-point"},
		{2, "Multi-Access"},
	}
)

// ospfTE prints an advertisement for traffic engineering and reports whether it
// is whole and well-formed.
func (p *Printer) ospfTE(b []byte, n int) bool {
	i := 0
	for left := uint32(n); left != 0; {
		kind, size, how := p.ospfTLV(b, i, left, "\n\t    %s TLV (%d), length: %d", ospfTETLVs)
		switch how {
		case stop:
			return false
		case bad:
			return p.ospfInvalid()
		}
		i += 4
		left -= 4
		switch kind {
		case ospfTELink:
			end := p.ospfTELinkTLV(b, i, size)
			if end == 0 {
				return false
			}
			if !p.follows(ospfTELinks) {
				i, size = end, 0
			}
		case ospfTERouter:
			if size < 4 {
				p.printf("\n\t    TLV length %d < 4", size)
				return p.ospfInvalid()
			}
			p.printf(", %s", ip4At(b, i))
		default:
			p.ospfUndecoded(b[i:], "\n\t      ", int(size))
		}
		if !p.ospfPaddingFits(size, left) {
			return p.ospfInvalid()
		}
		i += int(ospfPadded(size))
		left -= ospfPadded(size)
	}
	return true
}

// ospfTELinkTLV prints the sub-TLVs of a link at b[i:], and returns the index behind
// them: 0 when they are malformed or cut.
func (p *Printer) ospfTELinkTLV(b []byte, i int, left uint32) int {
	header := uint32(4) // of a sub-TLV, which older versions count again
	if p.follows(ospfChecks) {
		header = 0
	}
	for left != 0 {
		if left < 4 {
			p.printf("\n\t    Remaining TLV length %d < 4", left)
			return 0
		}
		kind, size := u16(b, i), uint32(u16(b, i+2))
		i += 4
		left -= 4
		if kind == 0 || size == 0 {
			p.invalid()
			return 0
		}
		p.printf("\n\t      %s subTLV (%d), length: %d", tokStr(ospfTESubTLVs, "unknown", kind), kind, size)
		if left < size {
			p.printf("\n\t    Remaining TLV length %d < %d", left+header, size+header)
			return 0
		}
		if !p.ospfHas(b, i, int(size)) {
			return 0
		}
		if !p.ospfTESubTLV(kind, b[i:], int(size)) {
			p.invalid()
			return 0
		}
		if kind == ospfTESRLG {
			i += int(size) // like tcpdump, which steps over the groups twice
		}
		padded := ospfPadded(size)
		if left < padded {
			p.printf("\n\t    Remaining TLV length %d < %d", left+header, padded+header)
			return 0
		}
		i += int(padded)
		left -= padded
	}
	return i
}

// ospfTESize checks the length of a sub-TLV, or prints what it should be.
func (p *Printer) ospfTESize(kind uint16, n int) bool {
	switch kind {
	case ospfTEAdminGroup, ospfTELocal, ospfTERemote, ospfTEMaxBandwidth, ospfTEReservable, ospfTEMetric, ospfTEProtection:
		if n != 4 {
			p.str(" != 4")
			return false
		}
	case ospfTELinkID, ospfTELinkIDs:
		if n != 4 && n != 8 {
			p.str(" != 4 && != 8")
			return false
		}
	case ospfTEUnreserved:
		if n != 32 {
			p.str(" != 32")
			return false
		}
	case ospfTEConstraints:
		if n < 4 {
			p.str(" < 4")
			return false
		}
	case ospfTESwitching:
		if n < 36 {
			p.str(" < 36")
			return false
		}
	case ospfTELinkType:
		if n != 1 {
			p.str(" != 1")
			return false
		}
	case ospfTESRLG:
		if n%4 != 0 {
			p.str(" != N x 4")
			return false
		}
	}
	return true
}

// ospfTESubTLV prints the value of a sub-TLV and reports whether its length is
// right.
func (p *Printer) ospfTESubTLV(kind uint16, b []byte, n int) bool {
	if !p.ospfTESize(kind, n) {
		return false
	}
	switch kind {
	case ospfTEAdminGroup:
		p.printf(", 0x%08x", u32(b, 0))
	case ospfTELinkID, ospfTELinkIDs:
		for i := 0; i < n; i += 4 {
			p.printf(", %s (0x%08x)", ip4At(b, i), u32(b, i))
		}
	case ospfTELocal, ospfTERemote:
		p.printf(", %s", ip4At(b, 0))
	case ospfTEMaxBandwidth, ospfTEReservable:
		p.printf(", %.3f Mbps", mbpsAt(b, 0))
	case ospfTEUnreserved:
		for class := range 8 {
			p.printf("\n\t\tTE-Class %d: %.3f Mbps", class, mbpsAt(b, 4*class))
		}
	case ospfTEConstraints:
		return p.ospfTEModel(b, n)
	case ospfTEMetric:
		p.printf(", Metric %d", u32(b, 0))
	case ospfTEProtection:
		p.printf(", %s", bitStr(gmplsLinkProtection, "none", b[0]))
	case ospfTESwitching:
		p.printf("\n\t\tInterface Switching Capability: %s", tokStr(gmplsSwitching, "Unknown", b[0]))
		p.printf("\n\t\tLSP Encoding: %s\n\t\tMax LSP Bandwidth:", tokStr(gmplsEncodings, "Unknown", b[1]))
		for priority := range 8 {
			p.printf("\n\t\t  priority level %d: %.3f Mbps", priority, mbpsAt(b, 4+4*priority))
		}
	case ospfTELinkType:
		p.printf(", %s (%d)", tokStr(ospfTELinkTypes, "unknown", b[0]), b[0])
	case ospfTESRLG:
		between := "\n\t\t  Shared risk group: "
		for i := 0; i < n; i += 4 {
			p.printf("%s%d", between, u32(b, i))
			between = ", "
		}
	default:
		p.ospfUndecoded(b, "\n\t\t", n)
	}
	return true
}

// ospfTEModel prints bandwidth constraints (RFC 4124 section 5.1) and reports
// whether their length is right.
func (p *Printer) ospfTEModel(b []byte, n int) bool {
	p.printf("\n\t\tBandwidth Constraints Model ID: %s (%d)", tokStr(gmplsBandwidthModels, "unknown", b[0]), b[0])
	if n%4 != 0 {
		p.printf("\n\t\tlength %d != N x 4", n)
		return false
	}
	if n > 36 {
		p.printf("\n\t\tlength %d > 36", n)
		return false
	}
	for i := 4; i < n; i += 4 {
		p.printf("\n\t\t  Bandwidth constraint CT%d: %.3f Mbps", i/4-1, mbpsAt(b, i))
	}
	return true
}
