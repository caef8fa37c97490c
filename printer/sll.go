// sll.go: Linux "cooked" captures (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of
// the tcpdump.org registry).

package printer

const (
	sllHeaderLen  = 16
	sll2HeaderLen = 20

	// Protocols that are not EtherTypes (Linux if_ether.h).
	sllIPX = 1
	sllLLC = 4

	sllRadiotap = 803 // link-layer type (Linux if_arp.h)
)

// sllTypes say where a packet came from or went to.
var sllTypes = []tok{
	{0, "In"},
	{1, "B"},
	{2, "M"},
	{3, "P"},
	{4, "Out"},
}

// sllFrame is what the headers of both versions say.
type sllFrame struct {
	name      string // of the protocol
	headerLen int
	version2  bool
	direction uint16
	ifindex   uint32
	linkType  uint16
	protocol  uint16
	addr      linkAddr // of six bytes, or none
}

func (p *Printer) sllLink(b []byte, length int) {
	p.proto = "sll"
	need(b, 0, sllHeaderLen)
	f := sllFrame{
		name: "sll", headerLen: sllHeaderLen,
		direction: u16(b, 0), linkType: u16(b, 2), protocol: u16(b, 14),
	}
	if u16(b, 4) == etherAddrLen {
		f.addr = linkAddrAt(linkAddrEther, b, 6, etherAddrLen)
	}
	if p.eflag {
		p.sllHeader(&f, length)
	}
	p.sllPayload(&f, b[sllHeaderLen:], length)
}

func (p *Printer) sll2Link(b []byte, length int) {
	p.proto = "sll2"
	need(b, 0, sll2HeaderLen)
	f := sllFrame{
		name: "sll2", headerLen: sll2HeaderLen, version2: true,
		direction: uint16(b[10]), ifindex: u32(b, 4), linkType: u16(b, 8), protocol: u16(b, 0),
	}
	if b[11] == etherAddrLen {
		f.addr = linkAddrAt(linkAddrEther, b, 12, etherAddrLen)
	}
	start := len(p.out)
	p.printf("%-5s %-3s ", p.sllInterface(f.ifindex), tokStr(sllTypes, "?", f.direction))
	p.mark(PartInterface, start)
	if p.eflag {
		p.sllHeader(&f, length)
	}
	p.sllPayload(&f, b[sll2HeaderLen:], length)
}

// sllHeader appends the header as -e shows it; length is that of the whole
// packet.
func (p *Printer) sllHeader(f *sllFrame, length int) {
	p.proto = f.name
	if f.version2 {
		p.printf("ifindex %d ", f.ifindex)
	} else {
		start := len(p.out)
		p.printf("%3s ", tokStr(sllTypes, "?", f.direction))
		p.mark(PartInterface, start)
	}
	if f.addr.isSet() {
		p.printf("%s ", f.addr)
	}
	if p.qflag > 0 {
		return
	}
	switch {
	case f.protocol == sllIPX:
		p.str("802.3")
	case f.protocol == sllLLC:
		p.str("802.2")
	case f.protocol <= etherMaxLength:
		p.printf("ethertype Unknown (0x%04x)", f.protocol)
	default:
		p.etherTypeName(f.protocol)
	}
	p.etherLength(length)
}

// sllPayload prints what follows the header.
func (p *Printer) sllPayload(f *sllFrame, b []byte, length int) {
	n := f.headerLen
	length -= n
	if f.linkType == sllRadiotap {
		p.llHdrLen += n
		p.llHdrLen += p.wlanRadiotap(b, length)
		return
	}
	protocol := f.protocol
	for protocol == etherVLAN {
		if len(b) < etherTagLen {
			p.proto = "vlan"
			p.truncMark()
			p.llHdrLen += n + len(b)
			return
		}
		if p.eflag {
			p.vlanTag(u16(b, 0))
			p.str(", ")
		}
		if protocol = u16(b, 2); protocol <= etherMaxLength {
			protocol = sllLLC
		}
		if p.qflag == 0 {
			p.printf("ethertype %s, ", tokStr(etherTypeNames, "Unknown", protocol))
		}
		b, length, n = b[etherTagLen:], length-etherTagLen, n+etherTagLen
	}
	switch {
	case protocol == sllIPX:
		p.ipx(b, length)
	case protocol == sllLLC:
		if header := p.llc(b, length, linkAddr{}, linkAddr{}); header >= 0 {
			n += header
		} else {
			p.defaultDump(b, len(b))
		}
	case protocol <= etherMaxLength:
		p.defaultDump(b, len(b))
	case !p.etherType(protocol, b, length, linkAddr{}, linkAddr{}):
		if !p.eflag {
			p.sllHeader(f, length+f.headerLen)
		}
		p.defaultDump(b, len(b))
	}
	p.llHdrLen += n
}

// sllInterface is the name of an interface: what the source of the packet calls
// it, or else what the host that reads does.
func (p *Printer) sllInterface(index uint32) string {
	if name := p.sourceInterface(p.pkt); name != "" && name != sllAny {
		return name
	}
	return p.sllInterfaceName(index)
}

// sllAny is the name of all interfaces together.
const sllAny = "any"

// sllInterfaces remembers the names of the reading host's interfaces, the last
// ones asked for.
type sllInterfaces struct {
	known [16]struct {
		index uint32
		name  string
	}
	next int
}

// sllInterfaceName is the name of an interface of the host that reads, or "?".
func (p *Printer) sllInterfaceName(index uint32) string {
	s := &p.conv.sllInterfaces
	for i := range s.known {
		if k := &s.known[i]; k.index == index && k.name != "" {
			return k.name
		}
	}
	name := p.opts.InterfaceName(index)
	if name == "" {
		name = "?"
	}
	k := &s.known[s.next]
	k.index, k.name = index, name
	s.next = (s.next + 1) % len(s.known)
	return name
}
