// bcmli.go: Broadcom's Lawful Intercept shim.

package printer

const bcmliShimLen = 4

const (
	bcmliUndecided = 4
	bcmliIPv4      = 5
	bcmliIPv6      = 6
	bcmliEthernet  = 7
)

var bcmliDirections = []tok{{1, "unused"}, {2, "egress"}, {3, "ingress"}}

var bcmliTypes = []tok{
	{bcmliUndecided, "undecided"},
	{bcmliIPv4, "ipv4"},
	{bcmliIPv6, "ipv6"},
	{bcmliEthernet, "ethernet"},
}

var bcmliSubtypes = []tok{{1, "single VLAN tag"}, {2, "double VLAN tag"}, {3, "untagged"}}

// bcmLI prints the shim and, with -v, the intercepted packet.
func (p *Printer) bcmLI(b []byte, length int) {
	p.proto = "bcm_li"
	if length < bcmliShimLen {
		p.printf(" (length %d < %d)", length, bcmliShimLen)
		p.invalid()
		return
	}
	shim := u32(b, 0)
	kind := shim >> 25 & 0xf
	indent := ""
	if p.vflag > 0 {
		indent = "\n    "
	}
	p.printf("%sBCM-LI-SHIM: direction %s, pkt-type %s, pkt-subtype %s, li-id %d%s", indent,
		tokStr(bcmliDirections, "unknown", shim>>29), tokStr(bcmliTypes, "unknown", kind),
		tokStr(bcmliSubtypes, "unknown", shim>>22&0x7), shim&0x3fffff, indent)
	b, length = b[bcmliShimLen:], length-bcmliShimLen
	if p.vflag == 0 {
		need(b, 0, length)
		return
	}
	if kind == bcmliUndecided {
		switch u8(b, 0) >> 4 {
		case 4:
			kind = bcmliIPv4
		case 6:
			kind = bcmliIPv6
		default:
			p.str("unknown payload")
			return
		}
	}
	switch kind {
	case bcmliEthernet:
		p.ether(b, length)
	case bcmliIPv4:
		p.ip4(b, length)
	case bcmliIPv6:
		p.ip6(b, length)
	default:
		p.invalid()
	}
}
