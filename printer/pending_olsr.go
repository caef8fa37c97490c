package printer

func (p *Printer) olsr(b []byte, length int, ip6 bool) {
	p.pending("olsr")
}
