package printer

func (p *Printer) ipcomp(b []byte) {
	p.pending("ipcomp")
}
