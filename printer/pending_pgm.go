package printer

func (p *Printer) pgm(b []byte, length int, ip ipHeader) {
	p.pending("pgm")
}
