package printer

func (p *Printer) dccp(b []byte, length int, ip ipHeader) {
	p.pending("dccp")
}
