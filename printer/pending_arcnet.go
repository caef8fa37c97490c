package printer

func (p *Printer) arcnetLink(b []byte, length int) {
	p.pending("arcnet")
}

func (p *Printer) arcnetLinuxLink(b []byte, length int) {
	p.pending("arcnet")
}
