package printer

func (p *Printer) krb(b []byte) {
	p.pending("krb")
}
