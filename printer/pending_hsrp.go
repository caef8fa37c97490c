package printer

func (p *Printer) hsrp(b []byte, length int) {
	p.pending("hsrp")
}
