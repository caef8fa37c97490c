package printer

func (p *Printer) vsockLink(b []byte, length int) {
	p.pending("vsock")
}
