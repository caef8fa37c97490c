package printer

func (p *Printer) chdlcLink(b []byte, length int) {
	p.pending("chdlc")
}

func (p *Printer) chdlc(b []byte, length int) int {
	p.pending("chdlc")
	return 0
}
