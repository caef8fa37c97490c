package printer

// Subtypes of IEEE 802.1 (IEEE Std 802.1Q, annex D).
const (
	lldp8021PVID        = 1
	lldp8021PPVID       = 2
	lldp8021VLANName    = 3
	lldp8021Protocol    = 4
	lldp8021Aggregation = 7
	lldp8021Congestion  = 8
	lldp8021ETSConfig   = 9
	lldp8021ETSRecomm   = 10
	lldp8021PFC         = 11
	lldp8021Application = 12
	lldp8021EVB         = 13
	lldp8021CDCP        = 14
)

var (
	lldp8021Subtypes = []tok{
		{lldp8021PVID, "Port VLAN Id"},
		{lldp8021PPVID, "Port and Protocol VLAN ID"},
		{lldp8021VLANName, "VLAN name"},
		{lldp8021Protocol, "Protocol Identity"},
		{lldp8021Aggregation, "Link aggregation"},
		{lldp8021Congestion, "Congestion Notification"},
		{lldp8021ETSConfig, "ETS Configuration"},
		{lldp8021ETSRecomm, "ETS Recommendation"},
		{lldp8021PFC, "Priority Flow Control Configuration"},
		{lldp8021Application, "Application Priority"},
		{lldp8021EVB, "EVB"},
		{lldp8021CDCP, "CDCP"},
	}
	lldp8021PPVIDFlags = []tok{
		{0x02, "supported"},
		{0x04, "enabled"},
	}
	lldp8021EVBModes = [4]string{
		"Not Supported", "EVB Bridge", "EVB Station", "Reserved for future Standardization",
	}
	lldpAggregationFlags = []tok{
		{0x01, "supported"},
		{0x02, "enabled"},
	}
)

// lldp8021MinLen is how long TLVs must be, head excluded, to be printed at all.
var lldp8021MinLen = [...]uint8{
	lldp8021PVID:        6,
	lldp8021PPVID:       7,
	lldp8021VLANName:    6,
	lldp8021Protocol:    5,
	lldp8021Aggregation: 9,
	lldp8021Congestion:  6,
	lldp8021ETSConfig:   25,
	lldp8021ETSRecomm:   25,
	lldp8021PFC:         6,
	lldp8021Application: 5,
	lldp8021EVB:         9,
	lldp8021CDCP:        8,
}

// lldp8021 prints a TLV of IEEE 802.1. What a TLV that is too short lacks is left out.
func (p *Printer) lldp8021(value []byte) outcome {
	if len(value) < 4 {
		return done
	}
	subtype := value[3]
	p.lldpSubtype(lldp8021Subtypes, subtype)
	if tokName(lldp8021Subtypes, uint32(subtype)) == "" {
		return dump
	}
	if len(value) < int(lldp8021MinLen[subtype]) {
		return done
	}
	switch subtype {
	case lldp8021PVID:
		p.printf("\n\t    port vlan id (PVID): %d", u16(value, 4))
	case lldp8021PPVID:
		p.printf("\n\t    port and protocol vlan id (PPVID): %d, flags [%s] (0x%02x)",
			u16(value, 5), bitStr(lldp8021PPVIDFlags, "none", value[4]), value[4])
	case lldp8021VLANName:
		p.printf("\n\t    vlan id (VID): %d", u16(value, 4))
		p.lldpCounted("\n\t    vlan name: ", value[6:])
	case lldp8021Protocol:
		p.lldpCounted("\n\t    protocol identity: ", value[4:])
	case lldp8021Aggregation:
		p.lldpAggregation(value)
	case lldp8021Congestion:
		p.str("\n\t    Pre-Priority CNPV Indicator")
		p.lldpPriorityBits(value[4])
		p.str("\n\t    Pre-Priority Ready Indicator")
		p.lldpPriorityBits(value[5])
	case lldp8021ETSConfig:
		v := value[4]
		// tcpdump shows the credit-based shaper bit as the value 2
		p.printf("\n\t    Willing:%d, CBS:%d, RES:%d, Max TCs:%d", v>>7, v>>6&2, v>>3&7, v&7)
		p.lldpETS(value)
	case lldp8021ETSRecomm:
		p.printf("\n\t    RES: %d", value[4])
		p.lldpETS(value)
	case lldp8021PFC:
		v := value[4]
		p.printf("\n\t    Willing: %d, MBC: %d, RES: %d, PFC cap:%d ", v>>7, v>>6&1, v>>4&3, v&15)
		p.str("\n\t    PFC Enable")
		p.lldpPriorityBits(value[5])
	case lldp8021Application:
		p.lldpApplication(value)
	case lldp8021EVB:
		p.lldpEVB(value)
	case lldp8021CDCP:
		p.lldpCDCP(value)
	}
	return done
}

