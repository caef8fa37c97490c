// clnp.go: Connectionless-mode Network Protocol (ISO/IEC 8473-1).

package printer

const (
	clnpHeaderLen  = 9
	clnpSegmentLen = 6
	clnpVersion    = 1
)

// PDU types (ISO/IEC 8473-1, 7.2.7).
const (
	clnpErrorReport  = 1
	clnpData         = 28
	clnpMulticast    = 29
	clnpEchoRequest  = 30
	clnpEchoResponse = 31
)

// Options (ISO/IEC 8473-1, 7.5).
const (
	clnpOptDiscard     = 193
	clnpOptQoS         = 195
	clnpOptSecurity    = 197
	clnpOptSourceRoute = 200
	clnpOptRecordRoute = 203
	clnpOptPadding     = 204
	clnpOptPriority    = 205
)

const (
	clnpSegmentation = 0x80 // flag: the segmentation part is there
	clnpScope        = 0xc0 // format of a QoS or security option
	clnpScopeGlobal  = 0xc0
)

var (
	clnpTypes = []tok{
		{clnpErrorReport, "Error Report"},
		{clnpMulticast, "MD"},
		{clnpData, "Data"},
		{clnpEchoRequest, "Echo Request"},
		{clnpEchoResponse, "Echo Response"},
	}
	clnpFlags = []tok{
		{clnpSegmentation, "Segmentation permitted"},
		{0x40, "more Segments"},
		{0x20, "request Error Report"},
	}
	clnpOptions = []tok{
		{clnpOptDiscard, "Discard Reason"},
		{clnpOptPriority, "Priority"},
		{clnpOptQoS, "QoS Maintenance"},
		{clnpOptSecurity, "Security"},
		{clnpOptSourceRoute, "Source Routing"},
		{clnpOptRecordRoute, "Route Recording"},
		{clnpOptPadding, "Padding"},
	}
	clnpScopes = []tok{
		{0x40, "Source Address Specific"},
		{0x80, "Destination Address Specific"},
		{clnpScopeGlobal, "Globally unique"},
	}
	clnpRouteKinds = []tok{
		{0, "partial"},
		{1, "complete"},
	}
	clnpQoS = []tok{
		{0x20, "reserved"},
		{0x10, "sequencing vs. delay"},
		{0x08, "congested"},
		{0x04, "delay vs. cost"},
		{0x02, "error vs. delay"},
		{0x01, "error vs. cost"},
	}
)

// Reasons for discard (ISO/IEC 8473-1, 7.9.4): a class and what is particular in
// it.
var (
	clnpClasses = []tok{
		{0x0, "General"},
		{0x8, "Address"},
		{0x9, "Source Routeing"},
		{0xa, "Lifetime"},
		{0xb, "PDU Discarded"},
		{0xc, "Reassembly"},
	}
	clnpReasons = [16][]tok{
		0x0: {
			{0, "Reason not specified"},
			{1, "Protocol procedure error"},
			{2, "Incorrect checksum"},
			{3, "PDU discarded due to congestion"},
			{4, "Header syntax error (cannot be parsed)"},
			{5, "Segmentation needed but not permitted"},
			{6, "Incomplete PDU received"},
			{7, "Duplicate option"},
		},
		0x8: {
			{0, "Destination address unreachable"},
			{1, "Destination address unknown"},
		},
		0x9: {
			{0, "Unspecified source routeing error"},
			{1, "Syntax error in source routeing field"},
			{2, "Unknown address in source routeing field"},
			{3, "Path not acceptable"},
		},
		0xa: {
			{0, "Lifetime expired while data unit in transit"},
			{1, "Lifetime expired during reassembly"},
		},
		0xb: {
			{0, "Unsupported option not specified"},
			{1, "Unsupported protocol version"},
			{2, "Unsupported security option"},
			{3, "Unsupported source routeing option"},
			{4, "Unsupported recording of route option"},
		},
		0xc: {
			{0, "Reassembly interference"},
		},
	}
)

