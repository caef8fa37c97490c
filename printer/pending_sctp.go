package printer

func (p *Printer) sctp(b []byte, length int, ip ipHeader) {
	p.pending("sctp")
}
