package printer

// Subtypes of IEEE 802.3 (IEEE Std 802.3, 79.3).
const (
	lldp8023PHY         = 1
	lldp8023Power       = 2
	lldp8023Aggregation = 3
	lldp8023FrameSize   = 4
)

var (
	lldp8023Subtypes = []tok{
		{lldp8023PHY, "MAC/PHY configuration/status"},
		{lldp8023Power, "Power via MDI"},
		{lldp8023Aggregation, "Link aggregation"},
		{lldp8023FrameSize, "Max frame size"},
	}
	lldp8023Negotiation = []tok{
		{0x01, "supported"},
		{0x02, "enabled"},
	}
	// capabilities as in RFC 4836, ifMauAutoNegCapAdvertisedBits
	lldp8023Capabilities = []tok{
		{1 << 14, "10BASE-T hdx"},
		{1 << 13, "10BASE-T fdx"},
		{1 << 12, "100BASE-T4"},
		{1 << 11, "100BASE-TX hdx"},
		{1 << 10, "100BASE-TX fdx"},
		{1 << 9, "100BASE-T2 hdx"},
		{1 << 8, "100BASE-T2 fdx"},
		{1 << 7, "Pause for fdx links"},
		{1 << 6, "Asym PAUSE for fdx"},
		{1 << 5, "Sym PAUSE for fdx"},
		{1 << 4, "Asym and Sym PAUSE for fdx"},
		{1 << 3, "1000BASE-{X LX SX CX} hdx"},
		{1 << 2, "1000BASE-{X LX SX CX} fdx"},
		{1 << 1, "1000BASE-T hdx"},
		{1 << 0, "1000BASE-T fdx"},
	}
	// types as in RFC 4836, dot3MauType
	lldp8023MAUTypes = [...]string{
		"Unknown", "AUI", "10BASE_5", "FOIRL", "10BASE2", "10BASET duplex mode unknown",
		"10BASEFP", "10BASEFB", "10BASEFL duplex mode unknown", "10BROAD36",
		"10BASET hdx", "10BASET fdx", "10BASEFL hdx", "10BASEFL fdx",
		"100BASET4", "100BASETX hdx", "100BASETX fdx", "100BASEFX hdx", "100BASEFX fdx",
		"100BASET2 hdx", "100BASET2 fdx",
		"1000BASEX hdx", "1000BASEX fdx", "1000BASELX hdx", "1000BASELX fdx",
		"1000BASESX hdx", "1000BASESX fdx", "1000BASECX hdx", "1000BASECX fdx",
		"1000BASET hdx", "1000BASET fdx",
		"10GBASEX", "10GBASELX4", "10GBASER", "10GBASEER", "10GBASELR", "10GBASESR",
		"10GBASEW", "10GBASEEW", "10GBASELW", "10GBASESW",
	}
	lldp8023PowerFlags = []tok{
		{0x01, "PSE"},
		{0x02, "supported"},
		{0x04, "enabled"},
		{0x08, "can be controlled"},
	}
	lldp8023Pairs = []tok{
		{1, "signal"},
		{2, "spare"},
	}
	lldp8023Classes = []tok{
		{1, "class0"},
		{2, "class1"},
		{3, "class2"},
		{4, "class3"},
		{5, "class4"},
	}
)

// lldp8023 prints a TLV of IEEE 802.3. What a TLV that is too short lacks is left out.
func (p *Printer) lldp8023(value []byte) outcome {
	if len(value) < 4 {
		return done
	}
	subtype := value[3]
	p.lldpSubtype(lldp8023Subtypes, subtype)
	switch {
	case tokName(lldp8023Subtypes, uint32(subtype)) == "":
		return dump
	case subtype == lldp8023PHY && len(value) >= 9:
		p.printf("\n\t    autonegotiation [%s] (0x%02x)", bitStr(lldp8023Negotiation, "none", value[4]), value[4])
		capabilities, kind := u16(value, 5), u16(value, 7)
		p.printf("\n\t    PMD autoneg capability [%s] (0x%04x)",
			bitStr(lldp8023Capabilities, "unknown", capabilities), capabilities)
		name := strName(lldp8023MAUTypes[:], kind)
		if name == "" {
			name = "unknown"
		}
		p.printf("\n\t    MAU type %s (0x%04x)", name, kind)
	case subtype == lldp8023Power && len(value) >= 7:
		p.printf("\n\t    MDI power support [%s], power pair %s, power class %s",
			bitStr(lldp8023PowerFlags, "none", value[4]), tokStr(lldp8023Pairs, "unknown", value[5]),
			tokStr(lldp8023Classes, "unknown", value[6]))
	case subtype == lldp8023Aggregation && len(value) >= 9:
		p.lldpAggregation(value)
	case subtype == lldp8023FrameSize && len(value) >= 6:
		p.printf("\n\t    MTU size %d", u16(value, 4))
	}
	return done
}
