package printer

func (p *Printer) dhcp6(b []byte, length int) {
	p.pending("dhcp6")
}
