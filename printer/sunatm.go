// sunatm.go: ATM as SunATM's driver captures it: direction and traffic type,
// virtual path and channel, then the PDU.

package printer

const (
	sunatmHeaderLen = 4
	sunatmTransmit  = 0x80
	sunatmTraffic   = 0x0f
)

func (p *Printer) sunatmLink(b []byte, length int) {
	p.proto = "sunatm"
	first := u8(b, 0)
	if p.eflag {
		if first&sunatmTransmit != 0 {
			p.str("Tx: ")
		} else {
			p.str("Rx: ")
		}
	}
	vpi, vci := int(u8(b, 1)), int(u16(b, 2))
	p.llHdrLen += sunatmHeaderLen
	p.atm(vpi, vci, int(first&sunatmTraffic), b[sunatmHeaderLen:], length-sunatmHeaderLen)
}
