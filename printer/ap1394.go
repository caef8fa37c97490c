// ap1394.go: IP over IEEE 1394 (RFC 2734) as Apple captures it: two EUI-64s and
// an EtherType.

package printer

const (
	ap1394HeaderLen = 18
	ap1394AddrLen   = 8
	ap1394Type      = 16
)

func (p *Printer) ap1394Link(b []byte, length int) {
	p.proto = "ap1394"
	need(b, 0, ap1394HeaderLen)
	p.llHdrLen += ap1394HeaderLen
	if p.eflag {
		p.ap1394Header(b, length)
	}
	payload := b[ap1394HeaderLen:]
	src, dst := ap1394Addresses(b)
	if !p.etherType(u16(b, ap1394Type), payload, length-ap1394HeaderLen, src, dst) {
		if !p.eflag {
			p.ap1394Header(b, length)
		}
		p.defaultDump(payload, len(payload))
	}
}

func ap1394Addresses(b []byte) (src, dst linkAddr) {
	return linkAddrAt(linkAddrOther, b, ap1394AddrLen, ap1394AddrLen), linkAddrAt(linkAddrOther, b, 0, ap1394AddrLen)
}

func (p *Printer) ap1394Header(b []byte, length int) {
	src, dst := ap1394Addresses(b)
	p.printf("%s > %s, ", src, dst)
	p.etherTypeName(u16(b, ap1394Type))
	p.etherLength(length)
}
