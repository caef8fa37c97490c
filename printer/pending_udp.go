package printer

func (p *Printer) udp(b []byte, length int, ip ipHeader) {
	p.pending("udp")
}
