package printer

func (p *Printer) symantecLink(b []byte, length int) {
	p.pending("symantec")
}
