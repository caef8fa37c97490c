package printer

func (p *Printer) decnet(b []byte, length int) {
	p.pending("decnet")
}
