// lmp.go: Link Management Protocol (RFC 4204), with the service discovery of the OIF
// User Network Interface 1.0.

package printer

const (
	lmpVersion   = 1
	lmpHeaderLen = 8
	lmpObjectLen = 4 // of an object's header
)

// Object classes (RFC 4204 section 13, UNI 1.0 section 9.4.2).
const (
	lmpControlChannelID = 1
	lmpNodeID           = 2
	lmpLinkID           = 3
	lmpInterfaceID      = 4
	lmpMessageID        = 5
	lmpConfig           = 6
	lmpHello            = 7
	lmpVerifyBegin      = 8
	lmpVerifyBeginACK   = 9
	lmpVerifyID         = 10
	lmpTELink           = 11
	lmpDataLink         = 12
	lmpChannelStatus    = 13
	lmpChannelRequest   = 14
	lmpErrorCode        = 20
	lmpServiceConfig    = 51
)

// Classes and types together: types have a meaning only within their class.
const (
	lmpControlChannelLocal  = lmpControlChannelID<<8 | 1
	lmpControlChannelRemote = lmpControlChannelID<<8 | 2
	lmpNodeLocal            = lmpNodeID<<8 | 1
	lmpNodeRemote           = lmpNodeID<<8 | 2
	lmpLinkLocal4           = lmpLinkID<<8 | 1
	lmpLinkRemote4          = lmpLinkID<<8 | 2
	lmpLinkLocal6           = lmpLinkID<<8 | 3
	lmpLinkRemote6          = lmpLinkID<<8 | 4
	lmpLinkLocalNumber      = lmpLinkID<<8 | 5
	lmpLinkRemoteNumber     = lmpLinkID<<8 | 6
	lmpIfaceLocal4          = lmpInterfaceID<<8 | 1
	lmpIfaceRemote4         = lmpInterfaceID<<8 | 2
	lmpIfaceLocal6          = lmpInterfaceID<<8 | 3
	lmpIfaceRemote6         = lmpInterfaceID<<8 | 4
	lmpIfaceLocalNumber     = lmpInterfaceID<<8 | 5
	lmpIfaceRemoteNumber    = lmpInterfaceID<<8 | 6
	lmpMessage              = lmpMessageID<<8 | 1
	lmpMessageACK           = lmpMessageID<<8 | 2
	lmpConfigHello          = lmpConfig<<8 | 1
	lmpHello1               = lmpHello<<8 | 1
	lmpVerifyBegin1         = lmpVerifyBegin<<8 | 1
	lmpVerifyBeginACK1      = lmpVerifyBeginACK<<8 | 1
	lmpVerifyID1            = lmpVerifyID<<8 | 1
	lmpTELink4              = lmpTELink<<8 | 1
	lmpTELink6              = lmpTELink<<8 | 2
	lmpTELinkNumber         = lmpTELink<<8 | 3
	lmpDataLink4            = lmpDataLink<<8 | 1
	lmpDataLink6            = lmpDataLink<<8 | 2
	lmpDataLinkNumber       = lmpDataLink<<8 | 3
	lmpChannelStatus4       = lmpChannelStatus<<8 | 1
	lmpChannelStatus6       = lmpChannelStatus<<8 | 2
	lmpChannelStatusNumber  = lmpChannelStatus<<8 | 3
	lmpChannelRequest4      = lmpChannelRequest<<8 | 1
	lmpChannelRequest6      = lmpChannelRequest<<8 | 2
	lmpChannelRequestNumber = lmpChannelRequest<<8 | 3
	lmpVerifyError          = lmpErrorCode<<8 | 1
	lmpSummaryError         = lmpErrorCode<<8 | 2
	lmpSignaling            = lmpServiceConfig<<8 | 1
	lmpClientPort           = lmpServiceConfig<<8 | 2
	lmpTransparency         = lmpServiceConfig<<8 | 3
	lmpDiversity            = lmpServiceConfig<<8 | 4
)

// lmpFamily says how interfaces and links are identified.
type lmpFamily uint8

const (
	lmpIPv4 lmpFamily = iota
	lmpIPv6
	lmpUnnumbered
)

// size is the length of an identifier.
func (f lmpFamily) size() int {
	if f == lmpIPv6 {
		return 16
	}
	return 4
}

