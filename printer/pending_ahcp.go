package printer

func (p *Printer) ahcp(b []byte, length int) {
	p.pending("ahcp")
}
