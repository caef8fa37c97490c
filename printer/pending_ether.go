package printer

func (p *Printer) etherLink(b []byte, length int) {
	p.pending("ether")
}

func (p *Printer) ether(b []byte, length int) int {
	p.pending("ether")
	return 0
}

func (p *Printer) netanalyzerLink(b []byte, length int) {
	p.pending("ether")
}

func (p *Printer) netanalyzerTransparentLink(b []byte, length int) {
	p.pending("ether")
}
