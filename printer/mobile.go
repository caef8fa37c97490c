// mobile.go: Minimal Encapsulation within IP (RFC 2004), as Mobile IP uses it.

package printer

const mobileSourcePresent = 0x80

// mobile prints the forwarding header; the payload is left alone.
func (p *Printer) mobile(b []byte, length int) {
	p.proto = "mobile"
	if length < 8 || !has(b, 0, 12) {
		p.truncMark()
		return
	}
	p.str("mobile: ")
	headerLen := 8
	if u8(b, 1)&mobileSourcePresent != 0 {
		headerLen = 12
		p.str("[S] ")
		if p.vflag > 0 {
			p.printf("%s ", ip4At(b, 8))
		}
	} else {
		p.str("[] ")
	}
	if p.vflag > 0 {
		p.printf("> %s ", ip4At(b, 4))
		p.printf("(oproto=%d)", u8(b, 0))
	}
	if checksum(b[:headerLen]) != 0 {
		p.printf(" (bad checksum %d)", u16(b, 2))
	}
}
