package printer

func (p *Printer) zep(b []byte, length int) {
	p.pending("zep")
}
