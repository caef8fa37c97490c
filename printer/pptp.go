// pptp.go: the control connection of the Point-to-Point Tunneling Protocol (RFC
// 2637).

package printer

const (
	pptpMagicCookie = 0x1a2b3c4d
	pptpHeaderLen   = 12
)

// pptpForm says how a field is read and shown.
type pptpForm uint8

const (
	pptpNumber16 pptpForm = iota
	pptpNumber32
	pptpHex32
	pptpReserved8
	pptpReserved16
	pptpVersion
	pptpFraming
	pptpBearer
	pptpNamed // only its name
	pptpCode  // the number, and its name when asked for more
	pptpText64
	pptpText128
	pptpTextLen // as long as the field lenAt says, 64 bytes at most
)

// pptpField is a field of a message, at an offset behind the header.
type pptpField struct {
	label string
	at    uint8
	form  pptpForm
	lenAt uint8
	names []tok
}

// pptpMessage is a control message (RFC 2637 section 2).
type pptpMessage struct {
	name   string
	fields []pptpField
}

var pptpMessages = []pptpMessage{
	0:  {"NOT_DEFINED", nil},
	1:  {"SCCRQ", pptpStartRequest},
	2:  {"SCCRP", pptpStartReply},
	3:  {"StopCCRQ", pptpStopRequest},
	4:  {"StopCCRP", pptpStopReply},
	5:  {"ECHORQ", pptpEchoRequest},
	6:  {"ECHORP", pptpEchoReply},
	7:  {"OCRQ", pptpOutgoingRequest},
	8:  {"OCRP", pptpOutgoingReply},
	9:  {"ICRQ", pptpIncomingRequest},
	10: {"ICRP", pptpIncomingReply},
	11: {"ICCN", pptpIncomingConnected},
	12: {"CCRQ", pptpCallClear},
	13: {"CDN", pptpDisconnect},
	14: {"WEN", pptpWANError},
	15: {"SLI", pptpLinkInfo},
}

var pptpStartRequest = []pptpField{
	{label: "PROTO_VER", at: 0, form: pptpVersion},
	{at: 2, form: pptpReserved16},
	{label: "FRAME_CAP", at: 4, form: pptpFraming},
	{label: "BEARER_CAP", at: 8, form: pptpBearer},
	{label: "MAX_CHAN", at: 12, form: pptpNumber16},
	{label: "FIRM_REV", at: 14, form: pptpNumber16},
	{label: "HOSTNAME", at: 16, form: pptpText64},
	{label: "VENDOR", at: 80, form: pptpText64},
}

var pptpStartReply = []pptpField{
	{label: "PROTO_VER", at: 0, form: pptpVersion},
	{label: "RESULT_CODE", at: 2, form: pptpCode, names: pptpStartResults},
	{label: "ERR_CODE", at: 3, form: pptpCode, names: pptpErrors},
	{label: "FRAME_CAP", at: 4, form: pptpFraming},
	{label: "BEARER_CAP", at: 8, form: pptpBearer},
	{label: "MAX_CHAN", at: 12, form: pptpNumber16},
	{label: "FIRM_REV", at: 14, form: pptpNumber16},
	{label: "HOSTNAME", at: 16, form: pptpText64},
	{label: "VENDOR", at: 80, form: pptpText64},
}

var pptpStopRequest = []pptpField{
	{label: "REASON", at: 0, form: pptpCode, names: pptpStopReasons},
	{at: 1, form: pptpReserved8},
	{at: 2, form: pptpReserved16},
}

var pptpStopReply = []pptpField{
	{label: "RESULT_CODE", at: 0, form: pptpCode, names: pptpGeneralResults},
	{label: "ERR_CODE", at: 1, form: pptpCode, names: pptpErrors},
	{at: 2, form: pptpReserved16},
}

var pptpEchoRequest = []pptpField{
	{label: "ID", at: 0, form: pptpNumber32},
}

var pptpEchoReply = []pptpField{
	{label: "ID", at: 0, form: pptpNumber32},
	{label: "RESULT_CODE", at: 4, form: pptpCode, names: pptpGeneralResults},
	{label: "ERR_CODE", at: 5, form: pptpCode, names: pptpErrors},
	{at: 6, form: pptpReserved16},
}

var pptpOutgoingRequest = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{label: "CALL_SER_NUM", at: 2, form: pptpNumber16},
	{label: "MIN_BPS", at: 4, form: pptpNumber32},
	{label: "MAX_BPS", at: 8, form: pptpNumber32},
	{label: "BEARER_TYPE", at: 12, form: pptpNamed, names: pptpBearerTypes},
	{label: "FRAME_TYPE", at: 16, form: pptpNamed, names: pptpFramingTypes},
	{label: "RECV_WIN", at: 20, form: pptpNumber16},
	{label: "PROC_DELAY", at: 22, form: pptpNumber16},
	{label: "PHONE_NO_LEN", at: 24, form: pptpNumber16},
	{at: 26, form: pptpReserved16},
	{label: "PHONE_NO", at: 28, form: pptpTextLen, lenAt: 24},
	{label: "SUB_ADDR", at: 92, form: pptpText64},
}

