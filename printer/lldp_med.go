package printer

// Subtypes of LLDP-MED (TIA-1057, 10.2).
const (
	lldpMEDCapabilities = 1
	lldpMEDPolicy       = 2
	lldpMEDLocation     = 3
	lldpMEDPower        = 4
	lldpMEDHardware     = 5
	lldpMEDAsset        = 11

	lldpMEDCoordinates = 1 // location data formats
	lldpMEDCivic       = 2
	lldpMEDELIN        = 3
)

var (
	lldpMEDSubtypes = []tok{
		{lldpMEDCapabilities, "LLDP-MED Capabilities"},
		{lldpMEDPolicy, "Network policy"},
		{lldpMEDLocation, "Location identification"},
		{lldpMEDPower, "Extended power-via-MDI"},
		{lldpMEDHardware, "Inventory - hardware revision"},
		{6, "Inventory - firmware revision"},
		{7, "Inventory - software revision"},
		{8, "Inventory - serial number"},
		{9, "Inventory - manufacturer name"},
		{10, "Inventory - model name"},
		{lldpMEDAsset, "Inventory - asset ID"},
	}
	lldpMEDInventory = []tok{
		{lldpMEDHardware, "Hardware revision"},
		{6, "Firmware revision"},
		{7, "Software revision"},
		{8, "Serial number"},
		{9, "Manufacturer name"},
		{10, "Model name"},
		{lldpMEDAsset, "Asset ID"},
	}
	lldpMEDCapabilityBits = []tok{
		{0x01, "LLDP-MED capabilities"},
		{0x02, "network policy"},
		{0x04, "location identification"},
		{0x08, "extended power via MDI-PSE"},
		{0x10, "extended power via MDI-PD"},
		{0x20, "Inventory"},
	}
	lldpMEDDevices = []tok{
		{1, "endpoint class 1"},
		{2, "endpoint class 2"},
		{3, "endpoint class 3"},
		{4, "network connectivity"},
	}
	lldpMEDApplications = []tok{
		{1, "voice"},
		{2, "voice signaling"},
		{3, "guest voice"},
		{4, "guest voice signaling"},
		{5, "softphone voice"},
		{6, "video conferencing"},
		{7, "streaming video"},
		{8, "video signaling"},
	}
	lldpMEDPolicyFlags = []tok{
		{0x80, "Unknown"},
		{0x40, "Tagged"},
		{0x20, "reserved"},
	}
	lldpMEDFormats = []tok{
		{lldpMEDCoordinates, "coordinate-based LCI"},
		{lldpMEDCivic, "civic address LCI"},
		{lldpMEDELIN, "ECS ELIN"},
	}
	lldpMEDAltitudes = []tok{
		{1, "meters"},
		{2, "floors"},
	}
	lldpMEDDatums = []tok{
		{1, "World Geodesic System 1984"},
		{2, "North American Datum 1983 (NAVD88)"},
		{3, "North American Datum 1983 (MLLW)"},
	}
	lldpMEDWhat = []tok{
		{0, "location of DHCP server"},
		{1, "location of the network element believed to be closest to the client"},
		{2, "location of the client"},
	}
	lldpMEDCivicTypes = []tok{
		{1, "national subdivisions (state,canton,region,province,prefecture)"},
		{2, "county, parish, gun, district"},
		{3, "city, township, shi"},
		{4, "city division, borough, city district, ward chou"},
		{5, "neighborhood, block"},
		{6, "street"},
	}
	lldpMEDSources = []tok{
		{1, "PSE - primary power source"},
		{2, "local - backup power source"},
		{3, "PSE+local - reserved"},
	}
	lldpMEDPriorities = []tok{
		{1, "critical"},
		{2, "high"},
		{3, "low"},
	}
)

// lldpMED prints a TLV of LLDP-MED. What a TLV that is too short lacks is left out.
func (p *Printer) lldpMED(value []byte) outcome {
	if len(value) < 4 {
		return done
	}
	subtype := value[3]
	p.lldpSubtype(lldpMEDSubtypes, subtype)
	switch {
	case subtype == lldpMEDCapabilities:
		if len(value) >= 7 {
			v := u16(value, 4)
			p.printf("\n\t    Media capabilities [%s] (0x%04x)", bitStr(lldpMEDCapabilityBits, "none", v), v)
			p.printf("\n\t    Device type [%s] (0x%02x)", tokStr(lldpMEDDevices, "unknown", value[6]), value[6])
		}
	case subtype == lldpMEDPolicy:
		if len(value) >= 8 {
			p.lldpMEDPolicy(value)
		}
	case subtype == lldpMEDLocation:
		if len(value) >= 5 {
			p.lldpMEDLocation(value)
		}
	case subtype == lldpMEDPower:
		if len(value) >= 7 {
			p.lldpMEDPower(value)
		}
	case subtype >= lldpMEDHardware && subtype <= lldpMEDAsset:
		p.printf("\n\t  %s ", tokStr(lldpMEDInventory, "", subtype))
		p.safePadded(value[4:], len(value)-4)
	default:
		return dump
	}
	return done
}

