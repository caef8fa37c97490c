package printer

func (p *Printer) radius(b []byte, length int) {
	p.pending("radius")
}
