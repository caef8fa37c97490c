package printer

func (p *Printer) l2tp(b []byte, length int) {
	p.pending("l2tp")
}
