package printer

func (p *Printer) ftp(b []byte, length int) {
	p.pending("ftp")
}
