// lwapp.go: Lightweight Access Point Protocol (RFC 5412).

package printer

import "github.com/tapdump/tapdump/versions"

var lwappElementwise = versions.Since(versions.V5_0, "LWAPP",
	"header and messages; a length that is wrong ends them", "header, the message and its elements; what is wrong with lengths, flags and elements is said")

const (
	lwappHeaderLen        = 6 // RFC 5412 section 3.2
	lwappControlHeaderLen = 8 // RFC 5412 section 4.2.1
	lwappAddrLen          = 6

	lwappVersion   = 0
	lwappFlags     = 0x07
	lwappIsControl = 0x04 // the C bit: a control message, not a frame
)

var lwappFlagNames = []tok{
	{0x01, "Not Last"},
	{0x02, "Fragment"},
	{lwappIsControl, "Control"},
}

// lwappMessages are the message types (RFC 5412 section 4.2.1.1).
var lwappMessages = []tok{
	{1, "Discovery req"},
	{2, "Discovery resp"},
	{3, "Join req"},
	{4, "Join resp"},
	{5, "Join ack"},
	{6, "Join confirm"},
	{10, "Configure req"},
	{11, "Configure resp"},
	{12, "Update req"},
	{13, "Update resp"},
	{14, "WTP event req"},
	{15, "WTP event resp"},
	{16, "Change state event req"},
	{17, "Change state event resp"},
	{22, "Echo req"},
	{23, "Echo resp"},
	{24, "Image data req"},
	{25, "Image data resp"},
	{26, "Channel status req"},
	{27, "Channel status resp"},
	{30, "Key update req"},
	{31, "Key update resp"},
	{32, "Primary discovery req"},
	{33, "Primary discovery resp"},
	{34, "Data transfer req"},
	{35, "Data transfer resp"},
	{36, "Clear config ind"},
	{37, "Wlan config req"},
	{38, "Wlan config resp"},
	{39, "Mobile config req"},
	{40, "Mobile config resp"},
}

// lwappControl prints a packet of the control channel. With hasAPAddr the
// access point's address stands in front of the header.
func (p *Printer) lwappControl(b []byte, length int, hasAPAddr bool) {
	if p.follows(lwappElementwise) {
		p.lwappPacket(b, length, hasAPAddr)
		return
	}
	p.proto = "lwapp_control"
	header := b
	if hasAPAddr {
		header = at(b, lwappAddrLen)
	}
	if !has(header, 0, lwappHeaderLen) {
		p.truncMark()
		return
	}
	if !p.lwappSummary(header[0], length) {
		return
	}
	left := p.lwappHeader(header)
	if hasAPAddr {
		p.printf("\n\tAP identity: %s", macAt(b, 0))
	}
	// The length counts neither header nor address: it is that of the messages.
	for m := header[lwappHeaderLen:]; left > 0; {
		if !has(m, 0, lwappControlHeaderLen) {
			p.truncMark()
			return
		}
		elements := int(u16(m, 2))
		n := lwappControlHeaderLen + elements
		if left < n {
			p.str("\n\t  Msg goes past end of PDU")
			return
		}
		p.printf("\n\t  Msg type: %s (%d), Seqnum: %d, Msg len: %d, Session: 0x%08x",
			tokStr(lwappMessages, "Unknown", m[0]), m[0], m[1], elements, u32(m, 4))
		if !has(m, 0, elements) {
			p.truncMark()
			return
		}
		m, left = at(m, n), left-n
	}
}

// lwappData prints a packet of the data channel, which carries an 802.11 frame.
func (p *Printer) lwappData(b []byte, length int) {
	if p.follows(lwappElementwise) {
		p.lwappPacket(b, length, false)
		return
	}
	p.proto = "lwapp_data"
	if !has(b, 0, lwappHeaderLen) {
		p.truncMark()
		return
	}
	if !p.lwappSummary(b[0], length) {
		return
	}
	if n := u16(b, 2); n < lwappHeaderLen {
		p.lwappStart(b[0])
		p.printf(", Radio-id %d, Flags [%s], length %d < transport header length",
			b[0]>>3&7, bitStr(lwappFlagNames, "none", b[0]&lwappFlags), n)
		return
	}
	n := p.lwappHeader(b)
	p.unknownData(b[lwappHeaderLen:], "\n\t", n-lwappHeaderLen)
}

// lwappSummary prints the line that stands for a packet without -v. It reports
// whether there is more to print.
func (p *Printer) lwappSummary(first uint8, length int) bool {
	if version := first >> 6; version != lwappVersion {
		p.printf("LWAPP version %d packet not supported", version)
		return false
	}
	if p.vflag > 0 {
		return true
	}
	p.lwappStart(first)
	p.printf(", Flags [%s], length %d", bitStr(lwappFlagNames, "none", first&lwappFlags), uint32(length))
	return false
}

func (p *Printer) lwappStart(first uint8) {
	kind := "Data"
	if first&lwappIsControl != 0 {
		kind = "Control"
	}
	p.printf("LWAPPv%d, %s frame", first>>6, kind)
}

// lwappHeader prints the header and returns its length field.
func (p *Printer) lwappHeader(b []byte) int {
	n := u16(b, 2)
	p.lwappStart(b[0])
	p.printf(", Radio-id %d, Flags [%s], Frag-id %d, length %d",
		b[0]>>3&7, bitStr(lwappFlagNames, "none", b[0]&lwappFlags), b[1], n)
	return int(n)
}
