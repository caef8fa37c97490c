package printer

func (p *Printer) lane(b []byte, length int) {
	p.pending("lane")
}
