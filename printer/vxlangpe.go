// vxlangpe.go: Generic Protocol Extension for VXLAN (draft-ietf-nvo3-vxlan-gpe).

package printer

const vxlanGPEHeaderLen = 8

var vxlanGPEFlags = []tok{
	{0x08, "I"},
	{0x04, "P"},
	{0x02, "B"},
	{0x01, "O"},
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
	p.printf("flags [%s], ", bitStrSep(vxlanGPEFlags, "none", "", u8(b, 0)))
	need(b, 0, vxlanGPEHeaderLen)
	p.printf("vni %d", u24(b, 4))
	if p.vflag > 0 {
		p.str("\n    ")
	} else {
		p.str(": ")
	}
	next := b[3]
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
