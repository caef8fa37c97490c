package printer

func (p *Printer) forces(b []byte, length int) {
	p.pending("forces")
}
