package printer

func (p *Printer) tcp(b []byte, length int, ip ipHeader) {
	p.pending("tcp")
}

type tcpConversations struct{}
