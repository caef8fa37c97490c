package printer

func (p *Printer) sunrpc(b []byte, length int, ip ipHeader) {
	p.pending("sunrpc")
}
