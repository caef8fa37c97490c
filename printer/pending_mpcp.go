package printer

func (p *Printer) mpcp(b []byte, length int) {
	p.pending("mpcp")
}
