package printer

func (p *Printer) ipfcLink(b []byte, length int) {
	p.pending("ipfc")
}
