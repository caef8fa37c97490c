package printer

// Sub-TLVs of neighbours (IANA, IS-IS sub-TLVs for TLVs advertising neighbor
// information).
const (
	isisLinkAdminGroup     = 3
	isisLinkIDs            = 4
	isisLinkRemoteID       = 5
	isisLinkAddress        = 6
	isisLinkNeighbor       = 8
	isisLinkMaxBandwidth   = 9
	isisLinkReservable     = 10
	isisLinkUnreserved     = 11
	isisLinkConstraintsOld = 12
	isisLinkTEMetric       = 18
	isisLinkAttributes     = 19
	isisLinkProtection     = 20
	isisLinkSwitching      = 21
	isisLinkConstraints    = 22
	isisLinkSPBMetric      = 29
	isisLinkLANAdjacency   = 32
)

var (
	isisLinkSubTLVs = []tok{
		{isisLinkAdminGroup, "Administrative groups"},
		{isisLinkIDs, "Link Local/Remote Identifier"},
		{isisLinkRemoteID, "Link Remote Identifier"},
		{isisLinkAddress, "IPv4 interface address"},
		{isisLinkNeighbor, "IPv4 neighbor address"},
		{isisLinkMaxBandwidth, "Maximum link bandwidth"},
		{isisLinkReservable, "Reservable link bandwidth"},
		{isisLinkUnreserved, "Unreserved bandwidth"},
		{isisLinkTEMetric, "Traffic Engineering Metric"},
		{isisLinkAttributes, "Link Attribute"},
		{isisLinkProtection, "Link Protection Type"},
		{isisLinkSwitching, "Interface Switching Capability"},
		{isisLinkConstraintsOld, "Bandwidth Constraints (old)"},
		{isisLinkConstraints, "Bandwidth Constraints"},
		{isisLinkLANAdjacency, "LAN Adjacency Segment Identifier"},
		{isisLinkSPBMetric, "SPB Metric"},
		{250, "Reserved for cisco specific extensions"},
		{251, "Reserved for cisco specific extensions"},
		{252, "Reserved for cisco specific extensions"},
		{253, "Reserved for cisco specific extensions"},
		{254, "Reserved for cisco specific extensions"},
		{255, "Reserved for future expansion"},
	}
	isisLinkAttributeFlags = []tok{
		{0x01, "Local Protection Available"},
		{0x02, "Link excluded from local protection path"},
		{0x04, "Local maintenance required"},
	}
	isisLinkAdjacencyFlags = []tok{
		{0x80, "Address family IPv6"},
		{0x40, "Backup"},
		{0x20, "Value"},
		{0x10, "Local significance"},
		{0x08, "Set of adjacencies"},
		{0x04, "Persistent"},
	}
)

// isisLinkIndent stands in front of sub-TLVs, and with two more blanks of what is
// in them.
const isisLinkIndent = "\n\t        "

// isisExtISReach prints neighbours with wide metrics (RFC 5305 section 3, RFC 5311
// section 4.2, RFC 5120 section 7.1).
func (p *Printer) isisExtISReach(t *isisTLV) outcome {
	i := 0
	if t.kind == isisTLVMTISReach {
		if t.n < 2 {
			return cut
		}
		p.isisTopology(t.b, 0)
		i = 2
	}
	for i < t.n {
		n := p.isisNeighbor(t, i)
		if n == 0 {
			return cut
		}
		if n > t.n-i {
			p.isisTooLong(t.n-i, n)
			break
		}
		i += n
	}
	return done
}

// isisNeighbor prints the neighbour at t.b[i:] with its sub-TLVs and returns how
// long it is: 0 when it is cut.
func (p *Printer) isisNeighbor(t *isisTLV, i int) int {
	b, n, start := t.b, t.n, i
	if !has(b, i, isisNodeIDLen) || n-i < isisNodeIDLen {
		return 0
	}
	p.isisID("\n\t      IS Neighbor: ", b, i, isisNodeIDLen)
	i += isisNodeIDLen
	if t.kind != isisTLVISAlias { // an alias has the metric 0
		if !has(b, i, 3) || n-i < 3 {
			return 0
		}
		p.printf(", Metric: %d", u24(b, i))
		i += 3
	}
	if !has(b, i, 1) || n-i < 1 {
		return 0
	}
	length := int(b[i])
	i++
	if length == 0 {
		p.str(", no sub-TLVs present")
		return i - start
	}
	p.printf(", sub-TLVs present (%d)", length)
	if i = p.isisNeighborSubTLVs(b, i, length, n-i); i == 0 {
		return 0
	}
	return i - start
}

// isisNeighborSubTLVs prints the sub-TLVs at b[i:], of which length bytes are there
// and inTLV are left of the TLV. It returns the index behind them, or 0 when they
// are cut.
func (p *Printer) isisNeighborSubTLVs(b []byte, i, length, inTLV int) int {
	for length != 0 {
		if !has(b, i, 2) {
			return 0
		}
		if inTLV < 2 {
			p.str(isisLinkIndent + "Remaining data in TLV shorter than a subTLV header")
			return i + inTLV
		}
		if length < 2 {
			p.str(isisLinkIndent + "Remaining data in subTLVs shorter than a subTLV header")
			return i + length
		}
		kind, n := b[i], int(b[i+1])
		i += 2
		inTLV -= 2
		length -= 2
		p.printf(isisLinkIndent+"%s subTLV #%d, length: %d", tokStr(isisLinkSubTLVs, "unknown", kind), kind, n)
		if length < n {
			p.str(" (remaining data in subTLVs shorter than the current subTLV)")
			return i + length
		}
		if inTLV < n {
			p.str(" (> remaining tlv length)")
			return i + inTLV
		}
		if !has(b, i, n) {
			return 0
		}
		decoded := p.isisLinkSubTLV(kind, b[i:], n)
		i += n
		length -= n
		inTLV -= n - decoded // tcpdump does not count what some have decoded
	}
	return i
}

