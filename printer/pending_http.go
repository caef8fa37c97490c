package printer

func (p *Printer) http(b []byte, length int) {
	p.pending("http")
}
