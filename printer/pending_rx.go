package printer

func (p *Printer) rx(b []byte, length int, sport, dport uint16, ip ipHeader) {
	p.pending("rx")
}
