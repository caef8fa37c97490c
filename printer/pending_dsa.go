package printer

func (p *Printer) dsaLink(b []byte, length int) {
	p.pending("dsa")
}

func (p *Printer) edsaLink(b []byte, length int) {
	p.pending("dsa")
}