const (
	lmpSwitchingType = 1 // subobjects of data links (RFC 4204 section 13.12.1)
	lmpWavelength    = 2
	lmpLinkSDH       = 5 // link types of UNI 1.0
	lmpLinkSONET     = 6
)

var (
	lmpMessages = []tok{
		{1, "Config"},
		{2, "Config ACK"},
		{3, "Config NACK"},
		{4, "Hello"},
		{5, "Begin Verify"},
		{6, "Begin Verify ACK"},
		{7, "Begin Verify NACK"},
		{8, "End Verify"},
		{9, "End Verify ACK"},
		{10, "Test"},
		{11, "Test Status Success"},
		{12, "Test Status Failure"},
		{13, "Test Status ACK"},
		{14, "Link Summary"},
		{15, "Link Summary ACK"},
		{16, "Link Summary NACK"},
		{17, "Channel Status"},
		{18, "Channel Status ACK"},
		{19, "Channel Status Request"},
		{20, "Channel Status Response"},
		{50, "Service Config"},
		{51, "Service Config ACK"},
		{52, "Service Config NACK"},
	}
	lmpHeaderFlags = []tok{
		{0x01, "Control Channel Down"},
		{0x02, "LMP restart"},
	}
	lmpObjects = []tok{
		{lmpControlChannelID, "Control Channel ID"},
		{lmpNodeID, "Node ID"},
		{lmpLinkID, "Link ID"},
		{lmpInterfaceID, "Interface ID"},
		{lmpMessageID, "Message ID"},
		{lmpConfig, "Configuration"},
		{lmpHello, "Hello"},
		{lmpVerifyBegin, "Verify Begin"},
		{lmpVerifyBeginACK, "Verify Begin ACK"},
		{lmpVerifyID, "Verify ID"},
		{lmpTELink, "TE Link"},
		{lmpDataLink, "Data Link"},
		{lmpChannelStatus, "Channel Status"},
		{lmpChannelRequest, "Channel Status Request"},
		{lmpErrorCode, "Error Code"},
		{lmpServiceConfig, "Service Config"},
	}
	lmpObjectTypes = []tok{
		{lmpControlChannelLocal, "Local"},
		{lmpControlChannelRemote, "Remote"},
		{lmpNodeLocal, "Local"},
		{lmpNodeRemote, "Remote"},
		{lmpLinkLocal4, "IPv4 Local"},
		{lmpLinkRemote4, "IPv4 Remote"},
		{lmpLinkLocal6, "IPv6 Local"},
		{lmpLinkRemote6, "IPv6 Remote"},
		{lmpLinkLocalNumber, "Unnumbered Local"},
		{lmpLinkRemoteNumber, "Unnumbered Remote"},
		{lmpIfaceLocal4, "IPv4 Local"},
		{lmpIfaceRemote4, "IPv4 Remote"},
		{lmpIfaceLocal6, "IPv6 Local"},
		{lmpIfaceRemote6, "IPv6 Remote"},
		{lmpIfaceLocalNumber, "Unnumbered Local"},
		{lmpIfaceRemoteNumber, "Unnumbered Remote"},
		{lmpMessage, "1"},
		{lmpMessageACK, "2"},
		{lmpConfigHello, "1"},
		{lmpHello1, "1"},
		{lmpVerifyBegin1, "1"},
		{lmpVerifyBeginACK1, "1"},
		{lmpVerifyID1, "1"},
		{lmpTELink4, "IPv4"},
		{lmpTELink6, "IPv6"},
		{lmpTELinkNumber, "Unnumbered"},
		{lmpDataLink4, "IPv4"},
		{lmpDataLink6, "IPv6"},
		{lmpDataLinkNumber, "Unnumbered"},
		{lmpChannelStatus4, "IPv4"},
		{lmpChannelStatus6, "IPv6"},
		{lmpChannelStatusNumber, "Unnumbered"},
		{lmpChannelRequest4, "IPv4"},
		{lmpChannelRequest6, "IPv6"},
		{lmpChannelRequestNumber, "Unnumbered"},
		{lmpVerifyError, "1"},
		{lmpSummaryError, "2"},
		{lmpSignaling, "1"},
		{lmpClientPort, "2"},
		{lmpTransparency, "3"},
		{lmpDiversity, "4"},
	}
	lmpTELinkFlags = []tok{
		{0x01, "Fault Management Supported"},
		{0x02, "Link Verification Supported"},
	}
	lmpDataLinkFlags = []tok{
		{0x01, "Data Link Port"},
		{0x02, "Allocated for user traffic"},
		{0x04, "Failed link"},
	}
	lmpSubobjects = []tok{
		{lmpSwitchingType, "Interface Switching Type"},
		{lmpWavelength, "Wavelength"},
	}
	lmpChannelStates = []tok{
		{1, "Signal Okay"},
		{2, "Signal Degraded"},
		{3, "Signal Fail"},
	}
	lmpVerifyFlags = []tok{
		{0x0001, "Verify all links"},
		{0x0002, "Data link type"},
	}
	lmpVerifyErrors = []tok{
		{0x01, "Link Verification Procedure Not supported"},
		{0x02, "Unwilling to verify"},
		{0x04, "Unsupported verification transport mechanism"},
		{0x08, "Link-Id configuration error"},
		{0x10, "Unknown object c-type"},
	}
	lmpSummaryErrors = []tok{
		{0x01, "Unacceptable non-negotiable LINK-SUMMARY parameters"},
		{0x02, "Renegotiate LINK-SUMMARY parameters"},
		{0x04, "Invalid TE-LINK Object"},
		{0x08, "Invalid DATA-LINK Object"},
		{0x10, "Unknown TE-LINK Object c-type"},
		{0x20, "Unknown DATA-LINK Object c-type"},
	}
	lmpSignalings = []tok{
		{0x01, "RSVP Supported"},
		{0x02, "LDP Supported"},
	}
	lmpLinkTypes = []tok{
		{lmpLinkSDH, "SDH ITU-T G.707"},
		{lmpLinkSONET, "SONET ANSI T1.105"},
	}
	lmpSignalsSDH = []tok{
		{5, "VC-3"},
		{6, "VC-4"},
		{7, "STM-0"},
		{8, "STM-1"},
		{9, "STM-4"},
		{10, "STM-16"},
		{11, "STM-64"},
		{12, "STM-256"},
	}
	lmpSignalsSONET = []tok{
		{5, "STS-1 SPE"},
		{6, "STS-3c SPE"},
		{7, "STS-1"},
		{8, "STM-3"},
		{9, "STM-12"},
		{10, "STM-48"},
		{11, "STM-192"},
		{12, "STM-768"},
	}
	lmpPortTransparency = []tok{
		{0x01, "Path/VC Overhead Transparency Supported"},
		{0x02, "Line/MS Overhead Transparency Supported"},
		{0x04, "Section/RS Overhead Transparency Supported"},
	}
	lmpConcatenation = []tok{
		{0x01, "Contiguous Concatenation Types Supported"},
	}
	lmpNetworkTransparency = []tok{
		{0x01, "Standard SOH/RSOH Transparency Supported"},
		{0x02, "Standard LOH/MSOH Transparency Supported"},
	}
	lmpMonitoring = []tok{
		{0x01, "Transparent Tandem Connection Monitoring Supported"},
	}
	lmpDiversities = []tok{
		{0x01, "Node Diversity Supported"},
		{0x02, "Link Diversity Supported"},
		{0x04, "SRLG Diversity Supported"},
	}
)