// clnp prints a PDU and reports whether it made sense; otherwise the caller dumps
// it.
func (p *Printer) clnp(b []byte, length int) bool {
	p.enter()
	defer p.leave()
	p.proto = "clnp"
	if !has(b, 0, clnpHeaderLen) {
		p.truncMark()
		return true
	}
	comma := ""
	if !p.eflag {
		p.str("CLNP")
		comma = ", "
	}
	hlen, version := int(b[1]), b[2]
	switch {
	case version != clnpVersion:
		p.printf("version %d packet not supported", version)
		return false
	case hlen > length:
		p.printf(" length indicator(%d) > PDU size (%d)!", hlen, uint32(length))
		return false
	case hlen < clnpHeaderLen:
		p.printf(" length indicator %d < min PDU size:", hlen)
		for _, c := range b {
			p.printf("%02X", c)
		}
		return false
	}
	addresses, i, ok := p.clnpAddresses(b, hlen)
	if i == 0 {
		return ok
	}
	if p.vflag == 0 {
		p.str(comma)
		p.clnpAddress(b, addresses[1])
		p.str(" > ")
		p.clnpAddress(b, addresses[0])
		p.printf(", %s, length %d", tokStr(clnpTypes, "unknown (%d)", b[4]&0x1f), uint32(length))
		return true
	}
	p.printf("%slength %d", comma, uint32(length))
	p.clnpHeader(b, addresses)
	if i, ok = p.clnpParts(b, i, hlen); i == 0 {
		return ok
	}
	p.clnpPayload(b, i, length)
	return true
}

// clnpField is an address in a header: where it stands and its length.
type clnpField struct{ at, n int }

func (p *Printer) clnpAddress(b []byte, f clnpField) { p.nsap(b, f.at, f.n) }

// clnpAddresses finds the destination and the source, and the index of what
// follows them. An index of 0 means that the PDU ends here, and ok reports
// whether it is valid.
func (p *Printer) clnpAddresses(b []byte, hlen int) (addresses [2]clnpField, i int, ok bool) {
	i = clnpHeaderLen
	for a := range addresses {
		n := 0
		if i < hlen {
			n = int(u8(b, i))
		}
		if i++; i+n > hlen {
			p.str("li < size of fixed part of CLNP header and addresses")
			return addresses, 0, false
		}
		if !has(b, i, n) {
			p.truncMark()
			return addresses, 0, true
		}
		addresses[a] = clnpField{i, n}
		i += n
	}
	return addresses, i, true
}

// clnpHeader prints the fixed part and the addresses (ISO/IEC 8473-1, 7.2 and
// 7.3).
func (p *Printer) clnpHeader(b []byte, addresses [2]clnpField) {
	lifetime := b[3] // in units of 500 ms
	p.printf("\n\t%s PDU, hlen: %d, v: %d, lifetime: %d.%ds, Segment PDU length: %d, checksum: 0x%04x",
		tokStr(clnpTypes, "unknown (%d)", b[4]&0x1f), b[1], b[2], lifetime/2, lifetime%2*5, u16(b, 5), u16(b, 7))
	p.isoclnsChecksum(b, u16(b, 7), 7, int(b[1]))
	p.printf("\n\tFlags [%s]", bitStr(clnpFlags, "none", b[4]&0xe0))
	p.printf("\n\tsource address (length %d): ", addresses[1].n)
	p.clnpAddress(b, addresses[1])
	p.printf("\n\tdest   address (length %d): ", addresses[0].n)
	p.clnpAddress(b, addresses[0])
}

