package printer

func (p *Printer) icmp(b []byte, length int, ip ipHeader) {
	p.pending("icmp")
}
