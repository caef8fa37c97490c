package printer

func (p *Printer) cnfp(b []byte) {
	p.pending("cnfp")
}
