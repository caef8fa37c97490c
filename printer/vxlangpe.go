// vxlangpe.go: Generic Protocol Extension for VXLAN (draft-ietf-nvo3-vxlan-gpe).

package printer

import "github.com/tapdump/tapdump/versions"

var vxlanGPEFlagged = versions.Since(versions.V5_0, "VXLAN-GPE",
	"version and flags change nothing", "`unknown version`; Ethernet without the P flag, `ERROR: I flag not set`, `BUM`, and `OAM` in the place of the payload")

const (
	vxlanGPEHeaderLen = 8

	vxlanGPEHasVNI  = 0x08
	vxlanGPEHasNext = 0x04
	vxlanGPEBUM     = 0x02 // broadcast, unknown unicast or multicast
	vxlanGPEOAM     = 0x01
)

var vxlanGPEFlags = []tok{
	{vxlanGPEHasVNI, "I"},
	{vxlanGPEHasNext, "P"},
	{vxlanGPEBUM, "B"},
	{vxlanGPEOAM, "O"},
}

// Next protocols.
const (
	vxlanGPEIPv4     = 1
	vxlanGPEIPv6     = 2
	vxlanGPEEthernet = 3
	vxlanGPENSH      = 4
)

func (p *Printer) vxlanGPE(b []byte, length int) {
	p.proto = "vxlan_gpe"
	p.str("VXLAN-GPE, ")
	if uint32(length) < vxlanGPEHeaderLen {
		p.printf(" (len %d < %d)", uint32(length), vxlanGPEHeaderLen)
		p.invalid()
		return
	}
	next, ok := p.vxlanGPEHeader(b, length)
	if !ok {
		return
	}
	if p.vflag > 0 {
		p.str("\n    ")
	} else {
		p.str(": ")
	}
	b, length = b[vxlanGPEHeaderLen:], length-vxlanGPEHeaderLen
	switch next {
	case vxlanGPEIPv4:
		p.ip4(b, length)
	case vxlanGPEIPv6:
		p.ip6(b, length)
	case vxlanGPEEthernet:
		p.ether(b, length)
	case vxlanGPENSH:
		p.nsh(b, length)
	default:
		p.str("ERROR: unknown-next-protocol")
		p.invalid()
	}
}

// vxlanGPEHeader prints the header and returns the next protocol, or false where
// none is to be printed.
func (p *Printer) vxlanGPEHeader(b []byte, length int) (next uint8, ok bool) {
	flags := u8(b, 0)
	isChecked := p.follows(vxlanGPEFlagged)
	if version := flags >> 4 & 3; isChecked && version != 0 {
		p.printf("unknown version %d", version)
		p.invalid()
		return 0, false
	}
	p.printf("flags [%s], ", bitStrSep(vxlanGPEFlags, "none", "", flags))
	if !isChecked {
		need(b, 0, vxlanGPEHeaderLen)
		p.printf("vni %d", u24(b, 4))
		return b[3], true
	}
	next = vxlanGPEEthernet
	if flags&vxlanGPEHasNext != 0 {
		next = u8(b, 3)
	}
	if flags&vxlanGPEHasVNI != 0 {
		p.printf("vni %d", u24(b, 4))
	} else {
		p.str("ERROR: I flag not set")
	}
	if flags&vxlanGPEBUM != 0 {
		p.str(", BUM")
	}
	if flags&vxlanGPEOAM != 0 {
		// the length counts the header's last byte, which is reserved
		p.printf(", OAM (proto 0x%x, len %d)", next, uint32(length-vxlanGPEHeaderLen+1))
		return 0, false
	}
	need(b, 0, vxlanGPEHeaderLen)
	return next, true
}
