package printer

func (p *Printer) igmp(b []byte, length int) {
	p.pending("igmp")
}
