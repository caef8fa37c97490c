// raw.go: IP packets without a link-layer header.

package printer

func (p *Printer) rawLink(b []byte, length int) {
	p.proto = "raw"
	if p.eflag {
		p.str("ip: ")
	}
	p.ipN(b, length)
}
