package printer

func (p *Printer) someip(b []byte, length int) {
	p.pending("someip")
}
