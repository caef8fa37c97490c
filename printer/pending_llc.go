package printer

func (p *Printer) llc(b []byte, length int, src, dst linkAddr) int {
	p.pending("llc")
	return 0
}

func (p *Printer) snap(b []byte, length int, src, dst linkAddr, bridgePad int) bool {
	p.pending("llc")
	return true
}
