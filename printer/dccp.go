// dccp.go: Datagram Congestion Control Protocol (RFC 4340).

package printer

const (
	dccpHeaderLen = 12 // with the short sequence number
	dccpLongLen   = 16

	dccpRequest  = 0
	dccpResponse = 1
	dccpDataType = 2
	dccpReset    = 7
)

// dccpTypes are the packet types with the bytes that each has behind the generic
// header (RFC 4340 section 5).
var dccpTypes = []struct {
	name string
	more int
}{
	{"DCCP-Request", 4},
	{"DCCP-Response", 12},
	{"DCCP-Data", 0},
	{"DCCP-Ack", 8},
	{"DCCP-DataAck", 8},
	{"DCCP-CloseReq", 8},
	{"DCCP-Close", 8},
	{"DCCP-Reset", 12},
	{"DCCP-Sync", 8},
	{"DCCP-SyncAck", 8},
}

// dccpResetCodes are the reasons of resets (RFC 4340 section 5.6).
var dccpResetCodes = []string{
	"unspecified", "closed", "aborted", "no_connection", "packet_error", "option_error", "mandatory_error",
	"connection_refused", "bad_service_code", "too_busy", "bad_init_cookie", "aggression_penalty",
}

func (p *Printer) dccp(b []byte, length int, ip ipHeader) {
	p.proto = "dccp"
	length = asInt(uint32(length))
	if len(b) < dccpHeaderLen {
		p.truncMark()
		return
	}
	fixed := dccpHeaderLen
	if length >= fixed && b[8]&1 != 0 { // X: extended sequence numbers
		fixed = dccpLongLen
	}
	if length < fixed {
		p.printf("truncated-dccp - %d bytes missing!", fixed-length)
		return
	}
	if len(b) < fixed {
		p.truncMark()
		return
	}
	p.ipSource(ip)
	p.printf(".%d > ", u16(b, 0))
	p.ipDestination(ip)
	p.printf(".%d: DCCP", u16(b, 2))
	hlen := int(b[4]) * 4
	if p.qflag > 0 {
		p.printf(" %d", uint32(length-hlen))
		if hlen > length {
			p.printf(" [bad hdr length %d - too long, > %d]", hlen, length)
		}
		return
	}
	if p.vflag > 0 {
		p.dccpChecksum(b, length, ip)
	}
	p.char(' ')
	fixed = p.dccpType(b, length, fixed)
	if fixed == 0 || p.vflag < 2 {
		return
	}
	p.str("seq ")
	if b[8]&1 != 0 {
		p.uint(u48(b, 10))
	} else {
		p.uint(uint64(u24(b, 9)))
	}
	if hlen > fixed {
		p.dccpOptions(at(b, fixed), hlen-fixed)
	}
}

// dccpChecksum prints the congestion control value and, for a packet that was
// captured whole, the checksum with its verdict. Not all of the data have to be
// covered (RFC 4340 section 9.2).
func (p *Printer) dccpChecksum(b []byte, length int, ip ipHeader) {
	coverage := int(b[5] & 15)
	p.printf(" (CCVal %d, CsCov %d", b[5]>>4, coverage)
	if has(b, 0, length) {
		covered := length
		if coverage != 0 {
			covered = min(length, (int(b[4])+coverage-1)*4)
		}
		is, sum := u16(b, 6), p.pseudoChecksum(ip, b, length, covered, protoDCCP)
		p.printf(", cksum 0x%04x ", is)
		if sum != 0 {
			p.printf("(incorrect -> 0x%04x)", checksumShould(is, sum))
		} else {
			p.str("(correct)")
		}
	}
	p.char(')')
}

// dccpType prints the packet type and what belongs to it. It returns where the
// options begin, or 0 when the packet ends before.
func (p *Printer) dccpType(b []byte, length, fixed int) int {
	kind := int(b[8] >> 1 & 15)
	body := fixed
	if kind >= len(dccpTypes) {
		p.printf("unknown-type-%d ", kind)
	} else {
		t := &dccpTypes[kind]
		if fixed += t.more; length < fixed {
			p.printf("truncated-%s - %d bytes missing!", t.name, fixed-length)
			return 0
		}
		detailed := kind == dccpRequest || kind == dccpResponse || kind == dccpReset
		if detailed && len(b) < fixed {
			p.truncMark()
			return 0
		}
		p.printf("%s ", t.name)
		switch kind {
		case dccpRequest:
			p.printf("(service=%d) ", u32(b, body))
		case dccpResponse:
			p.printf("(service=%d) ", u32(b, body+8))
		case dccpReset:
			p.printf("(code=%s) ", dccpResetCode(b[body+8]))
		}
	}
	if kind != dccpRequest && kind != dccpDataType {
		if b[8]&1 != 0 {
			p.printf("(ack=%d) ", u48(b, body+2))
		} else {
			p.printf("(ack=%d) ", u24(b, body+1))
		}
	}
	return fixed
}

func dccpResetCode(code uint8) string {
	if s := strName(dccpResetCodes, code); s != "" {
		return s
	}
	return "invalid"
}

