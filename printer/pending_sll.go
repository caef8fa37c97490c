package printer

func (p *Printer) sllLink(b []byte, length int) {
	p.pending("sll")
}

func (p *Printer) sll2Link(b []byte, length int) {
	p.pending("sll")
}
