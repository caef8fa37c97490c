package printer

func (p *Printer) arista(b []byte, length int) int {
	p.pending("arista")
	return 0
}
