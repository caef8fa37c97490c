package printer

func (p *Printer) bootp(b []byte, length int) {
	p.pending("bootp")
}
