package printer

func (p *Printer) ldp(b []byte, length int) {
	p.pending("ldp")
}
