package printer

func (p *Printer) rawLink(b []byte, length int) {
	p.pending("raw")
}
