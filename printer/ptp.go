// ptp.go: Precision Time Protocol, version 2 (IEEE 1588-2008 clause 13).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	ptpName        = versions.Since(versions.V5_0, "PTP", "`[length 3 < 34] (invalid)`, `PTPv3`", "`PTP [length 3 < 34] (invalid)`, `PTPv3 (unsupported)`")
	ptpSplitSecond = versions.Since(versions.V5_0, "PTP", "`1514 seconds, 2 nanoseconds`", "`1514.000000002 seconds`, with `(invalid ns)` behind it from a billion nanoseconds on")
)

const ptpHeaderLen = 34

// The message types (IEEE 1588-2008 table 19).
const (
	ptpSync               = 0
	ptpDelayReq           = 1
	ptpPdelayReq          = 2
	ptpPdelayResp         = 3
	ptpFollowUp           = 8
	ptpDelayResp          = 9
	ptpPdelayRespFollowUp = 10
	ptpAnnounce           = 11
	ptpSignaling          = 12
	ptpManagement         = 13
)

var ptpMessageTypes = []tok{
	{ptpSync, "sync msg"},
	{ptpDelayReq, "delay req msg"},
	{ptpPdelayReq, "peer delay req msg"},
	{ptpPdelayResp, "peer delay resp msg"},
	{ptpFollowUp, "follow up msg"},
	{ptpDelayResp, "delay resp msg"},
	{ptpPdelayRespFollowUp, "pdelay resp fup msg"},
	{ptpAnnounce, "announce msg"},
	{ptpSignaling, "signaling msg"},
	{ptpManagement, "management msg"},
}

var ptpControls = []tok{
	{0, "Sync"},
	{1, "Delay_Req"},
	{2, "Follow_Up"},
	{3, "Delay_Resp"},
	{4, "Management"},
	{5, "Other"},
}

var ptpFlags = []tok{
	{0x0001, "l1 61"},
	{0x0002, "l1 59"},
	{0x0004, "utc reasonable"},
	{0x0008, "timescale"},
	{0x0010, "time tracable"},
	{0x0020, "frequency tracable"},
	{0x0100, "alternate master"},
	{0x0200, "two step"},
	{0x0400, "unicast"},
	{0x1000, "profile specific 1"},
	{0x2000, "profile specific 2"},
	{0x4000, "security mask"},
	{0x18c0, "unknown"},
}

// ptp prints a message.
func (p *Printer) ptp(b []byte, length int) {
	p.proto = "ptp"
	name := p.named(ptpName, "PTP")
	if p.lacks("length", length, ptpHeaderLen) {
		return
	}
	versions := u16(b, 0) & 0xff
	major, minor := versions&0xf, versions>>4
	p.printf("%sv%d", name, major)
	if minor != 0 {
		p.printf(".%d", minor)
	}
	switch major {
	case 1:
		p.str(" (not implemented)")
	case 2:
		p.ptpHeader(b)
		p.ptpBody(u8(b, 0)&0xf, at(b, ptpHeaderLen))
	default:
		if p.follows(ptpName) {
			p.str(" (unsupported)")
		}
	}
}

// ptpHeader prints the common header (IEEE 1588-2008 clause 13.3).
func (p *Printer) ptpHeader(b []byte) {
	p.printf(", majorSdoId: 0x%x", u8(b, 0)>>4)
	p.printf(", msg type: %s", tokStr(ptpMessageTypes, "Reserved", u8(b, 0)&0xf))
	p.printf(", length: %d", u16(b, 2))
	p.printf(", domain: %d", u16(b, 4)>>8)
	p.printf(", reserved1: %d", u8(b, 5))
	p.printf(", Flags [%s]", bitStr(ptpFlags, "none", u16(b, 6)))
	p.printf(", NS correction: %d", u48(b, 8))
	p.printf(", sub NS correction: %d", u16(b, 14))
	p.printf(", reserved2: %d", u32(b, 16))
	p.printf(", clock identity: 0x%x", u64(b, 20))
	p.printf(", port id: %d", u16(b, 28))
	p.printf(", seq id: %d", u16(b, 30))
	control := u8(b, 32)
	p.printf(", control: %d (%s)", control, tokStr(ptpControls, "Reserved", control))
	p.printf(", log message interval: %d", u8(b, 33))
}

// ptpBody prints what follows the header of each type of message (IEEE
// 1588-2008 clauses 13.5 to 13.12).
func (p *Printer) ptpBody(kind uint8, b []byte) {
	switch kind {
	case ptpSync, ptpDelayReq:
		p.ptpTime(", originTimeStamp:", b)
	case ptpFollowUp:
		p.ptpTime(", preciseOriginTimeStamp:", b)
	case ptpPdelayReq, ptpPdelayRespFollowUp:
		p.ptpTime(", preciseOriginTimeStamp:", b)
		p.ptpPort(at(b, 10))
	case ptpPdelayResp, ptpDelayResp:
		p.ptpTime(", receiveTimeStamp:", b)
		p.ptpPort(at(b, 10))
	case ptpAnnounce:
		p.ptpAnnounceBody(b)
	case ptpSignaling:
		p.ptpPort(b)
	case ptpManagement:
		p.ptpPort(b)
		p.printf(", start boundary hops: %d", u8(b, 10))
		p.printf(", boundary hops: %d", u8(b, 11))
		p.printf(", flags: 0x%x", u8(b, 12))
		p.printf(", reserved: 0x%x", u8(b, 13))
	}
}

// ptpTime prints a timestamp of 48 bits of seconds and 32 of nanoseconds.
func (p *Printer) ptpTime(label string, b []byte) {
	p.str(label)
	if p.follows(ptpSplitSecond) {
		p.ptpSeconds(b)
		return
	}
	p.printf(" %d seconds,", u48(b, 0))
	p.printf(" %d nanoseconds", u32(b, 6))
}

// ptpSeconds prints a timestamp as one number.
func (p *Printer) ptpSeconds(b []byte) {
	p.printf(" %d.", u48(b, 0))
	nanoseconds := u32(b, 6)
	p.printf("%09d seconds", nanoseconds)
	if nanoseconds >= 1e9 {
		p.str(" (invalid ns)")
	}
}

// ptpPort prints a port identity.
func (p *Printer) ptpPort(b []byte) {
	p.printf(", port identity: 0x%x", u64(b, 0))
	p.printf(", port id: %d", u16(b, 8))
}

// ptpAnnounceBody prints an Announce message (IEEE 1588-2008 clause 13.5).
func (p *Printer) ptpAnnounceBody(b []byte) {
	p.str(", originTimeStamp:")
	if p.follows(ptpSplitSecond) {
		p.ptpSeconds(b)
	} else {
		p.printf(" %d seconds", u48(b, 0))
		p.printf(" %d nanoseconds", u32(b, 6))
	}
	p.printf(", origin cur utc:%d", u16(b, 10))
	p.printf(", rsvd: %d", u8(b, 12))
	p.printf(", gm priority_1: %d", u8(b, 13))
	p.printf(", gm clock class: %d", u8(b, 14))
	p.printf(", gm clock accuracy: %d", u8(b, 15))
	p.printf(", gm clock variance: %d", u16(b, 16))
	p.printf(", gm priority_2: %d", u8(b, 18))
	p.printf(", gm clock id: 0x%x", u64(b, 19))
	p.printf(", steps removed: %d", u16(b, 27))
	p.printf(", time source: 0x%x", u8(b, 29))
}