// clnpParts prints the segmentation part and the options, from b[i] to hlen,
// and returns the index of the payload. An index of 0 means that the PDU ends
// here, and ok reports whether it is valid.
func (p *Printer) clnpParts(b []byte, i, hlen int) (next int, ok bool) {
	if b[4]&clnpSegmentation != 0 {
		if hlen-i < clnpSegmentLen {
			p.str("li < size of fixed part of CLNP header, addresses, and segment part")
			return 0, false
		}
		if !has(b, i, clnpSegmentLen) {
			p.truncMark()
			return 0, true
		}
		p.printf("\n\tData Unit ID: 0x%04x, Segment Offset: %d, Total PDU Length: %d", u16(b, i), u16(b, i+2), u16(b, i+4))
		i += clnpSegmentLen
	}
	for i < hlen {
		if hlen-i < 2 {
			p.str(", bad opts/li")
			return 0, false
		}
		code, n := u8(b, i), int(u8(b, i+1))
		if i += 2; n > hlen-i {
			p.printf(", opt (%d) too long", code)
			return 0, false
		}
		if !has(b, i, n) {
			p.truncMark()
			return 0, true
		}
		value := b[i : i+n]
		p.printf("\n\t  %s Option #%d, length %d, value: ", tokStr(clnpOptions, "Unknown", code), code, n)
		if !p.clnpOption(code, value) {
			p.str(", bad opt len")
			return 0, false
		}
		if p.vflag > 1 {
			p.unknownData(value, "\n\t  ", n)
		}
		i += n
	}
	return i, true
}

// clnpOption prints the value of an option and reports whether it is long
// enough.
func (p *Printer) clnpOption(code uint8, value []byte) bool {
	least := 1
	switch code {
	case clnpOptPadding:
		p.str("padding data")
		return true
	case clnpOptSourceRoute, clnpOptRecordRoute, clnpOptSecurity:
		least = 2
	case clnpOptPriority, clnpOptQoS, clnpOptDiscard:
	default:
		p.unknownData(value, "\n\t  ", len(value))
		return true
	}
	if len(value) < least {
		return false
	}
	switch code {
	case clnpOptSourceRoute:
		p.clnpRoute("source routing", value)
	case clnpOptRecordRoute:
		p.clnpRoute("recording of route in progress", value)
	case clnpOptPriority:
		p.printf("0x%x", value[0]&0x0f)
	case clnpOptQoS:
		p.printf("\n\t    Format Code: %s", tokStr(clnpScopes, "Reserved", value[0]&clnpScope))
		if value[0]&clnpScope == clnpScopeGlobal {
			p.printf("\n\t    QoS Flags [%s]", bitStr(clnpQoS, "none", value[0]&^clnpScope))
		}
	case clnpOptSecurity:
		p.printf("\n\t    Format Code: %s, Security-Level %d", tokStr(clnpScopes, "Reserved", value[0]&clnpScope), value[1])
	case clnpOptDiscard:
		class, reason := value[0]>>4, value[0]&0x0f
		p.printf("\n\t    Class: %s Error (0x%x), %s (0x%x)", tokStr(clnpClasses, "Unknown", class), class,
			tokStr(clnpReasons[class], "Unknown", reason), reason)
	}
	return true
}

// clnpRoute prints a list of network entities (ISO/IEC 8473-1, 7.5.4). Like
// tcpdump it does not step on in the list: the first one is printed as often as
// it fits.
func (p *Printer) clnpRoute(what string, value []byte) {
	p.printf("%s %s", tokStr(clnpRouteKinds, "Unknown", value[0]), what)
	first := int(value[1]) // counts from 1
	if first == 0 {
		p.str(" Bad NSAP offset (0)")
		return
	}
	if first--; first > len(value) {
		p.str(" Bad NSAP offset (past end of option)")
		return
	}
	for left := len(value) - first; left > 0; {
		n := int(value[first])
		if left < n+1 {
			p.str("\n\t    NSAP address goes past end of option")
			return
		}
		if n > 0 {
			p.printf("\n\t    NSAP address (length %d): ", n)
			p.nsap(value, first+1, n)
		}
		left -= n + 1
	}
}

// clnpPayload prints what an error report or an echo response brings back (ISO/IEC
// 8473-1, 7.9.6); other data is dumped.
func (p *Printer) clnpPayload(b []byte, i, length int) {
	switch b[4] & 0x1f {
	case clnpErrorReport, clnpEchoResponse:
		if u8(b, i) == nlpidCLNP {
			p.str("\n\t-----original packet-----\n\t")
			p.clnp(b[i:], length-i)
			return
		}
	}
	if length > i {
		p.printf("\n\t  undecoded non-header data, length %d", uint32(length-i))
		p.unknownData(at(b, i), "\n\t  ", length-i)
	}
}
