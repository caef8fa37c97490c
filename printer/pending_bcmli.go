package printer

func (p *Printer) bcmLI(b []byte, length int) {
	p.pending("bcmli")
}
