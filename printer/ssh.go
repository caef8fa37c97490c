// ssh.go: Secure Shell: the identification string (RFC 4253 section 4.2).

package printer

// ssh prints the first line when it identifies the protocol version, and nothing
// of the binary packets that follow.
func (p *Printer) ssh(b []byte, length int) {
	p.proto = "ssh"
	const prefix = "SSH-"
	for i := range prefix {
		if u8(b, i) != prefix[i] {
			return
		}
	}
	for i := len(prefix); i < length; i++ {
		switch c := u8(b, i); {
		case c == '\n', c == '\r' && i+1 < length && u8(b, i+1) == '\n':
			p.str(": SSH: ")
			p.bytes(b[:i])
			return
		case c < 0x20 || c > 0x7e:
			return
		}
	}
}
