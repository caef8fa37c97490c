package printer

// Subobjects of routes (RFC 3209 sections 4.3.3 and 4.4.1).
const (
	rsvpRouteIPv4  = 1
	rsvpRouteLabel = 3
)

// Error codes whose values have names (RFC 3209 section 7.3, RFC 4124 section
// 6.5).
const (
	rsvpErrorRouting     = 24
	rsvpErrorDiffServ    = 28
	rsvpErrorDiffServOld = 125
)

// Actions of label sets (RFC 3471 section 3.5.1).
const (
	rsvpInclusiveRange = 2
	rsvpExclusiveRange = 3
)

// Subobjects of the generalized UNI object (OIF UNI 1.0 section 12.5.2.3).
const (
	rsvpUNISource       = 1
	rsvpUNIDestination  = 2
	rsvpUNIDiversity    = 3
	rsvpUNIEgressLabel  = 4
	rsvpUNIServiceLevel = 5
)

var (
	rsvpIntegrityFlags = []tok{
		{0x80, "Handshake"},
	}
	rsvpStyles = []tok{
		{17, "Wildcard Filter"},
		{10, "Fixed Filter"},
		{18, "Shared Explicit"},
	}
	rsvpRouteTypes = []tok{
		{0, "Reserved"},
		{rsvpRouteIPv4, "IPv4 prefix"},
		{2, "IPv6 prefix"},
		{rsvpRouteLabel, "Label"},
		{32, "Autonomous system number"},
		{64, "MPLS label switched path termination"},
	}
	rsvpRouteFlags = []tok{
		{0x01, "Local protection available"},
		{0x02, "Local protection in use"},
		{0x04, "Bandwidth protection"},
		{0x08, "Node protection"},
	}
	rsvpRouteLabelFlags = []tok{
		{0x01, "Global"},
	}
	rsvpSessionFlags = []tok{
		{0x01, "Local Protection"},
		{0x02, "Label Recording"},
		{0x04, "SE Style"},
		{0x08, "Bandwidth protection"},
		{0x10, "Node protection"},
	}
	rsvpCapabilityFlags = []tok{
		{0x0004, "RecoveryPath Transmit Enabled"},
		{0x0002, "RecoveryPath Desired"},
		{0x0001, "RecoveryPath Srefresh Capable"},
	}
	rsvpAdminFlags = []tok{
		{0x80000000, "Reflect"},
		{0x00000004, "Testing"},
		{0x00000002, "Admin-down"},
		{0x00000001, "Delete-in-progress"},
	}
	rsvpLabelSetActions = []tok{
		{0, "Inclusive list"},
		{1, "Exclusive list"},
		{rsvpInclusiveRange, "Inclusive range"},
		{rsvpExclusiveRange, "Exclusive range"},
	}
	rsvpPropertyTypes = []tok{
		{0x01, "Cos"},
		{0x02, "Metric 1"},
		{0x04, "Metric 2"},
		{0x08, "CCC Status"},
		{0x10, "Path Type"},
	}
	rsvpErrorCodes = []tok{
		{rsvpErrorRouting, "Routing Problem"},
		{25, "Notify Error"},
		{rsvpErrorDiffServ, "Diffserv TE Error"},
		{rsvpErrorDiffServOld, "Diffserv TE Error (Old)"},
	}
	rsvpRoutingErrors = []tok{
		{1, "Bad EXPLICIT_ROUTE object"},
		{2, "Bad strict node"},
		{3, "Bad loose node"},
		{4, "Bad initial subobject"},
		{5, "No route available toward destination"},
		{6, "Unacceptable label value"},
		{7, "RRO indicated routing loops"},
		{8, "non-RSVP-capable router in the path"},
		{9, "MPLS label allocation failure"},
		{10, "Unsupported L3PID"},
	}
	rsvpDiffServErrors = []tok{
		{1, "Unexpected CT object"},
		{2, "Unsupported CT"},
		{3, "Invalid CT value"},
		{4, "CT/setup priority do not form a configured TE-Class"},
		{5, "CT/holding priority do not form a configured TE-Class"},
		{6, "CT/setup priority and CT/holding priority do not form a configured TE-Class"},
		{7, "Inconsistency between signaled PSC and signaled CT"},
		{8, "Inconsistency between signaled PHBs and signaled CT"},
	}
	rsvpUNITypes = []tok{
		{rsvpUNISource, "Source TNA address"},
		{rsvpUNIDestination, "Destination TNA address"},
		{rsvpUNIDiversity, "Diversity"},
		{rsvpUNIEgressLabel, "Egress label"},
		{rsvpUNIServiceLevel, "Service level"},
	}
)

