package printer

func (p *Printer) nflogLink(b []byte, length int) {
	p.pending("nflog")
}
