package printer

func (p *Printer) loopback(b []byte, length int) {
	p.pending("loopback")
}
