package printer

func (p *Printer) lwres(b []byte, length int) {
	p.pending("lwres")
}
