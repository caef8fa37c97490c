package printer

func (p *Printer) eapol(b []byte) {
	p.pending("eap")
}

func (p *Printer) eap(b []byte, length int) {
	p.pending("eap")
}
