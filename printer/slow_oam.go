package printer

const (
	slowOAMInformation = 0x00
	slowOAMEvent       = 0x01
	slowOAMLoopback    = 0x04

	slowOAMEnd          = 0 // type of the TLV that ends a list
	slowOAMLocal        = 1
	slowOAMRemote       = 2
	slowOAMEventSymbols = 1
	slowOAMEventSummary = 4
)

const (
	slowOAMHeaderLen = 3
	slowOAMInfoLen   = 16
	slowOAMEventLen  = 40
)

var (
	slowOAMFlags = []tok{
		{0x0001, "Link Fault"},
		{0x0002, "Dying Gasp"},
		{0x0004, "Critical Event"},
		{0x0008, "Local Evaluating"},
		{0x0010, "Local Stable"},
		{0x0020, "Remote Evaluating"},
		{0x0040, "Remote Stable"},
	}
	slowOAMCodes = []tok{
		{slowOAMInformation, "Information"},
		{slowOAMEvent, "Event Notification"},
		{0x02, "Variable Request"},
		{0x03, "Variable Response"},
		{slowOAMLoopback, "Loopback Control"},
		{0xfe, "Vendor Private"},
	}
	slowOAMInfoTypes = []tok{
		{slowOAMEnd, "End of TLV marker"},
		{slowOAMLocal, "Local"},
		{slowOAMRemote, "Remote"},
		{0xfe, "Organization specific"},
	}
	slowOAMParser = [4]string{"forwarding", "looping back", "discarding", "reserved"}
	slowOAMMux    = [2]string{"forwarding", "discarding"}
	slowOAMConfig = []tok{
		{0x01, "Active"},
		{0x02, "Unidirectional"},
		{0x04, "Remote-Loopback"},
		{0x08, "Link-Events"},
		{0x10, "Variable-Retrieval"},
	}
	slowOAMEvents = []tok{
		{slowOAMEnd, "End of TLV marker"},
		{slowOAMEventSymbols, "Errored Symbol Period Event"},
		{2, "Errored Frame Event"},
		{3, "Errored Frame Period Event"},
		{slowOAMEventSummary, "Errored Frame Seconds Summary Event"},
		{0xfe, "Organization specific"},
	}
	slowOAMLoopbacks = []tok{
		{1, "Enable OAM Remote Loopback"},
		{2, "Disable OAM Remote Loopback"},
	}
)

// slowOAM prints an OAM PDU from its flags on.
func (p *Printer) slowOAM(b []byte, length int) {
	if length < slowOAMHeaderLen {
		p.slowTooShort()
		return
	}
	flags, code := u16(b, 0), u8(b, 2)
	b, length = b[slowOAMHeaderLen:], length-slowOAMHeaderLen
	p.printf("\n\tCode %s OAM PDU, Flags [%s]",
		tokStr(slowOAMCodes, "Unknown (%d)", code), bitStr(slowOAMFlags, "none", flags))
	switch code {
	case slowOAMInformation:
		p.slowOAMTLVs(b, length, code)
	case slowOAMEvent:
		if length < 2 {
			p.slowTooShort()
			return
		}
		p.printf("\n\t  Sequence Number %d", u16(b, 0))
		p.slowOAMTLVs(b[2:], length-2, code)
	case slowOAMLoopback:
		if length < 1 {
			p.slowTooShort()
			return
		}
		command := u8(b, 0)
		p.printf("\n\t  Command %s (%d)", tokStr(slowOAMLoopbacks, "Unknown", command), command)
	default:
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t  ", length)
		}
	}
}

// slowOAMTLVs prints the TLVs of a PDU with information or events.
func (p *Printer) slowOAMTLVs(b []byte, length int, code uint8) {
	for i := 0; i < length; {
		left := length - i
		if left < slowTLVHeadLen {
			p.slowTooShort()
			return
		}
		kind, n := u8(b, i), int(u8(b, i+1))
		if code == slowOAMInformation {
			p.printf("\n\t  %s Information Type (%d), length %d", tokStr(slowOAMInfoTypes, "Reserved", kind), kind, n)
		} else {
			p.printf("\n\t  %s Link Event Type (%d), length %d", tokStr(slowOAMEvents, "Reserved", kind), kind, n)
		}
		if kind == slowOAMEnd {
			return
		}
		if n < slowTLVHeadLen {
			p.printf("\n\t    ERROR: illegal length - should be >= %d", slowTLVHeadLen)
			return
		}
		if n > left {
			p.slowTooShort()
			return
		}
		tlv := bytesAt(b, i, n)
		decoded := false
		switch {
		case code == slowOAMInformation && (kind == slowOAMLocal || kind == slowOAMRemote):
			decoded = p.slowOAMInfo(tlv)
		case code == slowOAMEvent && kind >= slowOAMEventSymbols && kind <= slowOAMEventSummary:
			decoded = p.slowOAMLinkEvent(tlv)
		}
		if p.vflag > 1 || !decoded {
			p.unknownData(tlv, "\n\t  ", n)
		}
		i += n
	}
}

func (p *Printer) slowOAMInfo(tlv []byte) bool {
	if !p.slowLength(tlv, slowOAMInfoLen) {
		return false
	}
	p.printf("\n\t    OAM-Version %d, Revision %d", tlv[2], u16(tlv, 3))
	state := tlv[5]
	p.printf("\n\t    State-Parser-Action %s, State-MUX-Action %s", slowOAMParser[state&3], slowOAMMux[state>>2&1])
	p.printf("\n\t    OAM-Config Flags [%s], OAM-PDU-Config max-PDU size %d",
		bitStr(slowOAMConfig, "none", tlv[6]), u16(tlv, 7)&0x7ff)
	oui := u24(tlv, 9)
	p.printf("\n\t    OUI %s (0x%06x), Vendor-Private 0x%08x", tokStr(p.ouiTable(), "Unknown", oui), oui, u32(tlv, 12))
	return true
}

func (p *Printer) slowOAMLinkEvent(tlv []byte) bool {
	if !p.slowLength(tlv, slowOAMEventLen) {
		return false
	}
	p.printf("\n\t    Timestamp %d ms, Errored Window %d", uint32(u16(tlv, 2))*100, u64(tlv, 4))
	p.printf("\n\t    Errored Threshold %d", u64(tlv, 12))
	p.printf("\n\t    Errors %d", u64(tlv, 20))
	p.printf("\n\t    Error Running Total %d", u64(tlv, 28))
	p.printf("\n\t    Event Running Total %d", u32(tlv, 36))
	return true
}
