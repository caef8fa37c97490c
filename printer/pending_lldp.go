package printer

func (p *Printer) lldp(b []byte, length int) {
	p.pending("lldp")
}
