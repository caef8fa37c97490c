package printer

func (p *Printer) vxlan(b []byte, length int) {
	p.pending("vxlan")
}
