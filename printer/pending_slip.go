package printer

func (p *Printer) slipLink(b []byte, length int) {
	p.pending("slip")
}

func (p *Printer) slipBSDOSLink(b []byte, length int) {
	p.pending("slip")
}
