package printer

func (p *Printer) igrp(b []byte, length int) {
	p.pending("igrp")
}
