package printer

func (p *Printer) babel(b []byte, length int) {
	p.pending("babel")
}
