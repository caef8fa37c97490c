package printer

func (p *Printer) aodv(b []byte, length int, ip6 bool) {
	p.pending("aodv")
}
