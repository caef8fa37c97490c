package printer

func (p *Printer) pflogLink(b []byte, length int) {
	p.pending("pflog")
}
