package printer

func (p *Printer) resp(b []byte, length int) {
	p.pending("resp")
}
