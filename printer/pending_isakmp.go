package printer

func (p *Printer) isakmp(b []byte, length int, ip ipHeader) {
	p.pending("isakmp")
}

func (p *Printer) isakmpNATT(b []byte, length int, ip ipHeader) {
	p.pending("isakmp")
}
