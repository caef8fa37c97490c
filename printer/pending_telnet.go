package printer

func (p *Printer) telnet(b []byte, length int) {
	p.pending("telnet")
}
