// whois.go: WHOIS (RFC 3912).

package printer

func (p *Printer) whois(b []byte, length int) {
	p.proto = "whois"
	p.textProtocol(b, length, nil, false)
}
