package printer

func (p *Printer) gre(b []byte, length int) {
	p.pending("gre")
}
