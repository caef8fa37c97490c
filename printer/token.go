// token.go: Token Ring (IEEE Std 802.5) with source routing (IEEE Std 802.1D,
// annex C).

package printer

const (
	tokenHeaderLen   = 14
	tokenRouted      = 0x80 // in the source address: routing information follows
	tokenFrameTypeOf = 6    // shift of the frame type in the frame control
	tokenLLC         = 1
)

var (
	tokenBroadcasts = [8]string{
		"Non-Broadcast", "Non-Broadcast", "Non-Broadcast", "Non-Broadcast",
		"All-routes", "All-routes", "Single-route", "Single-route",
	}
	tokenDirections = [2]string{"Forward", "Backward"}
	tokenLargest    = [8]string{"516", "1500", "2052", "4472", "8144", "11407", "17800", "??"}
)

func (p *Printer) tokenLink(b []byte, length int) {
	p.llHdrLen += p.token(b, length)
}

// token prints a frame and returns the length of its headers.
func (p *Printer) token(b []byte, length int) int {
	p.proto = "token-ring"
	if !has(b, 0, tokenHeaderLen) {
		p.truncMark()
		return tokenHeaderLen
	}
	if p.eflag {
		p.tokenHeader(b, length)
	}
	n := tokenHeaderLen
	if b[8]&tokenRouted != 0 {
		if !has(b, n, 2) {
			p.truncMark()
			return n
		}
		n += int(b[n] & 0x1f)
		if !has(b, 0, n) {
			p.truncMark()
			return n
		}
		p.tokenRoute(b)
	}
	payload := b[n:]
	if b[1]>>tokenFrameTypeOf == tokenLLC {
		source := tokenSource(b)
		src, dst := linkAddr{linkAddrEther, source[:]}, linkAddrAt(linkAddrEther, b, 2, 6)
		llc := p.llc(payload, length-n, src, dst)
		if llc < 0 {
			p.defaultDump(payload, len(payload))
			llc = -llc
		}
		return n + llc
	}
	if !p.eflag {
		p.tokenHeader(b, length)
	}
	p.defaultDump(payload, len(payload))
	return n
}

// tokenSource is the source address without the bit for source routing.
func tokenSource(b []byte) mac {
	a := macAt(b, 8)
	a[0] &^= tokenRouted
	return a
}

func (p *Printer) tokenHeader(b []byte, length int) {
	if p.qflag == 0 {
		p.printf("%02x %02x ", b[0], b[1])
	}
	p.printf("%s > %s, length %d: ", tokenSource(b), macAt(b, 2), uint32(length))
}

// tokenRoute prints the routing information field: control and one designator
// of ring and bridge for each segment.
func (p *Printer) tokenRoute(b []byte) {
	control := u16(b, tokenHeaderLen)
	segments := (int(control>>8&0x1f) - 2) / 2
	if p.vflag > 0 {
		p.printf("%s %s", tokenBroadcasts[control>>13], tokenDirections[control>>7&1])
	} else {
		p.printf("rt = %x", control)
	}
	for i := range segments {
		designator := u16(b, tokenHeaderLen+2+2*i)
		if p.vflag > 0 {
			p.printf(" [%d:%d]", designator>>4, designator&15)
		} else {
			p.printf(":%x", designator)
		}
	}
	p.printf(" (%s) ", tokenLargest[control>>4&7])
}
