package printer

func (p *Printer) udld(b []byte, length int) {
	p.pending("udld")
}
