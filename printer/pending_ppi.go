package printer

func (p *Printer) ppiLink(b []byte, length int) {
	p.pending("ppi")
}
