package printer

func (p *Printer) nbtNameService(b []byte, length int) {
	p.pending("smb")
}

func (p *Printer) nbtDatagram(b []byte, length int) {
	p.pending("smb")
}

func (p *Printer) nbtSession(b []byte, length int) {
	p.pending("smb")
}

func (p *Printer) smbTCP(b []byte, length int) {
	p.pending("smb")
}

func (p *Printer) netbeui(control uint16, b []byte, length int) {
	p.pending("smb")
}

func (p *Printer) ipxNetBIOS(b []byte, length int) {
	p.pending("smb")
}
