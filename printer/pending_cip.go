package printer

func (p *Printer) cipLink(b []byte, length int) {
	p.pending("cip")
}
