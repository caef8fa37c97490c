package printer

func (p *Printer) mobile(b []byte, length int) {
	p.pending("mobile")
}
