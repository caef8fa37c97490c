package printer

func (p *Printer) usbLink(b []byte, length int) {
	p.pending("usb")
}

func (p *Printer) usbMmappedLink(b []byte, length int) {
	p.pending("usb")
}
