package printer

func (p *Printer) sip(b []byte, length int) {
	p.pending("sip")
}
