package printer

func (p *Printer) fddiLink(b []byte, length int) {
	p.pending("fddi")
}

func (p *Printer) fddi(b []byte, length int) int {
	p.pending("fddi")
	return 0
}