func (p *Printer) lldpMEDPolicy(value []byte) {
	p.printf("\n\t    Application type [%s] (0x%02x)", tokStr(lldpMEDApplications, "none", value[4]), value[4])
	p.printf(", Flags [%s]", bitStr(lldpMEDPolicyFlags, "none", value[5]))
	p.printf("\n\t    Vlan id %d", u16(value, 5)&0x1ffe>>1)
	p.printf(", L2 priority %d", u16(value, 6)&0x1ff>>6)
	p.printf(", DSCP value %d", value[7]&0x3f)
}

func (p *Printer) lldpMEDLocation(value []byte) {
	format := value[4]
	p.printf("\n\t    Location data format %s (0x%02x)", tokStr(lldpMEDFormats, "unknown", format), format)
	switch format {
	case lldpMEDCoordinates:
		if len(value) >= 21 {
			p.lldpMEDCoordinates(value)
		}
	case lldpMEDCivic:
		p.lldpMEDCivic(value[5:])
	case lldpMEDELIN:
		p.str("\n\t    ECS ELIN id ")
		p.safePadded(value[5:], len(value)-5)
	default:
		p.str("\n\t    Location ID ")
		p.unknownData(value[5:], "\n\t      ", len(value)-5)
	}
}

// lldpMEDCoordinates prints a place as RFC 6225 section 2.1 encodes it.
func (p *Printer) lldpMEDCoordinates(value []byte) {
	const fraction34 = 1<<34 - 1
	p.printf("\n\t    Latitude resolution %d, latitude value %d", value[5]>>2, u40(value, 5)&fraction34)
	p.printf("\n\t    Longitude resolution %d, longitude value %d", value[10]>>2, u40(value, 10)&fraction34)
	kind := value[15] >> 4
	p.printf("\n\t    Altitude type %s (%d)", tokStr(lldpMEDAltitudes, "unknown", kind), kind)
	p.printf("\n\t    Altitude resolution %d, altitude value 0x%x", u16(value, 15)>>6&0x3f, u32(value, 16)&0x3fffffff)
	p.printf("\n\t    Datum %s (0x%02x)", tokStr(lldpMEDDatums, "unknown", value[20]), value[20])
}

// lldpMEDCivic prints a civic address (TIA-1057, 10.2.4.3.2), from the length
// of what follows it on.
func (p *Printer) lldpMEDCivic(b []byte) {
	if len(b) == 0 {
		return
	}
	n := int(b[0])
	if n < 3 || n+2 > len(b) {
		return
	}
	p.printf("\n\t    LCI length %d, LCI what %s (0x%02x), Country-code ",
		n, tokStr(lldpMEDWhat, "unknown", b[1]), b[1])
	p.safePadded(b[2:], 2)
	for elements := b[4 : n+1]; len(elements) >= 2; {
		kind, size := elements[0], int(elements[1])
		elements = elements[2:]
		p.printf("\n\t      CA type '%s' (%d), length %d: ", tokStr(lldpMEDCivicTypes, "unknown", kind), kind, size)
		if kind == 0 || size == 0 || size > len(elements) {
			return
		}
		p.safePadded(elements, size)
		elements = elements[size:]
	}
}

func (p *Printer) lldpMEDPower(value []byte) {
	const reserved = 1024
	v := value[4]
	device := "PSE device"
	// the type is in the upper two bits; tcpdump looks at the lower two
	if v&3 != 0 {
		device = "PD device"
	}
	p.printf("\n\t    Power type [%s]", device)
	p.printf(", Power source [%s]", tokStr(lldpMEDSources, "none", v>>4&3))
	p.printf("\n\t    Power priority [%s] (0x%02x)", tokStr(lldpMEDPriorities, "none", v&15), v&15)
	if power := u16(value, 5); power < reserved {
		p.printf(", Power %.1f Watts", float32(power)/10)
	} else {
		p.printf(", Power %d (Reserved)", power)
	}
}
