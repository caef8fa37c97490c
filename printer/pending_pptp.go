package printer

func (p *Printer) pptp(b []byte) {
	p.pending("pptp")
}
