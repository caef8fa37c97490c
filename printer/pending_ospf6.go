package printer

func (p *Printer) ospf6(b []byte, length int) {
	p.pending("ospf6")
}
