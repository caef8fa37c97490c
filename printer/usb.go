// usb.go: USB requests as Linux's usbmon captures them (Linux
// Documentation/usb/usbmon.rst), with headers of 48 and of 64 bytes.

package printer

const (
	usbHeaderLen       = 48
	usbMmappedLen      = 64
	usbInterrupt       = 1
	usbEndpointAddress = 0x7f
)

var usbTransfers = []tok{
	{0, "ISOCHRONOUS"},
	{usbInterrupt, "INTERRUPT"},
	{2, "CONTROL"},
	{3, "BULK"},
}

func (p *Printer) usbLink(b []byte, length int) {
	p.proto = "usb_linux_48_byte"
	need(b, 0, usbHeaderLen)
	p.llHdrLen += usbHeaderLen
	p.usbHeader(b)
}

func (p *Printer) usbMmappedLink(b []byte, length int) {
	p.proto = "usb_linux_64_byte"
	need(b, 0, usbMmappedLen)
	p.llHdrLen += usbMmappedLen
	p.usbHeader(b)
}

func (p *Printer) usbHeader(b []byte) {
	p.proto = "usb"
	p.str("USB")
	if p.qflag > 0 {
		return
	}
	event, transfer := b[8], b[9]
	p.printf(" %s", tokStr(usbTransfers, " ?", transfer))
	// interrupt transfers are asked for by the device
	ask, answer := " to", " from"
	if transfer == usbInterrupt {
		ask, answer = answer, ask
	} else if tokName(usbTransfers, uint32(transfer)) == "" {
		ask, answer = "", ""
	}
	switch event {
	case 'S':
		p.printf(" SUBMIT%s", ask)
	case 'C':
		p.printf(" COMPLETE%s", answer)
	case 'E':
		p.printf(" ERROR%s", answer)
	default:
		p.str(" ?")
	}
	// the bus is in the order of the capturing host
	p.printf(" %d:%d:%d", le16(b, 12), b[11], b[10]&usbEndpointAddress)
}
