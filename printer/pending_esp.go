package printer

func (p *Printer) esp(b []byte, length int, ip ipHeader) {
	p.pending("esp")
}
