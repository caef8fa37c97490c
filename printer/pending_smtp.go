package printer

func (p *Printer) smtp(b []byte, length int) {
	p.pending("smtp")
}
