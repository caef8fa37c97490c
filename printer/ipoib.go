// ipoib.go: IP over InfiniBand (RFC 4391).

package printer

const (
	ipoibHeaderLen = 44
	ipoibType      = 40
)

func (p *Printer) ipoibLink(b []byte, length int) {
	p.proto = "ipoib"
	if n := min(len(b), length); n < ipoibHeaderLen {
		p.truncMark()
		p.llHdrLen += n
		return
	}
	if p.eflag {
		p.str("IPOIB")
		p.ipoibHeader(b, length)
	}
	p.llHdrLen += ipoibHeaderLen
	payload := b[ipoibHeaderLen:]
	if !p.etherType(u16(b, ipoibType), payload, length-ipoibHeaderLen, linkAddr{}, linkAddr{}) {
		if !p.eflag {
			p.ipoibHeader(b, length)
		}
		p.defaultDump(payload, len(payload))
	}
}

func (p *Printer) ipoibHeader(b []byte, length int) {
	t := u16(b, ipoibType)
	p.printf(", ethertype %s", tokStr(etherTypeNames, "Unknown", t))
	if p.qflag == 0 {
		p.printf(" (0x%04x)", t)
	}
	p.etherLength(length)
}
