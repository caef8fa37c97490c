package printer

func (p *Printer) tipc(b []byte, length int) {
	p.pending("tipc")
}
