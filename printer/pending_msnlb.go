package printer

func (p *Printer) msnlb(b []byte) {
	p.pending("msnlb")
}
