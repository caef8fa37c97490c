// rtcp.go: RTP Control Protocol (RFC 3550 section 6).

package printer

import "github.com/tapdump/tapdump/versions"

var rtcpCut = versions.Since(versions.V5_0, "RTCP", "a report that is cut is left out", "what was captured of it is printed")

const (
	rtcpSenderReport   = 200
	rtcpReceiverReport = 201
	rtcpDescription    = 202
	rtcpGoodbye        = 203

	rtcpHeaderLen = 8  // with the SSRC that all but the empty packets have
	rtcpSenderLen = 20 // sender information
	rtcpReportLen = 24 // a report block
)

// rtcp prints a compound packet, which ends where the capture does.
func (p *Printer) rtcp(b []byte) {
	p.proto = "rtcp"
	for len(b) > 0 {
		n := p.rtcpPacket(b)
		if n == 0 {
			p.truncSince(rtcpCut)
			return
		}
		b = at(b, n)
	}
}

// rtcpPacket prints one packet and returns its length, or 0 when the capture
// ends first.
func (p *Printer) rtcpPacket(b []byte) int {
	if !has(b, 0, rtcpHeaderLen) {
		return 0
	}
	length := (int(u16(b, 2)) + 1) * 4
	reports := int(b[0] & 0x1f)
	first := rtcpHeaderLen
	switch kind := b[1]; kind {
	case rtcpSenderReport:
		p.str(" sr")
		first += rtcpSenderLen
		p.rtcpSource(b, length, first+reports*rtcpReportLen)
		if !p.rtcpHas(b, rtcpHeaderLen, rtcpSenderLen) {
			return 0
		}
		p.printf(" @%.2f %d %dp %db", float64(u64(b, 8)>>32)+float64(u32(b, 12))/(1<<32),
			u32(b, 16), u32(b, 20), u32(b, 24))
	case rtcpReceiverReport:
		p.str(" rr")
		p.rtcpSource(b, length, first+reports*rtcpReportLen)
	case rtcpDescription:
		reports = 0
		p.printf(" sdes %d", length)
		p.rtcpSource(b, length, length)
	case rtcpGoodbye:
		reports = 0
		p.printf(" bye %d", length)
		p.rtcpSource(b, length, length)
	default:
		reports = 0
		p.printf(" type-0x%x %d", kind, length)
	}
	if reports > 1 {
		p.printf(" c%d", reports)
	}
	for range reports {
		// tcpdump prints the first report again for each of them
		if !p.rtcpReport(b, first) {
			return 0
		}
	}
	return length
}

// rtcpHas reports whether n bytes at b[i] were captured, or need not be.
func (p *Printer) rtcpHas(b []byte, i, n int) bool { return has(b, i, n) || p.follows(rtcpCut) }

// rtcpSource prints a length that is not the expected one, and the sender.
func (p *Printer) rtcpSource(b []byte, length, expected int) {
	if length != expected {
		p.printf(" [%d]", length)
	}
	if p.vflag > 0 {
		p.printf(" %d", u32(b, 4))
	}
}

func (p *Printer) rtcpReport(b []byte, i int) bool {
	if !p.rtcpHas(b, i, rtcpReportLen) {
		return false
	}
	if p.vflag > 0 {
		p.printf(" %d", u32(b, i))
	}
	p.printf(" %dl %ds %dj @%.2f+%.2f", u24(b, i+5), u32(b, i+8), u32(b, i+12),
		float64(u32(b, i+16))/65536, float64(u32(b, i+20))/65536)
	return true
}
