package printer

func (p *Printer) encLink(b []byte, length int) {
	p.pending("enc")
}