func (p *Printer) lmp(b []byte, length int) {
	p.proto = "lmp"
	need(b, 0, lmpHeaderLen)
	if version := u8(b, 0) >> 4; version != lmpVersion {
		p.printf("LMP version %d packet not supported", version)
		return
	}
	kind := u8(b, 3)
	if p.vflag < 1 {
		p.printf("LMPv%d %s Message, length: %d", lmpVersion, tokStr(lmpMessages, "unknown (%d)", kind), length)
		return
	}
	size := uint32(u16(b, 4))
	p.printf("\n\tLMPv%d, msg-type: %s, Flags: [%s], length: %d", lmpVersion,
		tokStr(lmpMessages, "unknown, type: %d", kind), bitStr(lmpHeaderFlags, "none", u8(b, 2)), size)
	if size < lmpHeaderLen {
		p.str(" (too short)")
		return
	}
	if size > uint32(length) {
		p.str(" (too long)")
		size = uint32(length)
	}
	// A datagram shorter than the header leaves a number that has wrapped round:
	// then objects go on to the capture's end.
	p.lmpObjects(b[lmpHeaderLen:], size-lmpHeaderLen)
}

// lmpObjects prints the objects in the left bytes of a message.
func (p *Printer) lmpObjects(b []byte, left uint32) {
	for left > 0 {
		need(b, 0, lmpObjectLen)
		kind, class, size := u8(b, 0), u8(b, 1), int(u16(b, 2))
		negotiable := "non-"
		if kind&0x80 != 0 {
			negotiable = ""
		}
		kind &= 0x7f
		object := uint16(class)<<8 | uint16(kind)
		p.printf("\n\t  %s Object (%d), Class-Type: %s (%d) Flags: [%snegotiable], length: %d",
			tokStr(lmpObjects, "Unknown", class), class, tokStr(lmpObjectTypes, "Unknown", object), kind, negotiable, size)
		if size < lmpObjectLen {
			p.str(" (too short)")
			return
		}
		if size%4 != 0 {
			p.str(" (not a multiple of 4)")
			return
		}
		need(b, 0, size)
		value, n := b[lmpObjectLen:], size-lmpObjectLen
		known := p.lmpObject(object, value, n)
		if p.vflag > 1 || !known {
			p.unknownData(value, "\n\t    ", n)
		}
		if p.lacks("remaining objects length", int(left), size) {
			return
		}
		b, left = b[size:], left-uint32(size)
	}
}

