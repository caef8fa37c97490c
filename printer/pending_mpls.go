package printer

func (p *Printer) mpls(b []byte, length int) {
	p.pending("mpls")
}
