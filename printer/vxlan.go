// vxlan.go: VXLAN (RFC 7348).

package printer

const vxlanHeaderLen = 8

var vxlanFlags = []tok{{0x08, "I"}}

func (p *Printer) vxlan(b []byte, length int) {
	p.proto = "vxlan"
	p.str("VXLAN")
	if uint32(length) < vxlanHeaderLen {
		p.invalid()
		return
	}
	flags := u8(b, 0)
	p.printf(", flags [%s] (0x%02x), ", bitStrSep(vxlanFlags, "invalid", "", flags), flags)
	p.printf("vni %d\n", u24(b, 4))
	need(b, 0, vxlanHeaderLen)
	p.ether(b[vxlanHeaderLen:], length-vxlanHeaderLen)
}
