// ipfc.go: IP over Fibre Channel (RFC 2625).

package printer

// Network addresses have 16 bits in front of the MAC address.
const (
	ipfcHeaderLen = 16
	ipfcDst       = 2
	ipfcSrc       = 10
)

func (p *Printer) ipfcLink(b []byte, length int) {
	p.proto = "ipfc"
	need(b, 0, ipfcHeaderLen)
	if p.eflag {
		p.printf("%s > %s, length %d: ", macAt(b, ipfcSrc), macAt(b, ipfcDst), uint32(length))
	}
	payload := b[ipfcHeaderLen:]
	n := p.llc(payload, length-ipfcHeaderLen,
		linkAddrAt(linkAddrEther, b, ipfcSrc, 6), linkAddrAt(linkAddrEther, b, ipfcDst, 6))
	if n < 0 {
		p.defaultDump(payload, len(payload))
		n = -n
	}
	p.llHdrLen += ipfcHeaderLen + n
}
