package printer

func (p *Printer) sunatmLink(b []byte, length int) {
	p.pending("sunatm")
}
