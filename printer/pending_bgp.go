package printer

func (p *Printer) bgp(b []byte, length int) {
	p.pending("bgp")
}
