package printer

func (p *Printer) ip6(b []byte, length int) {
	p.pending("ip6")
}
