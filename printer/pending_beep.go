package printer

func (p *Printer) beep(b []byte, length int) {
	p.pending("beep")
}
