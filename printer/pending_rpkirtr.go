package printer

func (p *Printer) rpkiRTR(b []byte, length int) {
	p.pending("rpkirtr")
}
