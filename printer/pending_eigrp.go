package printer

func (p *Printer) eigrp(b []byte, length int) {
	p.pending("eigrp")
}
