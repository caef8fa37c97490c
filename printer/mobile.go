// mobile.go: Minimal Encapsulation within IP (RFC 2004), as Mobile IP uses it.

package printer

import "github.com/tapdump/tapdump/versions"

var mobileShort = versions.Since(versions.V5_0, "Mobile IP", "a header that is too short: `[\\|mobile]`", "`mobile:  [length 7 < 8] (invalid)`, and the name in front of `[\\|mobile]`")

const mobileSourcePresent = 0x80

// mobile prints the forwarding header; the payload is left alone.
func (p *Printer) mobile(b []byte, length int) {
	p.proto = "mobile"
	if p.follows(mobileShort) {
		p.str("mobile: ")
		if p.lacks("length", length, 8) {
			return
		}
		need(b, 0, 12)
	} else {
		if length < 8 || !has(b, 0, 12) {
			p.truncMark()
			return
		}
		p.str("mobile: ")
	}
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
