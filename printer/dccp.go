// dccp.go: Datagram Congestion Control Protocol (RFC 4340).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	dccpChecks = versions.Since(versions.V5_0, "DCCP", "`truncated-DCCP-Ack - 8 bytes missing!`, with -q `[bad hdr length 64 - too long, > 40]`; unknown types and codes are `unknown-type-10` and `invalid`",
		"`DCCP-Ack  [length 16 < 24] (invalid)`; `packet-type-10  (invalid)`, `reset-code-12 (invalid)`")
	dccpOptionChecks = versions.Since(versions.V5_0, "DCCP", "`timestamp [optlen != 6]`, `initcookie optlen too short`, `Option 50`; an option that is cut has the mark `[\\|dccp]` alone",
		"`timestamp [optlen 5 != 6] (invalid)`, `initcookie [optlen 1 < 2] (invalid)`, `option-type-50 (invalid)`, and no options behind; of one that is cut, what there is")
)

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
	strict := p.follows(dccpChecks)
	if len(b) < dccpHeaderLen && !strict {
		p.truncMark()
		return
	}
	fixed := dccpHeaderLen
	if length >= fixed && u8(b, 8)&1 != 0 { // X: extended sequence numbers
		fixed = dccpLongLen
	}
	if length < fixed {
		if strict {
			p.refuse("length", length, "<", fixed)
		} else {
			p.printf("truncated-dccp - %d bytes missing!", fixed-length)
		}
		return
	}
	if len(b) < fixed {
		p.truncSince(dccpChecks)
		return
	}
	p.ipSource(ip)
	p.printf(".%d > ", u16(b, 0))
	p.ipDestination(ip)
	p.printf(".%d: DCCP", u16(b, 2))
	hlen := int(b[4]) * 4
	if p.qflag > 0 {
		if strict && length < hlen {
			p.refuse("length", length, "<", hlen)
			return
		}
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
	if strict {
		fixed = p.dccpTypeStrict(b, length, fixed)
	} else {
		fixed = p.dccpType(b, length, fixed)
	}
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
		if p.follows(dccpOptionChecks) {
			p.dccpOptionsStrict(at(b, fixed), hlen-fixed)
		} else {
			p.dccpOptions(at(b, fixed), hlen-fixed)
		}
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
	p.dccpAck(kind, b, body)
	return fixed
}

// dccpTypeStrict is dccpType in versions that name the type first and end with
// types that are not known.
func (p *Printer) dccpTypeStrict(b []byte, length, fixed int) int {
	kind := int(b[8] >> 1 & 15)
	body := fixed
	if kind >= len(dccpTypes) {
		p.printf("packet-type-%d ", kind)
		p.invalid()
		return 0
	}
	t := &dccpTypes[kind]
	p.printf("%s ", t.name)
	if fixed += t.more; length < fixed {
		p.refuse("length", length, "<", fixed)
		return 0
	}
	switch kind {
	case dccpRequest:
		p.printf("(service=%d) ", u32(b, body))
	case dccpResponse:
		p.printf("(service=%d) ", u32(b, body+8))
	case dccpReset:
		need(b, body, t.more)
		p.str("(code=")
		if code := b[body+8]; strName(dccpResetCodes, code) != "" {
			p.str(strName(dccpResetCodes, code))
		} else {
			p.printf("reset-code-%d", code)
			p.invalid()
		}
		p.str(") ")
	}
	p.dccpAck(kind, b, body)
	return fixed
}

// dccpAck prints the acknowledgement number of types that have one.
func (p *Printer) dccpAck(kind int, b []byte, body int) {
	if kind != dccpRequest && kind != dccpDataType {
		if b[8]&1 != 0 {
			p.printf("(ack=%d) ", u48(b, body+2))
		} else {
			p.printf("(ack=%d) ", u24(b, body+1))
		}
	}
}

func dccpResetCode(code uint8) string {
	if s := strName(dccpResetCodes, code); s != "" {
		return s
	}
	return "invalid"
}
