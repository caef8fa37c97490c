package printer

func (p *Printer) rip(b []byte, length int) {
	p.pending("rip")
}