// lmpLen is the length that an object must have, or -1 when it varies; for data
// links it is the least length.
func lmpLen(object uint16) int {
	switch object {
	case lmpLinkLocal6, lmpLinkRemote6, lmpIfaceLocal6, lmpIfaceRemote6, lmpClientPort:
		return 16
	case lmpHello1, lmpTransparency:
		return 8
	case lmpTELink4, lmpTELinkNumber, lmpDataLink4, lmpDataLinkNumber:
		return 12
	case lmpTELink6, lmpDataLink6:
		return 36
	case lmpVerifyBegin1:
		return 20
	case lmpChannelStatus4, lmpChannelStatus6, lmpChannelStatusNumber,
		lmpChannelRequest4, lmpChannelRequest6, lmpChannelRequestNumber:
		return -1
	}
	return 4
}

// lmpObject prints the contents of an object, n bytes at the start of b, and
// reports whether it knows them.
func (p *Printer) lmpObject(object uint16, b []byte, n int) bool {
	if tokName(lmpObjectTypes, uint32(object)) == "" {
		return false
	}
	if want := lmpLen(object); want >= 0 && (n < want || n > want && object>>8 != lmpDataLink) {
		p.str(" (not correct for object)")
		return true
	}
	switch object >> 8 {
	case lmpVerifyBegin:
		p.lmpVerifyBegin(b)
	case lmpTELink:
		p.lmpLink(lmpTELinkFlags, "Link-ID", lmpFamilyOf(object), b)
	case lmpDataLink:
		family := lmpFamilyOf(object)
		p.lmpLink(lmpDataLinkFlags, "Interface ID", family, b)
		head := 4 + 2*family.size()
		return p.lmpSubobjects(b[head:], n-head)
	case lmpChannelStatus:
		p.lmpChannelStatus(lmpFamilyOf(object), b, n)
	case lmpChannelRequest:
		family := lmpFamilyOf(object)
		for i := 0; i+family.size() <= n; i += family.size() {
			p.str("\n\t    Interface ID: ")
			p.lmpID(family, b, i)
		}
	case lmpServiceConfig:
		p.lmpService(object, b)
	default:
		p.lmpSimple(object, b)
	}
	return true
}

// lmpFamilyOf is the kind of identifiers in links and channel states.
func lmpFamilyOf(object uint16) lmpFamily { return lmpFamily(object&0xff) - 1 }

