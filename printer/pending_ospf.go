package printer

func (p *Printer) ospf(b []byte, length int, ip ipHeader) {
	p.pending("ospf")
}
