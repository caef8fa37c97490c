package printer

func (p *Printer) lmp(b []byte, length int) {
	p.pending("lmp")
}
