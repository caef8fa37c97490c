package printer

// What can be reached, and how: the TLVs of ISO/IEC 10589 and RFC 1195, and the
// extended ones with sub-TLVs.

var (
	isisVirtual = []tok{
		{0, "IsNotVirtual"},
		{1, "IsVirtual"},
	}
	isisTopologies = []tok{
		{0, "IPv4 unicast"},
		{1, "In-Band Management"},
		{2, "IPv6 unicast"},
		{3, "Multicast"},
		{4095, "Development, Experimental or Proprietary"},
	}
	isisTopologyFlags = []tok{
		{0x4000, "ATT bit set"},
		{0x8000, "Overload bit set"},
	}
)

// isisTopology prints the topology that a TLV is about (RFC 5120 section 7).
func (p *Printer) isisTopology(b []byte, i int) {
	v := u16(b, i)
	p.printf("\n\t      %s", tokStr(isisTopologies, "Reserved for IETF Consensus", v&0x0fff))
	p.printf(" Topology (0x%03x), Flags: [%s]", v&0x0fff, bitStr(isisTopologyFlags, "none", v&0xf000))
}

// isisMetricKind is "External" or "Internal", the origin of a metric.
func isisMetricKind(external bool) string {
	if external {
		return "External"
	}
	return "Internal"
}

// isisMetrics prints the four metrics at b[i], which were all captured (ISO/IEC
// 10589, 9.8).
func (p *Printer) isisMetrics(b []byte, i int) {
	m := b[i]
	p.printf(", Default Metric: %d, %s", m&0x3f, isisMetricKind(m&0x40 != 0))
	p.isisOtherMetrics("\n\t\t  ", b, i)
}

// isisOtherMetrics prints those of the metrics behind the first that are supported.
func (p *Printer) isisOtherMetrics(indent string, b []byte, i int) {
	for j, name := range [...]string{"Delay", "Expense", "Error"} {
		if m := b[i+1+j]; m&0x80 == 0 {
			p.printf("%s%s Metric: %d, %s", indent, name, m&0x3f, isisMetricKind(m&0x40 != 0))
		}
	}
}

// isisISReach prints neighbours with narrow metrics (ISO/IEC 10589, 9.8).
func (p *Printer) isisISReach(t *isisTLV) outcome {
	const size = 4 + isisNodeIDLen
	if t.n < 1 {
		return done
	}
	p.printf("\n\t      %s", tokStr(isisVirtual, "bogus virtual flag 0x%02x", u8(t.b, 0)))
	for i := 1; i+size <= t.n; i += size {
		if !has(t.b, i, size) {
			return cut
		}
		p.isisID("\n\t      IS Neighbor: ", t.b, i+4, isisNodeIDLen)
		p.isisMetrics(t.b, i)
	}
	return done
}

// isisPrefixNeighbors prints address prefixes, with lengths in semi-octets
// (ISO/IEC 10589, 9.9).
func (p *Printer) isisPrefixNeighbors(t *isisTLV) outcome {
	if t.n < 4 {
		return done
	}
	if !has(t.b, 0, 4) {
		return cut
	}
	p.str("\n\t      Metric Block")
	p.isisMetrics(t.b, 0)
	for i := 4; i < t.n; {
		semiOctets := u8(t.b, i)
		i++
		if semiOctets < 2 {
			p.printf("\n\t\tAddress: prefix length %d < 2", semiOctets)
			break
		}
		n := int(semiOctets / 2)
		if n > t.n-i {
			break
		}
		need(t.b, i, n)
		p.str("\n\t\tAddress: ")
		p.nsap(t.b, i, n)
		p.printf("/%d", int(semiOctets)*4)
		i += n
	}
	return done
}

// isisIPReach prints IPv4 networks with narrow metrics (RFC 1195 section 3.2, RFC
// 5302 section 3).
func (p *Printer) isisIPReach(t *isisTLV) outcome {
	const size = 4 + 4 + 4
	b := t.b
	for i := 0; i < t.n; i += size {
		if t.n-i < size {
			p.printf("short IPv4 Reachability (%d vs %d)", t.n-i, size)
			return stop
		}
		if !has(b, i, size) {
			return stop
		}
		prefix, mask, metric := ip4At(b, i+4), ip4At(b, i+8), b[i]
		if bits := maskLength(u32(b, i+8)); bits >= 0 {
			p.printf("\n\t      IPv4 prefix: %15s/%d", prefix, bits)
		} else {
			p.printf("\n\t      IPv4 prefix: %s mask %s", prefix, mask)
		}
		p.printf(", Distribution: %s, Metric: %d, %s", isisDistribution(metric), metric&0x3f, isisMetricKind(metric&0x40 != 0))
		p.isisOtherMetrics("\n\t        ", b, i)
	}
	return done
}

// isisDistribution returns the word for a prefix that came up from a lower
// level, or down.
func isisDistribution(flags uint8) string {
	if flags&0x80 != 0 {
		return "down"
	}
	return "up"
}

// isisTooLong complains about an entry that is longer than what is left of its
// TLV.
func (p *Printer) isisTooLong(left, n int) {
	p.refuse("remaining tlv length", left, "<", n)
}