// lmpSimple prints the objects that are a field or two.
func (p *Printer) lmpSimple(object uint16, b []byte) {
	switch object {
	case lmpControlChannelLocal, lmpControlChannelRemote:
		p.str("\n\t    Control Channel ID: ")
		p.lmpID(lmpUnnumbered, b, 0)
	case lmpNodeLocal, lmpNodeRemote:
		p.str("\n\t    Node ID: ")
		p.lmpID(lmpIPv4, b, 0)
	case lmpLinkLocal4, lmpLinkRemote4, lmpIfaceLocal4, lmpIfaceRemote4:
		p.str("\n\t    IPv4 Link ID: ")
		p.lmpID(lmpIPv4, b, 0)
	case lmpLinkLocal6, lmpLinkRemote6, lmpIfaceLocal6, lmpIfaceRemote6:
		p.str("\n\t    IPv6 Link ID: ")
		p.lmpID(lmpIPv6, b, 0)
	case lmpLinkLocalNumber, lmpLinkRemoteNumber, lmpIfaceLocalNumber, lmpIfaceRemoteNumber:
		p.str("\n\t    Link ID: ")
		p.lmpID(lmpUnnumbered, b, 0)
	case lmpMessage:
		p.str("\n\t    Message ID: ")
		p.lmpID(lmpUnnumbered, b, 0)
	case lmpMessageACK:
		p.str("\n\t    Message ID Ack: ")
		p.lmpID(lmpUnnumbered, b, 0)
	case lmpConfigHello:
		p.printf("\n\t    Hello Interval: %d\n\t    Hello Dead Interval: %d", u16(b, 0), u16(b, 2))
	case lmpHello1:
		p.printf("\n\t    Tx Seq: %d, Rx Seq: %d", u32(b, 0), u32(b, 4))
	case lmpVerifyBeginACK1:
		p.printf("\n\t    Verify Dead Interval: %d\n\t    Verify Transport Response: %d", u16(b, 0), u16(b, 2))
	case lmpVerifyID1:
		p.printf("\n\t    Verify ID: %d", u32(b, 0))
	case lmpVerifyError:
		p.printf("\n\t    Error Code: %s", bitStr(lmpVerifyErrors, "none", u32(b, 0)))
	case lmpSummaryError:
		p.printf("\n\t    Error Code: %s", bitStr(lmpSummaryErrors, "none", u32(b, 0)))
	}
}

// lmpID prints the identifier at b[i], with its first four bytes as a number.
func (p *Printer) lmpID(family lmpFamily, b []byte, i int) {
	number := u32(b, i)
	switch family {
	case lmpIPv4:
		p.printf("%s", ip4At(b, i))
	case lmpIPv6:
		p.printf("%s", ip6At(b, i))
	default:
		p.uint(uint64(number))
	}
	p.printf(" (0x%08x)", number)
}

// lmpLink prints what TE links and data links begin with (RFC 4204 sections
// 13.11 and 13.12).
func (p *Printer) lmpLink(flags []tok, label string, family lmpFamily, b []byte) {
	p.printf("\n\t    Flags: [%s]", bitStr(flags, "none", u8(b, 0)))
	p.printf("\n\t    Local %s: ", label)
	p.lmpID(family, b, 4)
	p.printf("\n\t    Remote %s: ", label)
	p.lmpID(family, b, 4+family.size())
}

// lmpSubobjects prints the subobjects of a data link, n bytes, up to the first
// that is not known, and reports whether all are.
func (p *Printer) lmpSubobjects(b []byte, n int) bool {
	for n > 0 {
		kind, size := u8(b, 0), int(u8(b, 1))
		p.printf("\n\t    Subobject, Type: %s (%d), Length: %d", tokStr(lmpSubobjects, "Unknown", kind), kind, size)
		switch {
		case size < 4:
			p.str(" (too short)")
			return true
		case size%4 != 0:
			p.str(" (not a multiple of 4)")
			return true
		case n < size:
			p.str(" (goes past the end of the object)")
			return true
		}
		switch kind {
		case lmpSwitchingType:
			switching, encoding := u8(b, 2), u8(b, 3)
			p.printf("\n\t      Switching Type: %s (%d)", tokStr(gmplsSwitching, "Unknown", switching), switching)
			p.printf("\n\t      Encoding Type: %s (%d)", tokStr(gmplsEncodings, "Unknown", encoding), encoding)
			p.printf("\n\t      Min Reservable Bandwidth: %.3f Mbps", mbpsAt(b, 4))
			p.printf("\n\t      Max Reservable Bandwidth: %.3f Mbps", mbpsAt(b, 8))
		case lmpWavelength:
			p.printf("\n\t      Wavelength: %d", u32(b, 4))
		default:
			return false
		}
		b, n = b[size:], n-size
	}
	return true
}

