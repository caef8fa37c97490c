// l2tp.go: Layer Two Tunneling Protocol, version 2 (RFC 2661).

package printer

import "github.com/tapdump/tapdump/versions"

var l2tpInvalid = versions.Since(versions.V5_0, "L2TP",
	"a wrong length in the header ends the line, one in an AVP is `[\\|l2tp]`", "the former is followed by `(invalid)`; the latter is `[AVP length 4 < 6] (invalid)`, `(len > 8) (invalid)`")

// Flags of the header (RFC 2661 section 3.1).
const (
	l2tpControl  = 0x8000
	l2tpLength   = 0x4000
	l2tpSequence = 0x0800
	l2tpOffset   = 0x0200
	l2tpPriority = 0x0100
)

// The attribute-value pairs (RFC 2661 section 4.1).
const (
	l2tpAVPHeaderLen = 6
	l2tpMandatory    = 0x8000
	l2tpHidden       = 0x4000
	l2tpAVPLenMask   = 0x03ff
)

var l2tpMessageTypes = []tok{
	{1, "SCCRQ"},
	{2, "SCCRP"},
	{3, "SCCCN"},
	{4, "StopCCN"},
	{6, "HELLO"},
	{7, "OCRQ"},
	{8, "OCRP"},
	{9, "OCCN"},
	{10, "ICRQ"},
	{11, "ICRP"},
	{12, "ICCN"},
	{14, "CDN"},
	{15, "WEN"},
	{16, "SLI"},
}

var l2tpAuthTypes = []tok{
	{0, "Reserved"},
	{1, "Textual"},
	{2, "CHAP"},
	{3, "PAP"},
	{4, "No Auth"},
	{5, "MS-CHAPv1"},
}

var l2tpDirections = []tok{{0, "global error"}, {1, "at peer"}, {2, "at local"}}

// l2tpForm says how an attribute's value is read.
type l2tpForm uint8

const (
	l2tpNoValue l2tpForm = iota
	l2tpText
	l2tpOctets
	l2tpOctetsFixed // as many as the least size
	l2tpNumber16
	l2tpNumber32
	l2tpObsolete
	l2tpMessageType
	l2tpResultCode
	l2tpVersion
	l2tpFraming
	l2tpBearer
	l2tpCause
	l2tpAuthType
	l2tpAuthID
	l2tpCallErrors
	l2tpCharacterMap
	l2tpDisconnect
)

// l2tpAttributes are the AVPs (RFC 2661 section 4.4, RFC 3145).
var l2tpAttributes = []struct {
	name  string
	form  l2tpForm
	least uint8 // bytes that the value takes at least
}{
	0:  {"MSGTYPE", l2tpMessageType, 2},
	1:  {"RESULT_CODE", l2tpResultCode, 2},
	2:  {"PROTO_VER", l2tpVersion, 2},
	3:  {"FRAMING_CAP", l2tpFraming, 4},
	4:  {"BEARER_CAP", l2tpBearer, 4},
	5:  {"TIE_BREAKER", l2tpOctetsFixed, 8},
	6:  {"FIRM_VER", l2tpNumber16, 2},
	7:  {"HOST_NAME", l2tpText, 0},
	8:  {"VENDOR_NAME", l2tpText, 0},
	9:  {"ASSND_TUN_ID", l2tpNumber16, 2},
	10: {"RECV_WIN_SIZE", l2tpNumber16, 2},
	11: {"CHALLENGE", l2tpOctets, 0},
	12: {"Q931_CC", l2tpCause, 3},
	13: {"CHALLENGE_RESP", l2tpOctetsFixed, 16},
	14: {"ASSND_SESS_ID", l2tpNumber16, 2},
	15: {"CALL_SER_NUM", l2tpNumber32, 4},
	16: {"MINIMUM_BPS", l2tpNumber32, 4},
	17: {"MAXIMUM_BPS", l2tpNumber32, 4},
	18: {"BEARER_TYPE", l2tpBearer, 4},
	19: {"FRAMING_TYPE", l2tpFraming, 4},
	20: {"PACKET_PROC_DELAY", l2tpObsolete, 0},
	21: {"CALLED_NUMBER", l2tpText, 0},
	22: {"CALLING_NUMBER", l2tpText, 0},
	23: {"SUB_ADDRESS", l2tpText, 0},
	24: {"TX_CONN_SPEED", l2tpNumber32, 4},
	25: {"PHY_CHANNEL_ID", l2tpNumber32, 4},
	26: {"INI_RECV_LCP", l2tpOctets, 0},
	27: {"LAST_SENT_LCP", l2tpOctets, 0},
	28: {"LAST_RECV_LCP", l2tpOctets, 0},
	29: {"PROXY_AUTH_TYPE", l2tpAuthType, 2},
	30: {"PROXY_AUTH_NAME", l2tpText, 0},
	31: {"PROXY_AUTH_CHAL", l2tpOctets, 0},
	32: {"PROXY_AUTH_ID", l2tpAuthID, 2},
	33: {"PROXY_AUTH_RESP", l2tpOctets, 0},
	34: {"CALL_ERRORS", l2tpCallErrors, 2},
	35: {"ACCM", l2tpCharacterMap, 2},
	36: {"RANDOM_VECTOR", l2tpOctets, 0},
	37: {"PRIVATE_GRP_ID", l2tpText, 0},
	38: {"RX_CONN_SPEED", l2tpNumber32, 4},
	39: {"SEQ_REQUIRED", l2tpNoValue, 0},
	46: {"PPP_DISCON_CC", l2tpDisconnect, 5},
}

