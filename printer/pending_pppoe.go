package printer

func (p *Printer) pppoeLink(b []byte, length int) {
	p.pending("pppoe")
}

func (p *Printer) pppoe(b []byte, length int) int {
	p.pending("pppoe")
	return 0
}
