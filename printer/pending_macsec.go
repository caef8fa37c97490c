package printer

func (p *Printer) macsec(b []byte, length int) (rest []byte, restLength, headerLen int, result int) {
	p.pending("macsec")
	return
}
