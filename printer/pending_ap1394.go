package printer

func (p *Printer) ap1394Link(b []byte, length int) {
	p.pending("ap1394")
}
