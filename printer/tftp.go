// tftp.go: Trivial File Transfer Protocol (RFC 1350, options RFC 2347).

package printer

const (
	tftpRead      = 1
	tftpWrite     = 2
	tftpData      = 3
	tftpAck       = 4
	tftpError     = 5
	tftpOptionAck = 6
)

var tftpOpcodes = []tok{
	{tftpRead, "RRQ"},
	{tftpWrite, "WRQ"},
	{tftpData, "DATA"},
	{tftpAck, "ACK"},
	{tftpError, "ERROR"},
	{tftpOptionAck, "OACK"},
}

var tftpErrors = []tok{
	{0, "EUNDEF"},
	{1, "ENOTFOUND"},
	{2, "EACCESS"},
	{3, "ENOSPACE"},
	{4, "EBADOP"},
	{5, "EBADID"},
	{6, "EEXISTS"},
	{7, "ENOUSER"},
}

func (p *Printer) tftp(b []byte, length int) {
	p.proto = "tftp"
	p.printf("TFTP, length %d", length)
	if length < 2 {
		p.truncMark()
		return
	}
	opcode := u16(b, 0)
	p.printf(", %s", tokStr(tftpOpcodes, "tftp-#%d", opcode))
	if !p.tftpBody(b[2:], length-2, opcode) {
		p.truncMark()
	}
}

// tftpBody prints what follows the opcode and reports whether it was whole.
func (p *Printer) tftpBody(b []byte, length int, opcode uint16) bool {
	switch opcode {
	case tftpRead, tftpWrite:
		return p.tftpRequest(b, length)
	case tftpOptionAck:
		return p.tftpOptions(b, 0, length)
	case tftpData, tftpAck:
		if length < 2 {
			return false
		}
		p.printf(" block %d", u16(b, 0))
	case tftpError:
		if length < 2 {
			return false
		}
		p.printf(" %s", tokStr(tftpErrors, "tftp-err-#%d \"", u16(b, 0)))
		if length == 2 {
			return false
		}
		p.str(" \"")
		n := p.safeZ(b[2:], length-2)
		p.char('"')
		return n > 0
	}
	return true
}

// tftpRequest prints file name, mode and options.
func (p *Printer) tftpRequest(b []byte, length int) bool {
	if length == 0 {
		return false
	}
	p.str(" \"")
	name := p.safeZ(b, length)
	p.char('"')
	if name == 0 || name == length {
		return false
	}
	p.char(' ')
	mode := p.safeZ(b[name:], length-name)
	return mode > 0 && p.tftpOptions(b, name+mode, length)
}

// tftpOptions prints the names and values of options from b[i] on.
func (p *Printer) tftpOptions(b []byte, i, length int) bool {
	for i < length {
		if u8(b, i) != 0 {
			p.char(' ')
		}
		n := p.safeZ(b[i:], length-i)
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}
