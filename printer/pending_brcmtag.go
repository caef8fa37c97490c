package printer

func (p *Printer) brcmTagLink(b []byte, length int) {
	p.pending("brcmtag")
}

func (p *Printer) brcmTagPrependLink(b []byte, length int) {
	p.pending("brcmtag")
}
