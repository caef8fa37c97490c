package printer

func (p *Printer) wlanLink(b []byte, length int) {
	p.pending("wlan")
}

func (p *Printer) wlanRadiotapLink(b []byte, length int) {
	p.pending("wlan")
}

func (p *Printer) wlanAVSLink(b []byte, length int) {
	p.pending("wlan")
}

func (p *Printer) wlanPrismLink(b []byte, length int) {
	p.pending("wlan")
}

func (p *Printer) wlanRadiotap(b []byte, length int) int {
	p.pending("wlan")
	return 0
}