// lmpVerifyBegin prints RFC 4204 section 13.8.
func (p *Printer) lmpVerifyBegin(b []byte) {
	p.printf("\n\t    Flags: %s", bitStr(lmpVerifyFlags, "none", u16(b, 0)))
	p.printf("\n\t    Verify Interval: %d", u16(b, 2))
	p.printf("\n\t    Data links: %d", u32(b, 4))
	p.printf("\n\t    Encoding type: %s", tokStr(gmplsEncodings, "Unknown", u8(b, 8)))
	mechanism := u16(b, 10)
	p.printf("\n\t    Verify Transport Mechanism: %d (0x%x)", mechanism, mechanism)
	// The bit is the most significant one; the reference tests the decimal 8000.
	if mechanism&8000 != 0 {
		p.str(" (Payload test messages capable)")
	}
	p.printf("\n\t    Transmission Rate: %.3f Mbps", mbpsAt(b, 12))
	p.printf("\n\t    Wavelength: %d", u32(b, 16))
}

// lmpChannelStatus prints RFC 4204 section 13.13.
func (p *Printer) lmpChannelStatus(family lmpFamily, b []byte, n int) {
	for i := 0; i+family.size()+4 <= n; i += family.size() + 4 {
		p.str("\n\t    Interface ID: ")
		p.lmpID(family, b, i)
		status := u32(b, i+family.size())
		active, direction := "Non-allocated", "Receive"
		if status>>31 != 0 {
			active = "Allocated"
		}
		if status>>30&1 != 0 {
			direction = "Transmit"
		}
		p.printf("\n\t\t    Active: %s (%d)", active, status>>31)
		p.printf("\n\t\t    Direction: %s (%d)", direction, status>>30&1)
		p.printf("\n\t\t    Channel Status: %s (%d)", tokStr(lmpChannelStates, "Unknown", status&0x3ffffff), status&0x3ffffff)
	}
}

// lmpService prints what services a client or network offers (UNI 1.0 section
// 9.4.2).
func (p *Printer) lmpService(object uint16, b []byte) {
	switch object {
	case lmpSignaling:
		p.printf("\n\t Flags: %s", bitStr(lmpSignalings, "none", u8(b, 0)))
		p.printf("\n\t  UNI Version: %d", u8(b, 1))
	case lmpClientPort:
		p.lmpClientPort(b)
	case lmpTransparency:
		p.printf("\n\t Transparency Flags: %s", bitStr(lmpNetworkTransparency, "none", u32(b, 0)))
		p.printf("\n\t TCM Monitoring Flags: %s", bitStr(lmpMonitoring, "none", u8(b, 7)))
	case lmpDiversity:
		p.printf("\n\t Diversity: Flags: %s", bitStr(lmpDiversities, "none", u8(b, 3)))
	}
}

func (p *Printer) lmpClientPort(b []byte) {
	link, signal := u8(b, 0), u8(b, 1)
	p.printf("\n\t Link Type: %s (%d)", tokStr(lmpLinkTypes, "Unknown", link), link)
	switch link {
	case lmpLinkSDH:
		p.printf("\n\t Signal Type: %s (%d)", tokStr(lmpSignalsSDH, "Unknown", signal), signal)
	case lmpLinkSONET:
		p.printf("\n\t Signal Type: %s (%d)", tokStr(lmpSignalsSONET, "Unknown", signal), signal)
	}
	p.printf("\n\t Transparency: %s", bitStr(lmpPortTransparency, "none", u8(b, 2)))
	p.printf("\n\t Contiguous Concatenation Types: %s", bitStr(lmpConcatenation, "none", u8(b, 3)))
	p.printf("\n\t Minimum NCC: %d\n\t Maximum NCC: %d", u16(b, 4), u16(b, 6))
	p.printf("\n\t Minimum NVC:%d\n\t Maximum NVC:%d", u16(b, 8), u16(b, 10))
	p.str("\n\t    Local Interface ID: ")
	p.lmpID(lmpIPv4, b, 12)
}