// Options (RFC 4340 section 5.8).
const (
	dccpFirstLong   = 32 // those below have no length
	dccpChangeL     = 32
	dccpConfirmR    = 35
	dccpInitCookie  = 36
	dccpNDPCount    = 37
	dccpAckVector0  = 38
	dccpAckVector1  = 39
	dccpDataDropped = 40
	dccpTimestamp   = 41
	dccpTimeEcho    = 42
	dccpElapsedTime = 43
	dccpDataCRC     = 44
	dccpFirstCCID   = 128
)

var dccpOptionNames = []tok{
	{0, "nop"},
	{1, "mandatory"},
	{2, "slowreceiver"},
	{dccpChangeL, "change_l"},
	{33, "confirm_l"},
	{34, "change_r"},
	{dccpConfirmR, "confirm_r"},
	{dccpInitCookie, "initcookie"},
	{dccpNDPCount, "ndp_count"},
	{dccpAckVector0, "ack_vector0"},
	{dccpAckVector1, "ack_vector1"},
	{dccpDataDropped, "data_dropped"},
	{dccpTimestamp, "timestamp"},
	{dccpTimeEcho, "timestamp_echo"},
	{dccpElapsedTime, "elapsed_time"},
	{dccpDataCRC, "data_checksum"},
}

var dccpFeatures = []string{
	"reserved", "ccid", "allow_short_seqno", "sequence_window", "ecn_incapable", "ack_ratio",
	"send_ack_vector", "send_ndp_count", "minimum checksum coverage", "check data checksum",
}

func (p *Printer) dccpOptions(b []byte, left int) {
	p.str(" <")
	for {
		n := p.dccpOption(b, left)
		if n == 0 || left <= n {
			break
		}
		b = b[n:]
		left -= n
		p.str(", ")
	}
	p.char('>')
}

// dccpOption prints the option at the start of b and returns its length, or 0
// when it has none that makes sense. left is what the header has for options.
func (p *Printer) dccpOption(b []byte, left int) int {
	kind, n := u8(b, 0), 1
	if kind >= dccpFirstLong {
		if n = int(u8(b, 1)); n < 2 {
			p.dccpOptionName(kind)
			p.str(" optlen too short")
			return 0
		}
	}
	if left < n {
		p.dccpOptionName(kind)
		p.str(" optlen goes past header length")
		return 0
	}
	if !has(b, 0, n) {
		p.truncMark()
		return 0
	}
	p.dccpOptionName(kind)
	if n < 2 {
		return n
	}
	if kind >= dccpFirstCCID {
		switch n {
		case 4:
			p.printf(" %d", u16(b, 2))
		case 6:
			p.printf(" %d", u32(b, 2))
		}
		return n
	}
	p.dccpOptionData(kind, b[2:n])
	return n
}

func (p *Printer) dccpOptionName(kind uint8) {
	if kind >= dccpFirstCCID {
		p.printf("CCID option %d", kind)
		return
	}
	p.printf("%s", tokStr(dccpOptionNames, "Option %d", kind))
}

// dccpOptionData prints what an option has behind its length.
func (p *Printer) dccpOptionData(kind uint8, data []byte) {
	switch kind {
	case dccpChangeL, 33, 34, dccpConfirmR:
		p.dccpFeature(data)
	case dccpInitCookie, dccpAckVector0, dccpAckVector1, dccpDataDropped:
		if len(data) > 0 {
			p.str(" 0x")
			p.dccpHex(data)
		}
	case dccpDataCRC:
		if len(data) > 0 {
			p.char(' ')
			p.dccpHex(data)
		}
	case dccpNDPCount:
		p.dccpNumbers(data)
	case dccpTimestamp:
		if len(data) != 4 {
			p.str(" [optlen != 6]")
			return
		}
		p.printf(" %d", u32(data, 0))
	case dccpTimeEcho:
		p.dccpTimeEcho(data)
	case dccpElapsedTime:
		switch len(data) {
		case 2:
			p.printf(" %d", u16(data, 0))
		case 4:
			p.printf(" %d", u32(data, 0))
		default:
			p.str(" [optlen != 4 or 6]")
		}
	}
}

// dccpFeature prints the negotiation of a feature (RFC 4340 section 6).
func (p *Printer) dccpFeature(data []byte) {
	if len(data) == 0 {
		p.str(" optlen too short")
		return
	}
	if name := strName(dccpFeatures, data[0]); name != "" {
		p.char(' ')
		p.str(name)
		p.dccpNumbers(data[1:])
	}
}

// dccpTimeEcho prints a timestamp with the time since it was received (RFC 4340
// section 13.3).
func (p *Printer) dccpTimeEcho(data []byte) {
	switch len(data) {
	case 4:
		p.printf(" %d", u32(data, 0))
	case 6:
		p.printf(" %d (elapsed time %d)", u32(data, 0), u16(data, 4))
	case 8:
		p.printf(" %d (elapsed time %d)", u32(data, 0), u32(data, 4))
	default:
		p.str(" [optlen != 6 or 8 or 10]")
	}
}

func (p *Printer) dccpNumbers(data []byte) {
	for _, c := range data {
		p.printf(" %d", c)
	}
}

func (p *Printer) dccpHex(data []byte) {
	for _, c := range data {
		p.hex(uint64(c), 2)
	}
}
