// aarp.go: AppleTalk Address Resolution Protocol (Inside AppleTalk, chapter 2).

package printer

const aarpLen = 28

func (p *Printer) aarp(b []byte, length int) {
	const ethernet, request, response, probe = 1, 1, 2, 3
	p.proto = "aarp"
	p.str("aarp ")
	switch {
	case p.follows(atalkLengths):
		if p.lacks("length", length, aarpLen) {
			return
		}
		need(b, 0, aarpLen)
	case !has(b, 0, aarpLen):
		p.truncMark()
		return
	case length < aarpLen:
		p.printf(" [|aarp %d]", uint32(length))
		return
	}
	hardware, protocol, hardwareLen, protocolLen, op := u16(b, 0), u16(b, 2), b[4], b[5], u16(b, 6)
	if hardware == ethernet && protocol == etherAppleTalk && hardwareLen == etherAddrLen && protocolLen == 4 {
		switch op {
		case request, probe:
			if op == request {
				p.str("who-has ")
			} else {
				p.str("probe ")
			}
			p.atalkNode(u16(b, 25), b[27])
			p.str(" tell ")
			p.atalkNode(u16(b, 15), b[17])
			return
		case response:
			p.str("reply ")
			p.atalkNode(u16(b, 15), b[17])
			p.printf(" is-at %s", macAt(b, 8))
			return
		}
	}
	p.printf("len %d op %d htype %d ptype %#x halen %d palen %d",
		uint32(length), op, hardware, protocol, hardwareLen, protocolLen)
}
