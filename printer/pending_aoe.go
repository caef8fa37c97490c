package printer

func (p *Printer) aoe(b []byte, length int) {
	p.pending("aoe")
}