// l2tp prints a message (RFC 2661 section 3.1).
func (p *Printer) l2tp(b []byte, length int) {
	p.proto = "l2tp"
	flags := u16(b, 0)
	switch flags & 0xf {
	case 2:
		p.str(" l2tp:")
	case 1:
		p.str(" l2f:")
		return
	default:
		p.str(" Unknown Version, neither L2F(1) nor L2TP(2)")
		return
	}
	p.str("[")
	for _, f := range l2tpFlagLetters {
		if uint32(flags)&f.v != 0 {
			p.str(f.s)
		}
	}
	p.str("]")
	i, messageLen := 2, 0
	if flags&l2tpLength != 0 {
		messageLen = int(u16(b, i))
		i += 2
	}
	p.printf("(%d/", u16(b, i))
	p.printf("%d)", u16(b, i+2))
	i += 4
	if flags&l2tpSequence != 0 {
		p.printf("Ns=%d,", u16(b, i))
		p.printf("Nr=%d", u16(b, i+2))
		i += 4
	}
	if flags&l2tpOffset != 0 {
		pad := int(u16(b, i))
		if !has(b, i+2, pad) {
			p.truncSince(l2tpInvalid)
			return
		}
		i += 2 + pad
	}
	if flags&l2tpLength != 0 {
		if length < messageLen {
			p.printf(" Length %d larger than packet", messageLen)
			p.l2tpBroken()
			return
		}
		length = messageLen
	}
	if length < i {
		p.printf(" Length %d smaller than header length", length)
		p.l2tpBroken()
		return
	}
	p.l2tpPayload(at(b, i), length-i, flags)
}

var l2tpFlagLetters = []tok{
	{l2tpControl, "T"}, {l2tpLength, "L"}, {l2tpSequence, "S"}, {l2tpOffset, "O"}, {l2tpPriority, "P"},
}

func (p *Printer) l2tpPayload(b []byte, length int, flags uint16) {
	switch {
	case flags&l2tpControl == 0:
		p.str(" {")
		p.ppp(b, length)
		p.str("}")
	case flags&l2tpLength == 0:
		p.str(" No length")
		p.l2tpBroken()
	case length == 0:
		p.str(" ZLB") // zero-length body: an acknowledgement
	default:
		for length > 0 {
			n, ok := p.l2tpAVP(b, length)
			if !ok {
				return
			}
			b, length = b[n:], length-n
		}
	}
}

// l2tpBroken marks a message whose lengths are wrong.
func (p *Printer) l2tpBroken() {
	if p.follows(l2tpInvalid) {
		p.invalid()
	}
}

// l2tpAVP prints the first AVP of length bytes and returns its size, or false
// when it does not fit.
func (p *Printer) l2tpAVP(b []byte, length int) (int, bool) {
	p.char(' ')
	head := u16(b, 0)
	n := int(head & l2tpAVPLenMask)
	switch {
	case !p.follows(l2tpInvalid):
		if n < l2tpAVPHeaderLen || n > length || !has(b, 0, n) {
			p.truncMark()
			return 0, false
		}
	case n < l2tpAVPHeaderLen:
		p.refuse("AVP length", n, "<", l2tpAVPHeaderLen)
		return 0, false
	case n > length:
		p.printf(" (len > %d)", uint32(length))
		p.invalid()
		return 0, false
	default:
		need(b, 0, n)
	}
	if head&l2tpMandatory != 0 {
		p.char('*')
	}
	if head&l2tpHidden != 0 {
		p.char('?')
	}
	vendor, kind, value := u16(b, 2), u16(b, 4), b[l2tpAVPHeaderLen:n]
	if vendor != 0 {
		p.printf("VENDOR%04x:ATTR%04x(", vendor, kind)
		p.l2tpHex(value)
		p.char(')')
		return n, true
	}
	known := int(kind) < len(l2tpAttributes) && l2tpAttributes[kind].name != ""
	if known {
		p.str(l2tpAttributes[kind].name)
	} else {
		p.printf("AVP-#%d", kind)
	}
	p.char('(')
	switch {
	case head&l2tpHidden != 0:
		p.str("???")
	case !known:
	case len(value) < int(l2tpAttributes[kind].least):
		p.l2tpShort()
	default:
		p.l2tpValue(kind, value)
	}
	p.char(')')
	return n, true
}

