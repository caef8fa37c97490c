// smtp.go: Simple Mail Transfer Protocol (RFC 5321).

package printer

func (p *Printer) smtp(b []byte, length int) {
	p.proto = "smtp"
	p.textProtocol(b, length, nil, false)
}
