package printer

func (p *Printer) syslog(b []byte, length int) {
	p.pending("syslog")
}