func (p *Printer) l2tpShort() { p.str("AVP too short") }

func (p *Printer) l2tpHex(value []byte) {
	for _, c := range value {
		p.hex(uint64(c), 2)
	}
}

// l2tpValue prints a value that has its least size.
func (p *Printer) l2tpValue(kind uint16, value []byte) {
	a := &l2tpAttributes[kind]
	switch a.form {
	case l2tpText:
		p.safe(value)
	case l2tpOctets:
		p.l2tpHex(value)
	case l2tpOctetsFixed:
		p.l2tpHex(value[:a.least])
	case l2tpNumber16:
		p.uint(uint64(u16(value, 0)))
	case l2tpNumber32:
		p.uint(uint64(u32(value, 0)))
	case l2tpObsolete:
		p.str("obsolete")
	case l2tpMessageType:
		p.tok(l2tpMessageTypes, "MSGTYPE-#%d", uint32(u16(value, 0)))
	case l2tpResultCode:
		p.l2tpResult(value)
	case l2tpVersion:
		p.printf("%d.%d", value[0], value[1])
	case l2tpFraming:
		p.l2tpTwoBits(u32(value, 0), 'S')
	case l2tpBearer:
		p.l2tpTwoBits(u32(value, 0), 'D')
	case l2tpCause:
		p.printf("%d, %02x", u16(value, 0), value[2])
		p.l2tpMessage(value[3:])
	case l2tpAuthType:
		p.tok(l2tpAuthTypes, "AuthType-#%d", uint32(u16(value, 0)))
	case l2tpAuthID:
		p.uint(uint64(value[1]))
	case l2tpCallErrors:
		p.l2tpCounters(value[2:], l2tpCallErrorNames, false)
	case l2tpCharacterMap:
		p.l2tpCounters(value[2:], l2tpCharacterMapNames, true)
	case l2tpDisconnect: // RFC 3145 section 2
		p.printf("%04x, %04x %s", u16(value, 0), u16(value, 2), tokStr(l2tpDirections, "Direction-#%d", value[4]))
		p.l2tpMessage(value[5:])
	}
}

// l2tpMessage prints the text that may follow a code.
func (p *Printer) l2tpMessage(text []byte) {
	if len(text) > 0 {
		p.char(' ')
		p.safe(text)
	}
}

// l2tpTwoBits prints asynchronous framing or an analog bearer as A, and the
// other kind by its letter.
func (p *Printer) l2tpTwoBits(v uint32, other byte) {
	if v&2 != 0 {
		p.char('A')
	}
	if v&1 != 0 {
		p.char(other)
	}
}

// l2tpResult prints a result code, an error code and a message (RFC 2661 section
// 4.4.2); the latter two are optional.
func (p *Printer) l2tpResult(value []byte) {
	p.uint(uint64(u16(value, 0)))
	switch len(value) {
	case 2:
	case 3:
		p.char(' ')
		p.l2tpShort()
	default:
		p.printf("/%d", u16(value, 2))
		p.l2tpMessage(value[4:])
	}
}

var (
	l2tpCallErrorNames = []string{
		"CRCErr=", "FrameErr=", "HardOver=", "BufOver=", "Timeout=", "AlignErr=",
	}
	l2tpCharacterMapNames = []string{"send=", "recv="}
)

// l2tpCounters prints as many 32-bit numbers as there are names.
func (p *Printer) l2tpCounters(value []byte, names []string, hexadecimal bool) {
	for _, name := range names {
		if len(value) < 4 {
			p.l2tpShort()
			return
		}
		p.str(name)
		if v := u32(value, 0); hexadecimal {
			p.hex(uint64(v), 8)
		} else {
			p.uint(uint64(v))
		}
		p.char(' ')
		value = value[4:]
	}
}