var pptpOutgoingReply = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{label: "PEER_CALL_ID", at: 2, form: pptpNumber16},
	{label: "RESULT_CODE", at: 4, form: pptpCode, names: pptpOutgoingResults},
	{label: "ERR_CODE", at: 5, form: pptpCode, names: pptpErrors},
	{label: "CAUSE_CODE", at: 6, form: pptpNumber16},
	{label: "CONN_SPEED", at: 8, form: pptpNumber32},
	{label: "RECV_WIN", at: 12, form: pptpNumber16},
	{label: "PROC_DELAY", at: 14, form: pptpNumber16},
	{label: "PHY_CHAN_ID", at: 16, form: pptpNumber32},
}

var pptpIncomingRequest = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{label: "CALL_SER_NUM", at: 2, form: pptpNumber16},
	{label: "BEARER_TYPE", at: 4, form: pptpNamed, names: pptpBearerTypes},
	{label: "PHY_CHAN_ID", at: 8, form: pptpNumber32},
	{label: "DIALED_NO_LEN", at: 12, form: pptpNumber16},
	{label: "DIALING_NO_LEN", at: 14, form: pptpNumber16},
	{label: "DIALED_NO", at: 16, form: pptpTextLen, lenAt: 12},
	{label: "DIALING_NO", at: 80, form: pptpTextLen, lenAt: 14},
	{label: "SUB_ADDR", at: 144, form: pptpText64},
}

var pptpIncomingReply = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{label: "PEER_CALL_ID", at: 2, form: pptpNumber16},
	{label: "RESULT_CODE", at: 4, form: pptpCode, names: pptpIncomingResults},
	{label: "ERR_CODE", at: 5, form: pptpCode, names: pptpErrors},
	{label: "RECV_WIN", at: 6, form: pptpNumber16},
	{label: "PROC_DELAY", at: 8, form: pptpNumber16},
	{at: 10, form: pptpReserved16},
}

var pptpIncomingConnected = []pptpField{
	{label: "PEER_CALL_ID", at: 0, form: pptpNumber16},
	{at: 2, form: pptpReserved16},
	{label: "CONN_SPEED", at: 4, form: pptpNumber32},
	{label: "RECV_WIN", at: 8, form: pptpNumber16},
	{label: "PROC_DELAY", at: 10, form: pptpNumber16},
	{label: "FRAME_TYPE", at: 12, form: pptpNamed, names: pptpFramingTypes},
}

var pptpCallClear = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{at: 2, form: pptpReserved16},
}

var pptpDisconnect = []pptpField{
	{label: "CALL_ID", at: 0, form: pptpNumber16},
	{label: "RESULT_CODE", at: 2, form: pptpCode, names: pptpDisconnectResults},
	{label: "ERR_CODE", at: 3, form: pptpCode, names: pptpErrors},
	{label: "CAUSE_CODE", at: 4, form: pptpNumber16},
	{at: 6, form: pptpReserved16},
	{label: "CALL_STATS", at: 8, form: pptpText128},
}

var pptpWANError = []pptpField{
	{label: "PEER_CALL_ID", at: 0, form: pptpNumber16},
	{at: 2, form: pptpReserved16},
	{label: "CRC_ERR", at: 4, form: pptpNumber32},
	{label: "FRAMING_ERR", at: 8, form: pptpNumber32},
	{label: "HARDWARE_OVERRUN", at: 12, form: pptpNumber32},
	{label: "BUFFER_OVERRUN", at: 16, form: pptpNumber32},
	{label: "TIMEOUT_ERR", at: 20, form: pptpNumber32},
	{label: "ALIGN_ERR", at: 24, form: pptpNumber32},
}

var pptpLinkInfo = []pptpField{
	{label: "PEER_CALL_ID", at: 0, form: pptpNumber16},
	{at: 2, form: pptpReserved16},
	{label: "SEND_ACCM", at: 4, form: pptpHex32},
	{label: "RECV_ACCM", at: 8, form: pptpHex32},
}

var pptpBearerTypes = []tok{{1, "A"}, {2, "D"}, {3, "Any"}}

var pptpFramingTypes = []tok{{1, "A"}, {2, "S"}, {3, "E"}}

var pptpErrors = []tok{
	{0, "None"},
	{1, "Not-Connected"},
	{2, "Bad-Format"},
	{3, "Bad-Value"},
	{4, "No-Resource"},
	{5, "Bad-Call-ID"},
	{6, "PAC-Error"},
}

