package printer

func (p *Printer) dvmrp(b []byte, length int) {
	p.pending("dvmrp")
}
