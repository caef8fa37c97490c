package printer

func (p *Printer) ssh(b []byte, length int) {
	p.pending("ssh")
}
