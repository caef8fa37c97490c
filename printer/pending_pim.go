package printer

func (p *Printer) pim(b []byte, length int, ip ipHeader) {
	p.pending("pim")
}

func (p *Printer) pimV1(b []byte, length int) {
	p.pending("pim")
}

func (p *Printer) autoRP(b []byte, length int) {
	p.pending("pim")
}
