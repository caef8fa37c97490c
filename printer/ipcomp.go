// ipcomp.go: IP Payload Compression Protocol (RFC 3173). What is compressed is not looked into.

package printer

func (p *Printer) ipcomp(b []byte) {
	p.proto = "ipcomp"
	p.printf("IPComp(cpi=0x%04x)", u16(b, 2))
}
