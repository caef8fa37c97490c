package printer

import "bytes"

const (
	lwappFragmented       = 0x03 // the flags that UDP does not need (RFC 5412 section 3.3.3)
	lwappElementHeaderLen = 3
)

// lwappPacket prints a packet of either channel. With hasAPAddr the access point's
// address stands in front of the header.
func (p *Printer) lwappPacket(b []byte, length int, hasAPAddr bool) {
	p.proto = "lwapp"
	p.str("LWAPP")
	headerLen, header := lwappHeaderLen, b
	if hasAPAddr {
		headerLen += lwappAddrLen
		header = at(b, lwappAddrLen)
	}
	if p.lacks("UDP payload length", length, headerLen) {
		return
	}
	first := u8(header, 0)
	if version := first >> 6; version != lwappVersion {
		p.refuse("version", int(version), "!=", lwappVersion)
		return
	}
	p.lwappFirst(first)
	if p.vflag > 0 {
		fragment := u8(header, 1)
		p.printf(", Frag-id %d", fragment)
		if fragment != 0 {
			p.str(" (MBZ!)")
		}
	}
	size := int(u16(header, 2))
	p.printf(", length %d", size)
	if size != length-headerLen {
		p.refuse("LWAPP payload length", size, "!=", length-headerLen)
		return
	}
	if p.vflag == 0 || size == 0 {
		return
	}
	if hasAPAddr {
		p.printf("\n\tAP identity: %s", macAt(b, 0))
	}
	need(header, 0, lwappHeaderLen)
	if payload := header[lwappHeaderLen:]; first&lwappIsControl == 0 {
		p.unknownData(payload, "\n\t", size)
	} else {
		p.lwappMessage(payload, size)
	}
}

// lwappFirst prints what the first byte of the header says.
func (p *Printer) lwappFirst(first uint8) {
	if first&lwappIsControl != 0 {
		p.str("v0, Control frame")
	} else {
		p.str("v0, Data frame")
	}
	if p.vflag > 0 {
		p.printf(", Radio-id %d", first>>3&7)
	}
	p.printf(", Flags [%s]", bitStr(lwappFlagNames, "none", first&lwappFlags))
	if first&lwappFragmented != 0 {
		p.str(" (bogus)")
	}
}

// lwappMessage prints a control message of size bytes and its elements.
func (p *Printer) lwappMessage(b []byte, size int) {
	if p.lacks("transport payload length", size, lwappControlHeaderLen) {
		return
	}
	message := u8(b, 0)
	p.printf("\n\t  Msg type: %s (%d)", tokStr(lwappMessages, "Unknown", message), message)
	p.printf(", Seqnum: %d", u8(b, 1))
	n := int(u16(b, 2))
	p.printf(", Msg len: %d", n)
	if n != size-lwappControlHeaderLen {
		p.refuse("msg_elem_len", n, "!=", size-lwappControlHeaderLen)
		return
	}
	p.printf(", Session: 0x%08x", u32(b, 4))
	b = b[lwappControlHeaderLen:]
	for number := 0; n > 0; number++ {
		p.bound()
		if p.lacks("remaining length", n, lwappElementHeaderLen) {
			return
		}
		n -= lwappElementHeaderLen
		value := p.lwappElement(b, number, message)
		if value > n {
			p.refuse("elem_len", value, ">", n)
			return
		}
		need(b, lwappElementHeaderLen, value)
		b, n = b[lwappElementHeaderLen+value:], n-value
	}
}

// lwappElement prints the header of a message's element and returns the length of
// its value.
func (p *Printer) lwappElement(b []byte, number int, message uint8) int {
	kind := u8(b, 0)
	e := &lwappElements[kind]
	name := e.name
	if name == "" {
		name = "Unknown"
	}
	p.printf("\n\t  Msg Elem %d Type: %d (%s)", number, kind, name)
	if !lwappPermits(message, kind) {
		p.str(" [unexpected!]")
	}
	n := u16(b, 1)
	p.printf(", Length: %d", n)
	if n < e.least {
		p.str(" [too short!]")
	}
	return int(n)
}

// lwappPermits reports whether a message may have a kind of element.
func lwappPermits(message, kind uint8) bool {
	return int(message) < len(lwappPermitted) && bytes.IndexByte(lwappPermitted[message], kind) >= 0
}

type lwappElementKind struct {
	name  string
	least uint16 // bytes that the value takes at least
}