// rsvpObject prints the value of an object. All of it was captured.
func (p *Printer) rsvpObject(object uint16, indent string, v []byte) outcome {
	least := rsvpLeast(object)
	if least < 0 {
		return dump
	}
	if len(v) < least {
		return p.rsvpShort(indent)
	}
	switch object >> 8 {
	case rsvpSession:
		p.rsvpSession(object, indent, v)
	case rsvpSenderTemplate, rsvpFilterSpec:
		p.rsvpSender(object, indent, v)
	case rsvpLabel, rsvpSuggestedLabel, rsvpUpstreamLabel, rsvpRecoveryLabel:
		p.rsvpLabel(uint8(object), indent, v)
	case rsvpLabelRequest:
		p.rsvpLabelRequest(object, indent, v)
	case rsvpERO, rsvpRRO:
		return p.rsvpRoute(indent, v)
	case rsvpSessionAttr:
		return p.rsvpSessionAttr(indent, v)
	case rsvpGeneralizedUNI:
		return p.rsvpUNI(indent, v)
	case rsvpHop:
		return p.rsvpHop(object, indent, v)
	case rsvpFlowSpec, rsvpSenderTSpec, rsvpAdSpec:
		p.rsvpIntServ(indent, v)
	case rsvpFastReroute:
		p.rsvpFastReroute(object, indent, v)
	case rsvpErrorSpec:
		p.rsvpError(object, indent, v)
	case rsvpProperties:
		return p.rsvpProperties(indent, v)
	case rsvpMessageID, rsvpMessageIDACK, rsvpMessageIDList:
		p.rsvpMessageIDs(indent, v)
	case rsvpLabelSet:
		return p.rsvpLabelSet(indent, v)
	default:
		p.rsvpSimple(object, indent, v)
	}
	return done
}

// rsvpSimple prints the objects that are a field or two.
func (p *Printer) rsvpSimple(object uint16, indent string, v []byte) {
	switch object {
	case rsvpConfirm4:
		p.printf("%s  IPv4 Receiver Address: %s", indent, ip4At(v, 0))
	case rsvpConfirm6:
		p.printf("%s  IPv6 Receiver Address: %s", indent, ip6At(v, 0))
	case rsvpNotify4:
		p.printf("%s  IPv4 Notify Node Address: %s", indent, ip4At(v, 0))
	case rsvpNotify6:
		p.printf("%s  IPv6 Notify Node Address: %s", indent, ip6At(v, 0))
	case rsvpStyle1:
		p.printf("%s  Reservation Style: %s, Flags: [0x%02x]", indent, tokStr(rsvpStyles, "Unknown", u24(v, 1)), u8(v, 0))
	case rsvpHelloRequest, rsvpHelloACK:
		p.printf("%s  Source Instance: 0x%08x, Destination Instance: 0x%08x", indent, u32(v, 0), u32(v, 4))
	case rsvpRestart1:
		p.printf("%s  Restart  Time: %dms, Recovery Time: %dms", indent, u32(v, 0), u32(v, 4))
	case rsvpCapability1:
		flags := u32(v, 0)
		if flags&^7 != 0 {
			p.printf("%s  [reserved=0x%08x must be zero]", indent, flags&^7)
		}
		p.printf("%s  Flags: [%s]", indent, bitStr(rsvpCapabilityFlags, "none", flags&7))
	case rsvpTimeValues1:
		p.printf("%s  Refresh Period: %dms", indent, u32(v, 0))
	case rsvpDetour4:
		for ; len(v) >= 8; v = v[8:] {
			p.printf("%s  PLR-ID: %s, Avoid-Node-ID: %s", indent, ip4At(v, 0), ip4At(v, 4))
		}
	case rsvpClassType1, rsvpClassTypeOld1:
		p.printf("%s  CT: %d", indent, u32(v, 0)&7)
	case rsvpAdminStatus1:
		p.printf("%s  Flags [%s]", indent, bitStr(rsvpAdminFlags, "none", u32(v, 0)))
	case rsvpS2L4:
		p.printf("%s  Sub-LSP destination address: %s", indent, ip4At(v, 0))
	case rsvpS2L6:
		p.printf("%s  Sub-LSP destination address: %s", indent, ip6At(v, 0))
	}
}

