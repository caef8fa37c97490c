package printer

func (p *Printer) domain(b []byte, length int, mode domainMode) {
	p.pending("domain")
}

type domainMode uint8

const (
	domainUDP domainMode = iota
	domainTCP
	domainMulticast
)
