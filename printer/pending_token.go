package printer

func (p *Printer) tokenLink(b []byte, length int) {
	p.pending("token")
}

func (p *Printer) token(b []byte, length int) int {
	p.pending("token")
	return 0
}