// rsvpSession prints what a reservation is for (RFC 2205 annex A.1, RFC 3209
// section 4.6.1, RFC 4875 section 19.1).
func (p *Printer) rsvpSession(object uint16, indent string, v []byte) {
	switch object {
	case rsvpSession4:
		p.printf("%s  IPv4 DestAddress: %s, Protocol ID: 0x%02x", indent, ip4At(v, 0), u8(v, 4))
		p.printf("%s  Flags: [0x%02x], DestPort %d", indent, u8(v, 5), u16(v, 6))
	case rsvpSession6:
		p.printf("%s  IPv6 DestAddress: %s, Protocol ID: 0x%02x", indent, ip6At(v, 0), u8(v, 16))
		p.printf("%s  Flags: [0x%02x], DestPort %d", indent, u8(v, 17), u16(v, 18))
	case rsvpSessionTunnel6:
		p.printf("%s  IPv6 Tunnel EndPoint: %s, Tunnel ID: 0x%04x, Extended Tunnel ID: %s", indent,
			ip6At(v, 0), u16(v, 18), ip6At(v, 20))
	case rsvpSessionP2MP6:
		p.printf("%s  IPv6 P2MP LSP ID: 0x%08x, Tunnel ID: 0x%04x, Extended Tunnel ID: %s", indent,
			u32(v, 0), u16(v, 6), ip6At(v, 8))
	case rsvpSessionP2MP4:
		p.printf("%s  IPv4 P2MP LSP ID: %s, Tunnel ID: 0x%04x, Extended Tunnel ID: %s", indent,
			ip4At(v, 0), u16(v, 6), ip4At(v, 8))
	case rsvpSessionTunnel4, rsvpSessionUNI4:
		p.printf("%s  IPv4 Tunnel EndPoint: %s, Tunnel ID: 0x%04x, Extended Tunnel ID: %s", indent,
			ip4At(v, 0), u16(v, 6), ip4At(v, 8))
	}
}

// rsvpSender prints who sends (RFC 2205 annex A.9 and A.10, RFC 3209 section
// 4.6.2, RFC 4875 section 19.2).
func (p *Printer) rsvpSender(object uint16, indent string, v []byte) {
	switch object {
	case rsvpSender4, rsvpFilter4:
		p.printf("%s  Source Address: %s, Source Port: %d", indent, ip4At(v, 0), u16(v, 6))
	case rsvpSender6, rsvpFilter6:
		p.printf("%s  Source Address: %s, Source Port: %d", indent, ip6At(v, 0), u16(v, 18))
	case rsvpFilterFlow:
		p.printf("%s  Source Address: %s, Flow Label: %d", indent, ip6At(v, 0), u24(v, 17))
	case rsvpSenderTunnel4:
		p.printf("%s  IPv4 Tunnel Sender Address: %s, LSP-ID: 0x%04x", indent, ip4At(v, 0), u16(v, 6))
	case rsvpFilterTunnel4:
		p.printf("%s  Source Address: %s, LSP-ID: 0x%04x", indent, ip4At(v, 0), u16(v, 6))
	case rsvpFilterTunnel6:
		// as in the reference, the address's first four bytes alone
		p.printf("%s  Source Address: %s, LSP-ID: 0x%04x", indent, ip4At(v, 0), u16(v, 18))
	case rsvpSenderP2MP4, rsvpFilterP2MP4:
		p.printf("%s  IPv4 Tunnel Sender Address: %s, LSP ID: 0x%04x", indent, ip4At(v, 0), u16(v, 6))
		p.printf("%s  Sub-Group Originator ID: %s, Sub-Group ID: 0x%04x", indent, ip4At(v, 8), u16(v, 12))
	case rsvpSenderP2MP6, rsvpFilterP2MP6:
		p.printf("%s  IPv6 Tunnel Sender Address: %s, LSP ID: 0x%04x", indent, ip6At(v, 0), u16(v, 18))
		p.printf("%s  Sub-Group Originator ID: %s, Sub-Group ID: 0x%04x", indent, ip6At(v, 20), u16(v, 38))
	}
}

