package printer

func (p *Printer) ntp(b []byte, length int) {
	p.pending("ntp")
}
