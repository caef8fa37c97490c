package printer

func (p *Printer) atmLink(b []byte, length int) {
	p.pending("atm")
}

func (p *Printer) atm(vpi, vci, traffic int, b []byte, length int) {
	p.pending("atm")
}

func (p *Printer) oam(b []byte, length int, header uint32) {
	p.pending("atm")
}
