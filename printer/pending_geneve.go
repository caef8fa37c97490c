package printer

func (p *Printer) geneve(b []byte, length int) {
	p.pending("geneve")
}