var pptpStartResults = []tok{
	{1, "Successful channel establishment"},
	{2, "General error"},
	{3, "Command channel already exists"},
	{4, "Requester is not authorized to establish a command channel"},
	{5, "The protocol version of the requester is not supported"},
}

var pptpStopReasons = []tok{{1, "None"}, {2, "Stop-Protocol"}, {3, "Stop-Local-Shutdown"}}

var pptpGeneralResults = []tok{{1, "OK"}, {2, "General Error"}}

var pptpOutgoingResults = []tok{
	{1, "Connected"},
	{2, "General Error"},
	{3, "No Carrier"},
	{4, "Busy"},
	{5, "No Dial Tone"},
	{6, "Time-out"},
	{7, "Do Not Accept"},
}

var pptpIncomingResults = []tok{{1, "Connect"}, {2, "General Error"}, {3, "Do Not Accept"}}

var pptpDisconnectResults = []tok{
	{1, "Lost Carrier"},
	{2, "General Error"},
	{3, "Admin Shutdown"},
	{4, "Request"},
}

// pptp prints a control message (RFC 2637 section 2).
func (p *Printer) pptp(b []byte) {
	p.proto = "pptp"
	p.str(": pptp")
	if p.vflag > 0 {
		p.printf(" Length=%d", u16(b, 0))
		switch u16(b, 2) {
		case 1:
			p.str(" CTRL-MSG")
		case 2:
			p.str(" MGMT-MSG")
		default:
			p.str(" UNKNOWN-MSG-TYPE")
		}
	}
	cookie := u32(b, 4)
	if cookie != pptpMagicCookie {
		p.printf(" UNEXPECTED Magic-Cookie!!(%08x)", cookie)
	}
	if p.vflag > 0 || cookie != pptpMagicCookie {
		p.printf(" Magic-Cookie=%08x", cookie)
	}
	kind := int(u16(b, 8))
	if kind < len(pptpMessages) {
		p.printf(" CTRL_MSGTYPE=%s", pptpMessages[kind].name)
	} else {
		p.printf(" UNKNOWN_CTRL_MSGTYPE(%d)", kind)
	}
	p.pptpReserved(u16(b, 10))
	if kind >= len(pptpMessages) {
		return
	}
	body := at(b, pptpHeaderLen)
	fields := pptpMessages[kind].fields
	for i := range fields {
		p.pptpValue(&fields[i], body)
	}
}

func (p *Printer) pptpReserved(v uint16) {
	if v != 0 {
		p.printf(" [ERROR: reserved=%d must be zero]", v)
	}
}

func (p *Printer) pptpValue(f *pptpField, b []byte) {
	at := int(f.at)
	switch f.form {
	case pptpNumber16:
		p.printf(" %s(%d)", f.label, u16(b, at))
	case pptpNumber32:
		p.printf(" %s(%d)", f.label, u32(b, at))
	case pptpHex32:
		p.printf(" %s(0x%08x)", f.label, u32(b, at))
	case pptpReserved8:
		p.pptpReserved(uint16(u8(b, at)))
	case pptpReserved16:
		p.pptpReserved(u16(b, at))
	case pptpVersion:
		v := u16(b, at)
		p.printf(" %s(%d.%d)", f.label, v>>8, v&0xff)
	case pptpFraming:
		p.printf(" %s(", f.label)
		p.pptpLetters(u32(b, at), "A", 1, "S", 2)
	case pptpBearer:
		v := u32(b, at)
		p.printf(" %s(", f.label)
		p.pptpLetters(v, "D", 2, "A", 1)
	case pptpNamed:
		p.printf(" %s(%s)", f.label, tokStr(f.names, "?", u32(b, at)))
	case pptpCode:
		v := u8(b, at)
		p.printf(" %s(%d", f.label, v)
		if p.vflag > 0 {
			p.printf(":%s", tokStr(f.names, "?", v))
		}
		p.char(')')
	case pptpText64:
		p.pptpText(f.label, b, at, 64)
	case pptpText128:
		p.pptpText(f.label, b, at, 128)
	case pptpTextLen:
		p.pptpText(f.label, b, at, min(64, int(u16(b, int(f.lenAt)))))
	}
}

// pptpLetters prints a letter for each of two capabilities, and the bracket.
func (p *Printer) pptpLetters(v uint32, first string, firstBit uint32, second string, secondBit uint32) {
	if v&firstBit != 0 {
		p.str(first)
	}
	if v&secondBit != 0 {
		p.str(second)
	}
	p.char(')')
}

func (p *Printer) pptpText(label string, b []byte, i, n int) {
	p.printf(" %s(", label)
	p.safePadded(at(b, i), n)
	p.char(')')
}
