package printer

func (p *Printer) vqp(b []byte, length int) {
	p.pending("vqp")
}