// lldpCounted prints text behind its length, when it has room.
func (p *Printer) lldpCounted(label string, b []byte) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return
	}
	p.str(label)
	p.safePadded(b[1:], int(b[0]))
}

func (p *Printer) lldpAggregation(value []byte) {
	p.printf("\n\t    aggregation status [%s], aggregation port ID %d",
		bitStr(lldpAggregationFlags, "none", value[4]), u32(value, 5))
}

// lldpPriorityBits prints one bit for each priority.
func (p *Printer) lldpPriorityBits(bits uint8) {
	p.str("\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ")
	for i := range 8 {
		p.printf("%-2d ", bits>>i&1)
	}
}

// lldpETS prints the tables of enhanced transmission selection.
func (p *Printer) lldpETS(value []byte) {
	p.str("\n\t    Priority Assignment Table\n\t     Priority : 0   1   2   3   4   5   6   7\n\t     Value    :")
	for _, v := range value[5:9] {
		p.printf(" %-3d %-3d", v>>4, v&15)
	}
	p.str("\n\t    TC Bandwidth Table\n\t     TC%   : 0   1   2   3   4   5   6   7\n\t     Value :")
	p.lldpRow(value[9:17])
	p.str("\n\t    TSA Assignment Table\n\t     Traffic Class: 0   1   2   3   4   5   6   7\n\t     Value        :")
	p.lldpRow(value[17:25])
}

func (p *Printer) lldpRow(values []byte) {
	for _, v := range values {
		p.printf(" %-3d", v)
	}
}

func (p *Printer) lldpApplication(value []byte) {
	p.printf("\n\t    RES: %d", value[4])
	table := value[5:]
	if len(table) == 0 || len(table)%3 != 0 {
		return
	}
	p.str("\n\t    Application Priority Table")
	for ; len(table) > 0; table = table[3:] {
		p.printf("\n\t      Priority: %d, RES: %d, Sel: %d, Protocol ID: %d",
			table[0]>>5, table[0]>>3&3, table[0]&7, u16(table, 1))
	}
}

// lldpEVB prints the state of edge virtual bridging.
func (p *Printer) lldpEVB(value []byte) {
	v := value[4]
	p.printf("\n\t    EVB Bridge Status\n\t      RES: %d, BGID: %d, RRCAP: %d, RRCTR: %d", v>>3, v>>2&1, v>>1&1, v&1)
	v = value[5]
	p.printf("\n\t    EVB Station Status\n\t      RES: %d, SGID: %d, RRREQ: %d,RRSTAT: %d", v>>4, v>>3&1, v>>2&1, v&3)
	v = value[6]
	p.printf("\n\t    R: %d, RTE: %d, ", v>>5, v&31)
	v = value[7]
	p.printf("EVB Mode: %s [%d]\n\t    ROL: %d, RWD: %d, ", lldp8021EVBModes[v>>6], v>>6, v>>5&1, v&31)
	v = value[8]
	p.printf("RES: %d, ROL: %d, RKA: %d", v>>6, v>>5&1, v&31)
}

// lldpCDCP prints the S-channels of the S-channel discovery and configuration
// protocol.
func (p *Printer) lldpCDCP(value []byte) {
	v := value[4]
	p.printf("\n\t    Role: %d, RES: %d, Scomp: %d ChnCap: %d", v>>7, v>>4&7, v>>3&1, u16(value, 6)&0xfff)
	channels := value[8:]
	if len(channels)%3 != 0 {
		return
	}
	for ; len(channels) > 0; channels = channels[3:] {
		v := u24(channels, 0)
		p.printf("\n\t    SCID: %d, SVID: %d", v>>12, v&0xfff)
	}
}
