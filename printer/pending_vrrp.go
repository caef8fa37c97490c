package printer

func (p *Printer) vrrp(b []byte, length int, ip ipHeader) {
	p.pending("vrrp")
}
