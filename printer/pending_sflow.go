package printer

func (p *Printer) sflow(b []byte, length int) {
	p.pending("sflow")
}
