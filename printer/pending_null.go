package printer

func (p *Printer) nullLink(b []byte, length int) {
	p.pending("null")
}
