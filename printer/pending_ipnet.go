package printer

func (p *Printer) ipnetLink(b []byte, length int) {
	p.pending("ipnet")
}
