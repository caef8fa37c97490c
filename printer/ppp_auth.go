// ppp_auth.go: authentication in PPP: PAP (RFC 1334) and CHAP (RFC 1994).

package printer

const (
	pppCHAPChallenge = 1
	pppCHAPResponse  = 2
	pppCHAPSuccess   = 3
	pppCHAPFailure   = 4
)

var pppCHAPCodes = []tok{
	{pppCHAPChallenge, "Challenge"},
	{pppCHAPResponse, "Response"},
	{pppCHAPSuccess, "Success"},
	{pppCHAPFailure, "Fail"},
}

// pppAuthCut marks a packet without a whole header.
func (p *Printer) pppAuthCut(protocol string, b []byte, length int) bool {
	switch {
	case length < 1:
		p.printf("[|%s]", protocol)
	case length < 4:
		p.printf("[|%s 0x%02x]", protocol, u8(b, 0))
	default:
		return false
	}
	return true
}

// pppAuthText appends n bytes of text from b[i] on, up to where the packet was
// cut.
func (p *Printer) pppAuthText(b []byte, i int, n uint32) {
	for ; n > 0; n-- {
		p.safeChar(u8(b, i))
		i++
	}
}

func (p *Printer) pppCHAP(b []byte, length int) {
	const head = 4
	if p.pppAuthCut("chap", b, length) {
		return
	}
	code := u8(b, 0)
	p.printf("CHAP, %s (0x%02x)", tokStr(pppCHAPCodes, "unknown", code), code)
	p.printf(", id %d", u8(b, 1))
	// a length shorter than what comes before the text wraps around
	n := uint32(u16(b, 2))
	switch code {
	case pppCHAPChallenge, pppCHAPResponse:
		if length < head+1 {
			return
		}
		size := int(u8(b, head))
		if length-head-1 < size {
			return
		}
		p.str(", Value ")
		for i := range size {
			p.hex(uint64(u8(b, head+1+i)), 2)
		}
		p.str(", Name ")
		p.pppAuthText(b, head+1+size, n-uint32(head+1+size))
	case pppCHAPSuccess, pppCHAPFailure:
		p.str(", Msg ")
		p.pppAuthText(b, head, n-head)
	}
}

const (
	pppPAPRequest = 1
	pppPAPAck     = 2
	pppPAPNak     = 3
)

var pppPAPCodes = []tok{
	{pppPAPRequest, "Auth-Req"},
	{pppPAPAck, "Auth-ACK"},
	{pppPAPNak, "Auth-NACK"},
}

func (p *Printer) pppPAP(b []byte, length int) {
	const head = 4
	if p.pppAuthCut("pap", b, length) {
		return
	}
	code := u8(b, 0)
	p.printf("PAP, %s (0x%02x)", tokStr(pppPAPCodes, "unknown", code), code)
	p.printf(", id %d", u8(b, 1))
	n := int(u16(b, 2))
	switch {
	case n > length:
		p.printf(", length %d > packet size", n)
		return
	case n < head:
		p.printf(", length %d < PAP header length", n)
		return
	}
	switch code {
	case pppPAPRequest:
		if n < 6 {
			p.str("[|pap]")
		} else if i, ok := p.pppPAPString(", Peer ", b, head, n); ok {
			p.pppPAPString(", Name ", b, i, n)
		}
	case pppPAPAck, pppPAPNak:
		if n < 5 { // RFC 1334 section 2.2.2: the length of the message is there
			p.str("[|pap]")
		} else {
			p.pppPAPString(", Msg ", b, head, n)
		}
	}
}

// pppPAPString prints the text at b[i] behind its length, if it lies within the
// n bytes of the packet, and returns the index behind it.
func (p *Printer) pppPAPString(label string, b []byte, i, n int) (int, bool) {
	if n-i < 1 {
		return 0, false
	}
	size := int(u8(b, i))
	i++
	if n-i < size {
		return 0, false
	}
	p.str(label)
	p.pppAuthText(b, i, uint32(size))
	return i + size, true
}
