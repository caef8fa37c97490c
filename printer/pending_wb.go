package printer

func (p *Printer) wb(b []byte, length int) {
	p.pending("wb")
}
