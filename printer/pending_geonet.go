package printer

func (p *Printer) geonet(b []byte, length int, src linkAddr) {
	p.pending("geonet")
}
