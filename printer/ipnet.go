// ipnet.go: Solaris ipnet(4D), the IP observability devices.

package printer

const (
	ipnetHeaderLen = 24
	ipnetIPv4      = 2
	ipnetIPv6      = 26
)

var ipnetFamilies = []tok{
	{ipnetIPv4, "IPv4"},
	{ipnetIPv6, "IPv6"},
}

func (p *Printer) ipnetLink(b []byte, length int) {
	p.proto = "ipnet"
	need(b, 0, ipnetHeaderLen)
	p.llHdrLen += ipnetHeaderLen
	if p.eflag {
		p.ipnetHeader(b, length)
	}
	payload, inner := b[ipnetHeaderLen:], length-ipnetHeaderLen
	switch b[1] {
	case ipnetIPv4:
		p.ip4(payload, inner)
	case ipnetIPv6:
		p.ip6(payload, inner)
	default:
		if !p.eflag {
			p.ipnetHeader(b, length)
		}
		p.defaultDump(payload, len(payload))
	}
}

// ipnetHeader prints the zones at both ends and the address family.
func (p *Printer) ipnetHeader(b []byte, length int) {
	p.printf("%d > %d", u32(b, 16), u32(b, 20))
	if family := b[1]; p.qflag == 0 {
		p.printf(", family %s (%d)", tokStr(ipnetFamilies, "Unknown", family), family)
	} else {
		p.printf(", %s", tokStr(ipnetFamilies, "Unknown Ethertype (0x%04x)", family))
	}
	p.printf(", length %d: ", uint32(length))
}
