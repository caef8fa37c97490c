package printer

func (p *Printer) pktapLink(b []byte, length int) {
	p.pending("pktap")
}
