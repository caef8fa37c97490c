package printer

func (p *Printer) pppLink(b []byte, length int) {
	p.pending("ppp")
}

func (p *Printer) pppHDLCLink(b []byte, length int) {
	p.pending("ppp")
}

func (p *Printer) pppBSDOSLink(b []byte, length int) {
	p.pending("ppp")
}

func (p *Printer) ppp(b []byte, length int) int {
	p.pending("ppp")
	return 0
}