// rsvpLabel prints a label of any purpose (RFC 3209 section 4.1, RFC 3471
// section 3.3).
func (p *Printer) rsvpLabel(kind uint8, indent string, v []byte) {
	switch kind {
	case 1:
		for ; len(v) >= 4; v = v[4:] {
			p.printf("%s  Label: %d", indent, u32(v, 0))
		}
	case 2:
		p.printf("%s  Generalized Label: %d", indent, u32(v, 0))
	case 3:
		p.printf("%s  Waveband ID: %d", indent, u32(v, 0))
		p.printf("%s  Start Label: %d, Stop Label: %d", indent, u32(v, 4), u32(v, 8))
	}
}

// rsvpLabelRequest prints RFC 3209 section 4.2 and RFC 3473 section 2.1.
func (p *Printer) rsvpLabelRequest(object uint16, indent string, v []byte) {
	switch object {
	case rsvpLabelRequest1:
		for ; len(v) >= 4; v = v[4:] {
			p.rsvpLayer3(indent, v)
		}
	case rsvpLabelRequestATM:
		p.rsvpLayer3(indent, v)
		merge := ""
		if u8(v, 4)&0x80 != 0 {
			merge = "no"
		}
		p.printf(",%s merge capability", merge)
		p.printf("%s  Minimum VPI/VCI: %d/%d", indent, u16(v, 4)&0xfff, u16(v, 6)&0xfff)
		p.printf("%s  Maximum VPI/VCI: %d/%d", indent, u16(v, 8)&0xfff, u16(v, 10)&0xfff)
	case rsvpLabelRequestFR:
		p.rsvpLayer3(indent, v)
		bits := ""
		switch u16(v, 4) >> 7 & 3 {
		case 0:
			bits = "10"
		case 2:
			bits = "23"
		}
		p.printf("%s  Minimum/Maximum DLCI: %d/%d, %s bit DLCI", indent, u32(v, 4)&0x7fffff, u32(v, 8)&0x7fffff, bits)
	case rsvpLabelRequestGMPLS:
		encoding, switching, payload := u8(v, 0), u8(v, 1), u16(v, 2)
		p.printf("%s  LSP Encoding Type: %s (%d)", indent, tokStr(gmplsEncodings, "Unknown", encoding), encoding)
		p.printf("%s  Switching Type: %s (%d), Payload ID: %s (0x%04x)", indent,
			tokStr(gmplsSwitching, "Unknown", switching), switching, tokStr(gmplsPayloads, "Unknown", payload), payload)
	}
}

// rsvpLayer3 prints the protocol that a label-switched path carries.
func (p *Printer) rsvpLayer3(indent string, v []byte) {
	p.printf("%s  L3 Protocol ID: %s", indent, tokStr(etherTypeNames, "Unknown Protocol (0x%04x)", u16(v, 2)))
}

// rsvpRoute prints the hops of an explicit or a recorded route (RFC 3209
// sections 4.3 and 4.4).
func (p *Printer) rsvpRoute(indent string, v []byte) outcome {
	for len(v) >= 4 {
		kind, n := u8(v, 0), int(u8(v, 1))
		p.printf("%s  Subobject Type: %s, length %d", indent, tokStr(rsvpRouteTypes, "Unknown %d", kind&0x7f), n)
		if len(v) < n {
			p.printf("%s  ERROR: ERO subobject length > object length", indent)
			return done
		}
		if n == 0 {
			p.printf("%s  ERROR: zero length ERO subtype", indent)
			return done
		}
		if !p.rsvpRouteHop(v[:n]) {
			p.invalid()
			return stop
		}
		v = v[n:]
	}
	return done
}

