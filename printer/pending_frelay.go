package printer

func (p *Printer) frelayLink(b []byte, length int) {
	p.pending("frelay")
}

func (p *Printer) frelay(b []byte, length int) int {
	p.pending("frelay")
	return 0
}

func (p *Printer) mfrLink(b []byte, length int) {
	p.pending("frelay")
}

func (p *Printer) mfr(b []byte, length int) int {
	p.pending("frelay")
	return 0
}

func (p *Printer) q933(b []byte, length int) {
	p.pending("frelay")
}

func (p *Printer) q922Address(b []byte) {
	p.pending("frelay")
}
