package printer

func (p *Printer) bfd(b []byte, length int, port uint16) {
	p.pending("bfd")
}
