package printer

func (p *Printer) egp(b []byte, length int) {
	p.pending("egp")
}
