package printer

func (p *Printer) ltalkLink(b []byte, length int) {
	p.pending("atalk")
}

func (p *Printer) atalk(b []byte, length int) {
	p.pending("atalk")
}

func (p *Printer) aarp(b []byte, length int) {
	p.pending("atalk")
}

func (p *Printer) llap(b []byte, length int) int {
	p.pending("atalk")
	return 0
}
