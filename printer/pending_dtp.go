package printer

func (p *Printer) dtp(b []byte, length int) {
	p.pending("dtp")
}
