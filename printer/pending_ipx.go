package printer

func (p *Printer) ipx(b []byte, length int) {
	p.pending("ipx")
}
