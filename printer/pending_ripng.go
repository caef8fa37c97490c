package printer

func (p *Printer) ripng(b []byte, length int) {
	p.pending("ripng")
}
