package printer

func (p *Printer) rtsp(b []byte, length int) {
	p.pending("rtsp")
}
