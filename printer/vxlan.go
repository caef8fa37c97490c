// vxlan.go: VXLAN (RFC 7348).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	vxlanLength = versions.Since(versions.V5_0, "VXLAN", "`VXLAN (invalid)` where there is less than a header", "`VXLAN [length 4 < 8] (invalid)`")
	vxlanNoVNI  = versions.Since(versions.V5_0, "VXLAN", "`vni` also without the I flag", "`ERROR: I flag not set` then")
)

const (
	vxlanHeaderLen = 8
	vxlanHasVNI    = 0x08
)

var vxlanFlags = []tok{{vxlanHasVNI, "I"}}

func (p *Printer) vxlan(b []byte, length int) {
	p.proto = "vxlan"
	p.str("VXLAN")
	if uint32(length) < vxlanHeaderLen {
		p.wrongSince(vxlanLength, "length", length, "<", vxlanHeaderLen)
		p.invalid()
		return
	}
	flags := u8(b, 0)
	p.printf(", flags [%s] (0x%02x), ", bitStrSep(vxlanFlags, "invalid", "", flags), flags)
	if flags&vxlanHasVNI == 0 && p.follows(vxlanNoVNI) {
		p.str("ERROR: I flag not set\n")
	} else {
		p.printf("vni %d\n", u24(b, 4))
	}
	need(b, 0, vxlanHeaderLen)
	p.ether(b[vxlanHeaderLen:], length-vxlanHeaderLen)
}
