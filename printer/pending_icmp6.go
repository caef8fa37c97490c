package printer

func (p *Printer) icmp6(b []byte, length int, ip ipHeader) {
	p.pending("icmp6")
}
