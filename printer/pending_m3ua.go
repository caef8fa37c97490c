package printer

func (p *Printer) m3ua(b []byte, length int) {
	p.pending("m3ua")
}
