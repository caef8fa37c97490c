// arp_atm.go: ATMARP (RFC 2225 section 8.4.1), whose hardware addresses are an
// ATM number and a subaddress.

package printer

const arpATMHeaderLen = 12

// arpATMParty is one side of an ATMARP packet.
type arpATMParty struct {
	number, subaddress linkAddr
	ip                 []byte
}

// arpATMPartyAt reads the addresses at b[i], whose lengths are in the header at
// lens and ipLen. It returns the index behind them.
func arpATMPartyAt(b []byte, i, lens, ipLen int) (arpATMParty, int) {
	const lengthMask = 0x3f
	n, m, k := int(b[lens]&lengthMask), int(b[lens+1]&lengthMask), int(b[ipLen])
	return arpATMParty{
		number:     linkAddrAt(linkAddrOther, b, i, n),
		subaddress: linkAddrAt(linkAddrOther, b, i+n, m),
		ip:         bytesAt(b, i+n+m, k),
	}, i + n + m + k
}

func (p *Printer) arpATM(b []byte, length int) {
	need(b, 0, arpATMHeaderLen)
	protocol, operation := u16(b, 2), u16(b, 6)
	sender, i := arpATMPartyAt(b, arpATMHeaderLen, 4, 8)
	target, _ := arpATMPartyAt(b, i, 9, 11)
	if !p.eflag {
		p.str("ARP, ")
	}
	if !arpIsIP(protocol) || len(sender.ip) != 4 || len(target.ip) != 4 || p.vflag > 0 {
		p.printf("ATM, %s (len %d/%d)",
			tokStr(etherTypeNames, "Unknown Protocol (0x%04x)", protocol), len(sender.ip), len(target.ip))
		if p.vflag == 0 {
			p.arpLength(length)
			return
		}
	}
	p.arpOperation(operation)
	switch operation {
	case arpRequest:
		p.str("who-has ")
		p.arpATMIP(protocol, target.ip, "<wrong tplen>")
		if len(target.number.b) > 0 {
			p.str(" (")
			p.arpATMNumber(target)
			p.char(')')
		}
		p.str(" tell ")
		p.arpATMIP(protocol, sender.ip, "<wrong splen>")
	case arpReply:
		p.arpATMIP(protocol, sender.ip, "<wrong splen>")
		p.str(" is-at ")
		p.arpATMNumber(sender)
	case arpInverseRequest:
		p.str("who-is ")
		p.arpATMNumber(target)
		p.str(" tell ")
		p.arpATMNumber(sender)
	case arpInverseReply:
		p.arpATMNumber(sender)
		p.str("at ")
		p.arpATMIP(protocol, sender.ip, "<wrong splen>")
	case arpNAK:
		p.str("for ")
		p.arpATMIP(protocol, sender.ip, "<wrong splen>")
	default:
		p.hexASCIIDump("\n\t", b, len(b))
		return
	}
	p.arpLength(length)
}

func (p *Printer) arpATMIP(protocol uint16, ip []byte, wrong string) {
	switch {
	case !arpIsIP(protocol):
		p.str("<wrong proto type>")
	case len(ip) != 4:
		p.str(wrong)
	default:
		p.appendAddr4(addr4(ip))
	}
}

func (p *Printer) arpATMNumber(party arpATMParty) {
	if len(party.number.b) == 0 {
		p.str("<No address>")
		return
	}
	p.appendLinkAddr(party.number)
	if len(party.subaddress.b) > 0 {
		p.char(',')
		p.appendLinkAddr(party.subaddress)
	}
}
