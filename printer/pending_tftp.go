package printer

func (p *Printer) tftp(b []byte, length int) {
	p.pending("tftp")
}
