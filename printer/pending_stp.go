package printer

func (p *Printer) stp(b []byte, length int) {
	p.pending("stp")
}
