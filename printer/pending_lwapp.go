package printer

func (p *Printer) lwappControl(b []byte, length int, hasAPHeader bool) {
	p.pending("lwapp")
}

func (p *Printer) lwappData(b []byte, length int) {
	p.pending("lwapp")
}
