package printer

func (p *Printer) ah(b []byte) int {
	p.pending("ah")
	return 0
}