// rsvpRouteHop prints a hop of a route and reports whether it is valid.
func (p *Printer) rsvpRouteHop(v []byte) bool {
	kind := v[0] & 0x7f
	if kind != rsvpRouteIPv4 && kind != rsvpRouteLabel {
		return true
	}
	if len(v) != 8 {
		p.str(" ERROR: length != 8")
		return false
	}
	if kind == rsvpRouteLabel {
		flags, label := u8(v, 2), u8(v, 3)
		p.printf(", Flags: [%s] (%#x), Class-Type: %s (%d), %d", bitStr(rsvpRouteLabelFlags, "none", flags), flags,
			tokStr(rsvpTypes, "Unknown", rsvpRRO<<8|uint32(label)), label, u32(v, 4))
		return true
	}
	bits := u8(v, 6)
	if bits != 32 {
		p.printf(" ERROR: Prefix length %d != 32", bits)
		return false
	}
	strictness := "Strict"
	if v[0]&0x80 != 0 {
		strictness = "Loose"
	}
	p.printf(", %s, %s/%d, Flags: [%s]", strictness, ip4At(v, 2), bits, bitStr(rsvpRouteFlags, "none", u8(v, 7)))
	return true
}

// rsvpSessionAttr prints RFC 3209 section 4.7.
func (p *Printer) rsvpSessionAttr(indent string, v []byte) outcome {
	n := int(u8(v, 3))
	if len(v) < 4+n {
		return p.rsvpShort(indent)
	}
	p.printf("%s  Session Name: ", indent)
	p.safe(v[4 : 4+n])
	flags := u8(v, 2)
	p.printf("%s  Setup Priority: %d, Holding Priority: %d, Flags: [%s] (%#x)", indent, u8(v, 0), u8(v, 1),
		bitStr(rsvpSessionFlags, "none", flags), flags)
	return done
}

// rsvpUNI prints the subobjects of the OIF's generalized UNI object.
func (p *Printer) rsvpUNI(indent string, v []byte) outcome {
	went := done
	for len(v) > 0 {
		if len(v) < 4 {
			p.wrongSince(rsvpLengths, "total_subobj_len", len(v), "<", 4)
			p.invalid()
			return stop
		}
		n, kind, family := int(u16(v, 0)), u8(v, 2), u8(v, 3)
		p.printf("%s  Subobject Type: %s (%d), AF: %s (%d), length: %d", indent, tokStr(rsvpUNITypes, "Unknown", kind), kind,
			tokStr(afNames, "Unknown", family), family, n)
		if n < 4 || n > len(v) {
			p.invalid()
			return stop
		}
		switch p.rsvpUNISubobject(kind, family, indent, v[:n]) {
		case dump:
			went = dump
		case bad:
			p.printf("%sERROR: sub-object is too short", indent)
			return stop
		}
		v = v[n:]
	}
	return went
}

// rsvpUNISubobject prints a subobject, which is bad when it is too short.
func (p *Printer) rsvpUNISubobject(kind, family uint8, indent string, v []byte) outcome {
	switch kind {
	case rsvpUNISource, rsvpUNIDestination:
		switch family {
		case afIPv4:
			if len(v) < 8 {
				return bad
			}
			p.printf("%s    UNI IPv4 TNA address: %s", indent, ip4At(v, 4))
		case afIPv6:
			if len(v) < 20 {
				return bad
			}
			p.printf("%s    UNI IPv6 TNA address: %s", indent, ip6At(v, 4))
		case afNSAP:
			return dump
		}
	case rsvpUNIDiversity:
		if len(v) > 4 {
			return dump
		}
	case rsvpUNIEgressLabel:
		if len(v) < 16 {
			return bad
		}
		label := u32(v, 4)
		p.printf("%s    U-bit: %x, Label type: %d, Logical port id: %d, Label: %d", indent, label>>31, label&0xff,
			u32(v, 8), u32(v, 12))
	case rsvpUNIServiceLevel:
		if len(v) < 8 {
			return bad
		}
		p.printf("%s    Service level: %d", indent, u8(v, 4))
	default:
		return dump
	}
	return done
}

// rsvpHop prints the node before or after (RFC 2205 annex A.2). Its TLVs (RFC
// 3473 section 8.1) are left to the dump.
func (p *Printer) rsvpHop(object uint16, indent string, v []byte) outcome {
	if object == rsvpHop6 || object == rsvpHop6TLVs {
		p.printf("%s  Previous/Next Interface: %s, Logical Interface Handle: 0x%08x", indent, ip6At(v, 0), u32(v, 16))
		return dump
	}
	p.printf("%s  Previous/Next Interface: %s, Logical Interface Handle: 0x%08x", indent, ip4At(v, 0), u32(v, 4))
	if len(v) > 8 {
		return dump
	}
	return done
}

