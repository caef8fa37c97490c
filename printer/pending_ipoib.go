package printer

func (p *Printer) ipoibLink(b []byte, length int) {
	p.pending("ipoib")
}
