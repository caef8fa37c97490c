package printer

func (p *Printer) mptcp(b []byte, length int, tcpFlags uint8) bool {
	p.pending("mptcp")
	return true
}
