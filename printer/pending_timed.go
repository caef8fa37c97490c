package printer

func (p *Printer) timed(b []byte) {
	p.pending("timed")
}