// rsvpFastReroute prints RFC 4090 section 4.1 and what was used before it.
func (p *Printer) rsvpFastReroute(object uint16, indent string, v []byte) {
	p.printf("%s  Setup Priority: %d, Holding Priority: %d, Hop-limit: %d, Bandwidth: %.10g Mbps", indent,
		u8(v, 0), u8(v, 1), u8(v, 2), mbpsAt(v, 4))
	if object == rsvpFastReroute1 {
		p.printf("%s  Include-any: 0x%08x, Exclude-any: 0x%08x, Include-all: 0x%08x", indent, u32(v, 8), u32(v, 12), u32(v, 16))
		return
	}
	p.printf("%s  Include Colors: 0x%08x, Exclude Colors: 0x%08x", indent, u32(v, 8), u32(v, 12))
}

// rsvpError prints RFC 2205 annex A.5.
func (p *Printer) rsvpError(object uint16, indent string, v []byte) {
	i := 4
	if object == rsvpError6 || object == rsvpError6TLVs {
		i = 16
		p.printf("%s  Error Node Address: %s", indent, ip6At(v, 0))
	} else {
		p.printf("%s  Error Node Address: %s", indent, ip4At(v, 0))
	}
	flags, code, value := u8(v, i), u8(v, i+1), u16(v, i+2)
	p.printf(", Flags: [0x%02x]%s  Error Code: %s (%d)", flags, indent, tokStr(rsvpErrorCodes, "unknown", code), code)
	switch {
	case code == rsvpErrorRouting:
		p.printf(", Error Value: %s (%d)", tokStr(rsvpRoutingErrors, "unknown", value), value)
	case i == 16: // no others are named there
	case code == rsvpErrorDiffServ || code == rsvpErrorDiffServOld:
		p.printf(", Error Value: %s (%d)", tokStr(rsvpDiffServErrors, "unknown", value), value)
	default:
		p.printf(", Unknown Error Value (%d)", value)
	}
}

// rsvpProperties prints an object of Juniper: TLVs and padding.
func (p *Printer) rsvpProperties(indent string, v []byte) outcome {
	padding := int(u16(v, 2))
	p.printf("%s  TLV count: %d, padding bytes: %d", indent, u16(v, 0), padding)
	for v = v[4:]; len(v) >= 2+padding; {
		kind, n := u8(v, 0), int(u8(v, 1))
		p.printf("%s    %s TLV (0x%02x), length: %d", indent, tokStr(rsvpPropertyTypes, "unknown", kind), kind, n)
		if len(v) < n {
			return p.rsvpShort(indent)
		}
		if n < 2 {
			p.printf("%sERROR: property TLV is too short", indent)
			return stop
		}
		p.unknownData(v[2:], "\n\t\t", n-2)
		v = v[n:]
	}
	return done
}

// rsvpMessageIDs prints RFC 2961 section 4.
func (p *Printer) rsvpMessageIDs(indent string, v []byte) {
	p.printf("%s  Flags [0x%02x], epoch: %d", indent, u8(v, 0), u24(v, 1))
	for v = v[4:]; len(v) >= 4; v = v[4:] {
		id := u32(v, 0)
		p.printf("%s    Message-ID 0x%08x (%d)", indent, id, id)
	}
}

// rsvpLabelSet prints RFC 3473 section 2.6.
func (p *Printer) rsvpLabelSet(indent string, v []byte) outcome {
	action := u8(v, 0)
	p.printf("%s  Action: %s (%d), Label type: %d", indent, tokStr(rsvpLabelSetActions, "Unknown", action), action, u8(v, 3)&0x7f)
	if action == rsvpInclusiveRange || action == rsvpExclusiveRange {
		if len(v) < 12 {
			return p.rsvpShort(indent)
		}
		p.printf("%s  Start range: %d, End range: %d", indent, u32(v, 4), u32(v, 8))
		return done
	}
	channel := 1
	for v = v[4:]; len(v) >= 4; v = v[4:] {
		p.printf("%s  Subchannel #%d: %d", indent, channel, u32(v, 0))
		channel++
	}
	return done
}
