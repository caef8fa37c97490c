package printer

func (p *Printer) cdp(b []byte, length int) {
	p.pending("cdp")
}
