package printer

func (p *Printer) nsh(b []byte, length int) {
	p.pending("nsh")
}
