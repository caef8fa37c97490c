package printer

func (p *Printer) calmFast(b []byte, length int, src linkAddr) {
	p.pending("calmfast")
}
