package printer

func (p *Printer) realtek(b []byte, length int, src, dst linkAddr) {
	p.pending("realtek")
}
