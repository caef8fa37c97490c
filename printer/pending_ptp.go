package printer

func (p *Printer) ptp(b []byte, length int) {
	p.pending("ptp")
}
