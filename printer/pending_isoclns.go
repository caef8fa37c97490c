package printer

func (p *Printer) isoclns(b []byte, length int) {
	p.pending("isoclns")
}
