// msdp.go: Multicast Source Discovery Protocol (RFC 3618).

package printer

const (
	msdpSourceActive   = 1
	msdpSourceRequest  = 2
	msdpSourceResponse = 3
	msdpKeepalive      = 4
	msdpNotification   = 5
	msdpTypeMax        = 7

	msdpHeaderLen = 3
	msdpEntryLen  = 12
)

// msdp prints the TLVs of a segment, if it seems to begin with one.
func (p *Printer) msdp(b []byte, length int) {
	p.proto = "msdp"
	p.str(": msdp")
	kind, n := u8(b, 0), int(u16(b, 1))
	if n > 1500 || n < msdpHeaderLen || kind == 0 || kind > msdpTypeMax {
		p.truncMark()
		return
	}
	for i := 0; i < length; {
		n := p.msdpTLV(at(b, i), length-i)
		if n == 0 {
			p.truncMark()
			return
		}
		i += n
	}
}

// msdpTLV prints a TLV and returns its length, or 0 when it is cut off. left
// counts the bytes to the end of the segment.
func (p *Printer) msdpTLV(b []byte, left int) int {
	if left < msdpHeaderLen {
		return 0
	}
	kind, n := u8(b, 0), int(u16(b, 1))
	if n > 1400 || p.vflag > 0 {
		p.printf(" [len %d]", n)
	}
	if n < msdpHeaderLen || left < n {
		return 0
	}
	switch kind {
	case msdpSourceActive, msdpSourceResponse:
		if !p.msdpSources(b, kind, n) {
			return 0
		}
	case msdpSourceRequest:
		p.str(" SA-Request")
		if n < 4 {
			return 0
		}
		need(b, 3, 1)
		if n < 8 {
			return 0
		}
		p.msdpLength(n, 8)
		p.printf(" for %s", ip4At(b, 4))
	case msdpKeepalive:
		p.str(" Keepalive")
		p.msdpLength(n, msdpHeaderLen)
	case msdpNotification:
		p.str(" Notification")
	default:
		p.printf(" [type=%d len=%d]", kind, n)
	}
	need(b, 0, n)
	return n
}

// msdpLength remarks on a TLV that is longer than its type needs.
func (p *Printer) msdpLength(n, want int) {
	if n != want {
		p.printf("[len=%d] ", n)
	}
}

// msdpSources prints sources that are active, n bytes with the header, and with
// -vv the packet of one that may follow (RFC 3618 section 12.2.1).
func (p *Printer) msdpSources(b []byte, kind uint8, n int) bool {
	if kind == msdpSourceActive {
		p.str(" SA")
	} else {
		p.str(" SA-Response")
	}
	if n < 4 {
		return false
	}
	entries := int(u8(b, 3))
	p.printf(" %d entries", entries)
	if n < 8 {
		return false
	}
	end := 8 + entries*msdpEntryLen
	need(b, 0, end)
	if n > end {
		p.str(" [w/data]")
		if p.vflag > 1 {
			p.char(' ')
			p.ip4(b[end:], n-end)
		}
	}
	return true
}
