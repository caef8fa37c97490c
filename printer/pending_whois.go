package printer

func (p *Printer) whois(b []byte, length int) {
	p.pending("whois")
}
