// ftp.go: File Transfer Protocol (RFC 959).

package printer

func (p *Printer) ftp(b []byte, length int) {
	p.proto = "ftp"
	p.textProtocol(b, length, nil, false)
}
