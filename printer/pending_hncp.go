package printer

func (p *Printer) hncp(b []byte, length int) {
	p.pending("hncp")
}
