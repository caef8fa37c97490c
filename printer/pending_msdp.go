package printer

func (p *Printer) msdp(b []byte, length int) {
	p.pending("msdp")
}
