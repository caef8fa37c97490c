package printer

func (p *Printer) cfm(b []byte, length int) {
	p.pending("cfm")
}
