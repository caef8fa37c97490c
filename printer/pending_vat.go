package printer

func (p *Printer) vat(b []byte, length int) {
	p.pending("vat")
}

func (p *Printer) rtp(b []byte, length int) {
	p.pending("vat")
}

func (p *Printer) rtcp(b []byte, length int) {
	p.pending("vat")
}
