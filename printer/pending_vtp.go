package printer

func (p *Printer) vtp(b []byte, length int) {
	p.pending("vtp")
}
