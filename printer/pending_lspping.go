package printer

func (p *Printer) lspping(b []byte, length int) {
	p.pending("lspping")
}
