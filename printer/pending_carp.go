package printer

func (p *Printer) carp(b []byte, length int, ip ipHeader) {
	p.pending("carp")
}
