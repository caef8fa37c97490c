package printer

func (p *Printer) openflow(b []byte, length int) {
	p.pending("openflow")
}
