package printer

func (p *Printer) wpanLink(b []byte, length int) {
	p.pending("wpan")
}

func (p *Printer) wpanTapLink(b []byte, length int) {
	p.pending("wpan")
}

func (p *Printer) wpan(b []byte, length int) int {
	p.pending("wpan")
	return 0
}
