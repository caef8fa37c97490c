package printer

func (p *Printer) zmtp1(b []byte, length int) {
	p.pending("zeromq")
}

func (p *Printer) zmtp1Datagram(b []byte, length int) {
	p.pending("zeromq")
}
