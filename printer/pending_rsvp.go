package printer

func (p *Printer) rsvp(b []byte, length int) {
	p.pending("rsvp")
}
