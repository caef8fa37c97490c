package printer

func (p *Printer) ip4(b []byte, length int) {
	p.pending("ip4")
}

func (p *Printer) ipN(b []byte, length int) {
	p.pending("ip4")
}
