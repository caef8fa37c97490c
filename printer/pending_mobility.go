package printer

func (p *Printer) mobility(b []byte, ip ipHeader) int {
	p.pending("mobility")
	return 0
}
