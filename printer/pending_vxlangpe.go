package printer

func (p *Printer) vxlanGPE(b []byte, length int) {
	p.pending("vxlangpe")
}
