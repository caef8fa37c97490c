package printer

func (p *Printer) slow(b []byte, length int) {
	p.pending("slow")
}