// lwappElements are the message elements (RFC 5412 sections 5 to 9 and 11, with the
// sizes that its errata give). Where it gives a number to two of them, the first counts.
var lwappElements = [256]lwappElementKind{
	2:   {"AC Address", 7},
	3:   {"WTP Descriptor", 16},
	4:   {"WTP Radio Information", 2},
	5:   {"WTP Name", 1},
	6:   {"AC Descriptor", 18},
	7:   {"IEEE 802.11 Add WLAN", 298},
	8:   {"IEEE 802.11 WTP WLAN Radio Configuration", 21},
	10:  {"IEEE 802.11 Multi-Domain Capability", 8},
	11:  {"IEEE 802.11 MAC Operation", 16},
	12:  {"IEEE 802.11 Tx Power", 4},
	13:  {"IEEE 802.11 Tx Power Level", 4},
	14:  {"IEEE 802.11 Direct Sequence Control", 8},
	15:  {"IEEE 802.11 OFDM Control", 8},
	16:  {"IEEE 802.11 Rate Set", 4},
	18:  {"Test", 1},
	26:  {"Change State Event", 3},
	27:  {"Administrative State", 2},
	28:  {"IEEE 802.11 Delete WLAN", 3},
	29:  {"Add Mobile", 36},
	30:  {"Delete Mobile", 7},
	31:  {"AC Name", 1},
	33:  {"Image Data", 3},
	34:  {"IEEE 802.11 Update WLAN", 43},
	35:  {"Location Data", 1},
	37:  {"Statistics Timer", 2},
	38:  {"Decryption Error Report Period", 3},
	39:  {"Decryption Error Report", 8},
	41:  {"IEEE 802.11 Antenna", 8},
	44:  {"Certificate", 1},
	45:  {"Session ID", 4},
	48:  {"IEEE 802.11 CFP Status", 2},
	50:  {"WTP Board Data", 26},
	51:  {"IEEE 802.11 Broadcast Probe Mode", 1},
	52:  {"Data Transfer Mode", 1},
	53:  {"Data Transfer Data", 3},
	54:  {"IEEE 802.11 WTP Mode and Type", 2},
	57:  {"IEEE 802.11 WTP Quality of Service", 52},
	58:  {"Discovery Type", 1},
	59:  {"AC IPv4 List", 4},
	60:  {"Status", 1},
	61:  {"IEEE 802.11 MIC Countermeasures", 8},
	65:  {"Add Blacklist Entry", 7},
	66:  {"Delete Blacklist Entry", 7},
	67:  {"WTP Reboot Statistics", 7},
	68:  {"LWAPP Timers", 2},
	70:  {"Add Static Blacklist Entry", 7},
	71:  {"Delete Static Blacklist Entry", 7},
	77:  {"Duplicate IPv4 Address", 10},
	79:  {"IEEE 802.11 MIC Error Report From Mobile", 14},
	82:  {"WTP Static IP Address Information", 13},
	90:  {"AC Name with Index", 2},
	91:  {"WTP Fallback", 1},
	95:  {"WTP Radio Fail Alarm Indication", 4},
	97:  {"Idle Timeout", 4},
	99:  {"WTP Manager Control IPv4 Address", 6},
	104: {"Vendor Specific", 7},
	105: {"IEEE 802.11 Mobile Session Key", 11},
	106: {"IEEE 802.11 Update Mobile QoS", 14},
	107: {"WNonce", 16},
	108: {"ANonce", 16},
	109: {"PSK-MIC", 2},
	111: {"XNonce", 16},
	137: {"WTP Manager Control IPv6 Address", 18},
	138: {"WTP Manager Data IPv4 Address", 4},
	139: {"WTP Manager Data IPv6 Address", 16},
	140: {"IEEE 802.11 Station QoS Profile", 8},
	141: {"AC IPv6 List", 16},
}

// lwappPermitted are the elements that each type of message may have (RFC 5412
// section 4.2.1.5).
var lwappPermitted = [...][]uint8{
	1:  {3, 4, 58},
	2:  {2, 6, 31, 99, 137},
	3:  {2, 3, 4, 5, 18, 35, 44, 45, 111},
	4:  {44, 59, 60, 108, 109, 138, 139, 141},
	5:  {45, 107, 109},
	6:  {45, 109},
	10: {8, 10, 11, 12, 13, 14, 15, 27, 31, 37, 41, 48, 50, 54, 67, 82, 90},
	11: {8, 10, 11, 12, 14, 15, 16, 26, 38, 41, 51, 57, 59, 68, 91, 97, 141},
	12: {5, 8, 10, 11, 12, 14, 15, 16, 26, 27, 35, 37, 38, 41, 48, 51, 54, 57, 59, 65, 66, 68, 70, 71, 79, 90, 91, 97, 141},
	14: {39, 77},
	16: {26},
	24: {33},
	30: {45, 111},
	31: {45, 108, 109},
	32: {3, 4, 58},
	33: {6, 31, 99, 137},
	34: {52, 53},
	37: {7, 28, 34},
	39: {29, 30, 105, 106, 140},
}
