package printer

func (p *Printer) arp(b []byte, length int) {
	p.pending("arp")
}
