package printer

func (p *Printer) zephyr(b []byte, length int) {
	p.pending("zephyr")
}
