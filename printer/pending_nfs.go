package printer

func (p *Printer) nfsOverTCP(b []byte, length int, sport, dport uint16, ip ipHeader) {
	p.pending("nfs")
}

func (p *Printer) nfsRequest(b []byte, length int, ip ipHeader) {
	p.pending("nfs")
}

func (p *Printer) nfsReply(b []byte, length int, ip ipHeader) {
	p.pending("nfs")
}

func (p *Printer) nfsReplyWithAddresses(b []byte, length int, ip ipHeader) {
	p.pending("nfs")
}