// isisLinkSubTLV prints the value of a sub-TLV in the first n bytes of b. It
// returns how many bytes of it the bound of the TLV does not count.
func (p *Printer) isisLinkSubTLV(kind uint8, b []byte, n int) (decoded int) {
	switch kind {
	case isisLinkAdminGroup, isisLinkIDs, isisLinkRemoteID:
		if n >= 4 {
			p.printf(", 0x%08x", u32(b, 0))
		}
		if n == 8 {
			p.printf(", 0x%08x", u32(b, 4))
		}
	case isisLinkAddress, isisLinkNeighbor:
		if n >= 4 {
			p.printf(", %s", ip4At(b, 0))
		}
	case isisLinkMaxBandwidth, isisLinkReservable:
		if n >= 4 {
			p.printf(", %.3f Mbps", mbpsAt(b, 0))
		}
	case isisLinkTEMetric:
		if n >= 3 {
			p.printf(", %d", u24(b, 0))
		}
	case isisLinkAttributes:
		if n == 2 {
			p.printf(", [ %s ] (0x%04x)", bitStr(isisLinkAttributeFlags, "Unknown", u16(b, 0)), u16(b, 0))
		}
	case isisLinkProtection:
		if n >= 2 {
			p.printf(", %s, Priority %d", bitStr(gmplsLinkProtection, "none", b[0]), b[1])
		}
	case isisLinkUnreserved:
		if n >= 32 {
			p.isisBandwidths("  TE-Class ", b, 0)
			return 32
		}
	case isisLinkConstraints, isisLinkConstraintsOld:
		return p.isisConstraints(b, n)
	case isisLinkSwitching:
		if n >= 36 {
			return p.isisSwitching(b, n)
		}
	case isisLinkSPBMetric:
		if n >= 6 {
			p.printf(", LM: %d, P: %d, P-ID: %d", u24(b, 0), b[3], u16(b, 4))
			return 4
		}
	case isisLinkLANAdjacency:
		if n >= 8 {
			p.isisLANAdjacency(b)
			return 2
		}
	default:
		p.unknownData(b, "\n\t\t    ", n)
	}
	return 0
}

// isisBandwidths prints eight bandwidths at b[i:], one a line.
func (p *Printer) isisBandwidths(what string, b []byte, i int) {
	for class := range 8 {
		p.printf(isisLinkIndent+"%s%d: %.3f Mbps", what, class, mbpsAt(b, i+4*class))
	}
}

// isisConstraints prints bandwidth constraints (RFC 4124 section 5.1).
func (p *Printer) isisConstraints(b []byte, n int) (decoded int) {
	if n == 0 {
		return 0
	}
	p.printf(isisLinkIndent+"Bandwidth Constraints Model ID: %s (%d)", tokStr(gmplsBandwidthModels, "unknown", b[0]), b[0])
	i := 1
	for class := 0; i+4 <= n; class++ {
		p.printf(isisLinkIndent+"  Bandwidth constraint CT%d: %.3f Mbps", class, mbpsAt(b, i))
		i += 4
	}
	return i
}

// isisSwitching prints an interface switching capability descriptor (RFC 5307
// section 1.3).
func (p *Printer) isisSwitching(b []byte, n int) (decoded int) {
	const fixed = 36
	capability := b[0]
	p.printf(isisLinkIndent+"  Interface Switching Capability:%s", tokStr(gmplsSwitching, "Unknown", capability))
	p.printf(", LSP Encoding: %s", tokStr(gmplsEncodings, "Unknown", b[1]))
	p.str(isisLinkIndent + "  Max LSP Bandwidth:")
	p.isisBandwidths("    priority level ", b, 4)
	switch {
	case capability >= gmplsPSC1 && capability <= gmplsPSC4:
		if n >= fixed+6 {
			p.printf(isisLinkIndent+"  Min LSP Bandwidth: %.3f Mbps", mbpsAt(b, fixed))
			p.printf(isisLinkIndent+"  Interface MTU: %d", u16(b, fixed+4))
		}
	case capability == gmplsTDM:
		if n >= fixed+8 {
			p.printf(isisLinkIndent+"  Min LSP Bandwidth: %.3f Mbps", mbpsAt(b, fixed))
			p.printf(isisLinkIndent+"  Indication %s", tokStr(gmplsTDMIndications, "Unknown (%d)", b[fixed+4]))
		}
	default:
		p.unknownData(b[fixed:], "\n\t\t    ", n-fixed)
	}
	return fixed
}

// isisLANAdjacency prints the segment of a neighbour on a LAN: a label or an index
// (RFC 8667 section 2.2.2).
func (p *Printer) isisLANAdjacency(b []byte) {
	const value, local = 0x20, 0x10
	const sid = 2 + isisSystemIDLen
	p.printf(isisLinkIndent+"  Flags: [%s]", bitStr(isisLinkAdjacencyFlags, "none", b[0]))
	p.printf(isisLinkIndent+"  Weight: %d", b[1])
	p.isisID(isisLinkIndent+"  Neighbor System-ID: ", b, 2, isisSystemIDLen)
	switch b[0] & (value | local) {
	case value | local:
		p.printf(isisLinkIndent+"  Label: %d", u24(b, sid))
	case 0:
		p.printf(isisLinkIndent+"  Index: %d", u32(b, sid))
	default:
		p.invalid()
	}
}