var (
	isisPrefixSubTLVs = []tok{
		{isisPrefixTag32, "32-Bit Administrative tag"},
		{isisPrefixTag64, "64-Bit Administrative tag"},
		{isisPrefixSID, "Prefix SID"},
		{isisPrefixColor, "Management Prefix Color"},
	}
	isisPrefixSIDFlags = []tok{
		{0x80, "Readvertisement"},
		{0x40, "Node"},
		{0x20, "No-PHP"},
		{0x10, "Explicit NULL"},
		{isisPrefixSIDValue, "Value"},
		{0x04, "Local"},
	}
	isisPrefixAlgorithms = []tok{
		{0, "SPF"},
		{1, "strict-SPF"},
	}
)

// Sub-TLVs of prefixes (RFC 5130, RFC 8667 section 2.1).
const (
	isisPrefixTag32 = 1
	isisPrefixTag64 = 2
	isisPrefixSID   = 3
	isisPrefixColor = 117

	isisPrefixSIDValue = 0x08 // a label, not an index
)

// isisExtIPReach prints prefixes with wide metrics (RFC 5305 section 4, RFC 5308
// section 2, RFC 5120 sections 7.3 and 7.4).
func (p *Printer) isisExtIPReach(t *isisTLV) outcome {
	i := 0
	if t.kind == isisTLVMTIPReach || t.kind == isisTLVMTIP6Reach {
		if t.n < 2 {
			return cut
		}
		p.isisTopology(t.b, 0)
		i = 2
	}
	ip6 := t.kind == isisTLVIP6Reach || t.kind == isisTLVMTIP6Reach
	for i < t.n {
		n := p.isisPrefix(at(t.b, i), ip6)
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

// isisPrefix prints a prefix with its sub-TLVs and returns how long it is: 0 when
// it is malformed.
func (p *Printer) isisPrefix(b []byte, ip6 bool) int {
	metric, flags := u32(b, 0), u8(b, 4)
	family, bits, maxBits, i := "IPv4", int(flags&0x3f), 32, 5
	if ip6 {
		family, bits, maxBits, i = "IPv6", int(u8(b, 5)), 128, 6
	}
	if bits > maxBits {
		p.printf("\n\t      %s prefix: bad bit length %d", family, bits)
		return 0
	}
	var a addr6
	i += copy(a[:], bytesAt(b, i, (bits+7)/8))
	p.printf("\n\t      %s prefix: ", family)
	subTLVs := flags&0x40 != 0
	if ip6 {
		subTLVs = flags&0x20 != 0
		p.printf("%s/%d", a, bits)
	} else {
		p.printf("%15s/%d", addr4(a[:4]), bits)
	}
	p.printf(", Distribution: %s, Metric: %d", isisDistribution(flags), metric)
	if ip6 {
		p.printf(", %s", isisMetricKind(flags&0x40 != 0))
	}
	if !subTLVs {
		return i
	}
	p.str(", sub-TLVs present")
	length := u8(b, i)
	p.printf(" (%d)", length)
	i++
	if !p.isisPrefixSubTLVs(b, i, uint32(length)) {
		return 0
	}
	return i + int(length)
}

// isisPrefixSubTLVs prints the sub-TLVs at b[i:]. Like in tcpdump, one that is too
// long for what is left makes that wrap around; they then end with the capture.
func (p *Printer) isisPrefixSubTLVs(b []byte, i int, left uint32) bool {
	for left > 0 {
		kind, n := u8(b, i), int(u8(b, i+1))
		i += 2
		p.printf("\n\t        %s subTLV #%d, length: %d", tokStr(isisPrefixSubTLVs, "unknown", kind), kind, n)
		if !has(b, i, n) || !p.isisPrefixSubTLV(kind, b[i:], n) {
			p.truncMark()
			return false
		}
		i += n
		left -= uint32(n) + 2
	}
	return true
}

// isisPrefixSubTLV prints the value of a sub-TLV and reports whether it is long
// enough.
func (p *Printer) isisPrefixSubTLV(kind uint8, b []byte, n int) bool {
	switch kind {
	case isisPrefixTag32, isisPrefixColor:
		for i := 0; i+4 <= n; i += 4 {
			p.printf(", 0x%08x (=%d)", u32(b, i), u32(b, i))
		}
	case isisPrefixTag64:
		for i := 0; i+8 <= n; i += 8 {
			p.printf(", 0x%016x", u64(b, i))
		}
	case isisPrefixSID:
		flags, algorithm := u8(b, 0), u8(b, 1)
		what, size := "index", 6
		if flags&isisPrefixSIDValue != 0 {
			what, size = "label", 5
		}
		if n < size {
			return false
		}
		p.printf(", Flags [%s], Algo %s (%d), %s %d", bitStr(isisPrefixSIDFlags, "None", flags),
			tokStr(isisPrefixAlgorithms, "Unknown", algorithm), algorithm, what, beUint(b, 2, size-2))
	default:
		p.unknownData(b, "\n\t\t    ", n)
	}
	return true
}
