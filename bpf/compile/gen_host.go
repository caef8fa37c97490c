package compile

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// address is the predicate of an address under its qualifiers.
func (g *generator) address(t *syntax.Term) *pred {
	switch t.Kind {
	case syntax.AddressNumber:
		return g.number(t, t.Num, 32)
	case syntax.AddressName:
		return g.name(t)
	case syntax.AddressMAC:
		return g.mac(t)
	case syntax.AddressARCnet:
		return g.arcnet(t)
	case syntax.AddressIPv6, syntax.AddressIPv6Prefix:
		return g.ip6Address(t)
	}
	return g.ip4Address(t)
}

// misplaced refuses an IP address where a port or a protocol must stand; what
// is how the address is written.
func (g *generator) misplaced(typ syntax.AddressType, what string) {
	switch typ {
	case syntax.TypePort, syntax.TypePortRange, syntax.TypeProto, syntax.TypeProtochain:
		g.fail("'%s' modifier applied to %s", typ, what)
	}
}

func (g *generator) ip4Address(t *syntax.Term) *pred {
	switch t.Kind {
	case syntax.AddressIPv4:
		g.misplaced(t.Qual.Typ, "IP address")
		if t.Qual.Proto == syntax.QualDECnet {
			return g.number(t, decnetAddress(t.Text), 32)
		}
		n, bits := g.ip4(t.Text)
		return g.number(t, n, bits)
	case syntax.AddressIPv4Prefix:
		g.misplaced(t.Qual.Typ, "IP address and prefix length")
	case syntax.AddressIPv4Mask:
		g.misplaced(t.Qual.Typ, "IP address and netmask")
	}
	n, bits := g.ip4(t.Text)
	n <<= 32 - bits
	var mask uint32
	if t.Kind == syntax.AddressIPv4Mask {
		m, bits := g.ip4(t.Mask)
		mask = m << (32 - bits)
		if n&^mask != 0 {
			g.fail("non-network bits set in \"%s mask %s\"", t.Text, t.Mask)
		}
	} else {
		if t.Num > 32 {
			g.fail("mask length must be <= 32")
		}
		mask = uint32(0xffffffff << (32 - t.Num))
		if n&^mask != 0 {
			g.fail("non-network bits set in \"%s/%d\"", t.Text, t.Num)
		}
	}
	if t.Qual.Typ != syntax.TypeNet {
		g.fail("Mask syntax for networks only")
	}
	return g.host4(n, mask, t.Qual.Proto, t.Qual)
}

// ip4 reads one to four decimal numbers with dots between them, and counts
// their bits.
func (g *generator) ip4(s string) (n uint32, bits int) {
	for part := range strings.SplitSeq(s, ".") {
		v := 0
		for _, c := range part {
			if v > 25 {
				g.fail("invalid IPv4 address '%s'", s)
			}
			v = v*10 + int(c) - '0'
		}
		if v < 0 || v > 255 {
			g.fail("invalid IPv4 address '%s'", s)
		}
		n = n<<8 | uint32(v)
		bits += 8
	}
	return n, bits
}

// decnetAddress reads AREA.NODE, of which 6 and 10 bits count.
func decnetAddress(s string) uint32 {
	area, node, _ := strings.Cut(s, ".")
	number := func(s string) (n uint32) {
		for i := 0; i < len(s) && syntax.IsDigit(s[i]); i++ {
			n = n*10 + uint32(s[i]-'0')
		}
		return n
	}
	return number(area)<<10&0xfc00 | number(node)&0x3ff
}

// number is the predicate of an address that is a number: an IPv4 address or
// network whose upper bits are given, a port, a protocol.
func (g *generator) number(t *syntax.Term, n uint32, bits int) *pred {
	q := t.Qual
	switch q.Typ {
	case syntax.TypePort, syntax.TypePortRange:
		return g.numberedPort(n, q)
	case syntax.TypeGateway:
		g.fail("'gateway' requires a name")
	case syntax.TypeProto:
		return g.proto(n, q.Proto, q.Dir)
	case syntax.TypeProtochain:
		return g.protochain(n, q.Proto)
	case syntax.TypeNone:
		g.fail("syntax error in filter expression")
	}
	if q.Proto == syntax.QualDECnet {
		return g.host4(n, 0, q.Proto, q)
	}
	if q.Proto == syntax.QualLink {
		g.fail("illegal link layer address")
	}
	mask := uint32(0xffffffff)
	if t.Kind == syntax.AddressNumber && q.Typ == syntax.TypeNet {
		for n != 0 && n&0xff000000 == 0 {
			n <<= 8
			mask <<= 8
		}
	} else {
		n <<= 32 - bits
		mask <<= 32 - bits
	}
	return g.host4(n, mask, q.Proto, q)
}

func hostOrNet(typ syntax.AddressType) string {
	if typ == syntax.TypeNet {
		return "net"
	}
	return "host"
}

// host4 tests the IPv4 addresses of a packet, in ARP and RARP too.
func (g *generator) host4(addr, mask uint32, proto syntax.Protocol, q syntax.Qualifiers) *pred {
	what := hostOrNet(q.Typ)
	switch proto {
	case syntax.QualDefault:
		p := g.host4(addr, mask, syntax.QualIP, q)
		if g.link.labels == 0 {
			p = or(p, g.host4(addr, mask, syntax.QualARP, q), g.host4(addr, mask, syntax.QualRARP, q))
		}
		return p
	case syntax.QualIP:
		return g.hostField4(addr, mask, q.Dir, etherIP, 12, 16)
	case syntax.QualARP:
		return g.hostField4(addr, mask, q.Dir, etherARP, 14, 24)
	case syntax.QualRARP:
		return g.hostField4(addr, mask, q.Dir, etherRARP, 14, 24)
	case syntax.QualDECnet:
		return g.decnet(addr, q.Dir)
	case syntax.QualLink:
		g.fail("link-layer modifier applied to %s", what)
	case syntax.QualATalk:
		g.fail("AppleTalk host filtering not implemented")
	case syntax.QualLAT, syntax.QualSCA, syntax.QualMOPRC, syntax.QualMOPDL, syntax.QualAARP, syntax.QualISO, syntax.QualIPX:
		g.fail("%s host filtering not implemented", strings.ToUpper(proto.String()))
	case syntax.QualIPv6:
		g.fail("'ip6' modifier applied to ip host")
	}
	g.fail("'%s' modifier applied to %s", proto, what)
	return nil
}

// onlyWlan refuses directions that only addresses of 802.11 have; format is the
// end of the message.
func (g *generator) onlyWlan(dir syntax.Direction, format string) {
	switch dir {
	case syntax.DirAddr1, syntax.DirAddr2, syntax.DirAddr3, syntax.DirAddr4:
		n := dir - syntax.DirAddr1 + 1
		g.fail("'addr%d' and 'address%d' are "+format, n, n)
	case syntax.DirRA, syntax.DirTA:
		g.fail("'%s' is "+format, dir)
	}
}

// notFor is the same where the message speaks of qualifiers.
func (g *generator) notFor(dir syntax.Direction, what string) {
	switch {
	case dir < syntax.DirAddr1:
	case dir <= syntax.DirAddr4:
		g.onlyWlan(dir, "not valid qualifiers for "+what)
	default:
		g.onlyWlan(dir, "not a valid qualifier for "+what)
	}
}

const otherAddresses = "addresses other than 802.11 MAC addresses"

// either joins the tests of a source and a destination as the direction says.
func either(dir syntax.Direction, src, dst func() *pred) *pred {
	switch dir {
	case syntax.DirSrc:
		return src()
	case syntax.DirDst:
		return dst()
	case syntax.DirBoth:
		return and(src(), dst())
	}
	return or(src(), dst())
}

func (g *generator) hostField4(addr, mask uint32, dir syntax.Direction, ether, src, dst uint32) *pred {
	g.notFor(dir, otherAddresses)
	field := func(off uint32) func() *pred {
		return func() *pred { return g.maskedEqual(atPayload, off, 4, addr, mask) }
	}
	return g.promiseIPv4(g.typeAndEither(ether, dir, field(src), field(dst)), addr, mask)
}

// typeAndEither tests the type of the payload and a source or destination in
// it. libpcap tests the type for each.
func (g *generator) typeAndEither(ether uint32, dir syntax.Direction, src, dst func() *pred) *pred {
	if !g.literal {
		return and(g.linkType(ether), either(dir, src, dst))
	}
	with := func(field func() *pred) func() *pred {
		return func() *pred { return and(g.linkType(ether), field()) }
	}
	return either(dir, with(src), with(dst))
}

func (g *generator) ip6Address(t *syntax.Term) *pred {
	q := t.Qual
	if t.Kind == syntax.AddressIPv6Prefix {
		what := "IP address and prefix length"
		if q.Typ == syntax.TypeProto {
			what += " "
		}
		g.misplaced(q.Typ, what)
	} else if q.Typ == syntax.TypeProto {
		g.misplaced(q.Typ, "'ip6addr/prefixlen")
	} else {
		g.misplaced(q.Typ, "IP address")
	}
	addr, err := netip.ParseAddr(t.Text)
	if err != nil {
		g.fail("invalid ip6 address %s", t.Text)
	}
	bits := uint32(128)
	if t.Kind == syntax.AddressIPv6Prefix {
		if bits = t.Num; bits > 128 {
			g.fail("mask length must be <= 128")
		}
		if netip.PrefixFrom(addr, int(bits)).Masked().Addr() != addr {
			g.fail("non-network bits set in \"%s/%d\"", t.Text, t.Num)
		}
	}
	switch q.Typ {
	case syntax.TypeDefault, syntax.TypeHost:
		if bits != 128 {
			g.fail("Mask syntax for networks only")
		}
	case syntax.TypeNet:
	default:
		g.fail("invalid qualifier against IPv6 address")
	}
	return g.host6(addr, int(bits), q.Proto, q)
}

// host6 tests the IPv6 addresses of a packet.
func (g *generator) host6(addr netip.Addr, bits int, proto syntax.Protocol, q syntax.Qualifiers) *pred {
	what := hostOrNet(q.Typ)
	switch proto {
	case syntax.QualDefault, syntax.QualIPv6:
	case syntax.QualLink:
		g.fail("link-layer modifier applied to ip6 %s", what)
	case syntax.QualATalk:
		g.fail("AppleTalk modifier applied to ip6 %s", what)
	default:
		g.fail("'%s' modifier applied to ip6 %s", proto, what)
	}
	g.notFor(q.Dir, otherAddresses)
	a := addr.As16()
	field := func(off uint32) func() *pred {
		return func() *pred { return g.ip6Prefix(a, bits, off) }
	}
	return g.promiseIPv6(g.typeAndEither(etherIPv6, q.Dir, field(8), field(24)), addr, bits)
}

// ip6Prefix tests the first bits of the address at off.
func (g *generator) ip6Prefix(addr [16]byte, bits int, off uint32) *pred {
	all := g.yes()
	for i := 0; i < 4 && (bits > 32*i || g.literal); i++ {
		mask := uint32(0xffffffff)
		if left := bits - 32*i; left < 32 {
			mask <<= 32 - max(left, 0)
		}
		word := g.maskedEqual(atPayload, off+4*uint32(i), 4, binary.BigEndian.Uint32(addr[4*i:]), mask)
		if i == 0 {
			all = word
		} else {
			all = and(all, word)
		}
	}
	return all
}

// decnet tests the addresses of DECnet Phase IV in the four layouts of its
// routing header: long or short, behind a byte of padding or not. Addresses
// and the length before the header are little-endian.
func (g *generator) decnet(addr uint32, dir syntax.Direction) *pred {
	g.notFor(dir, otherAddresses)
	swapped := addr<<8&0xff00 | addr>>8&0xff
	field := func(short, long uint32) func() *pred {
		return func() *pred {
			return or(
				and(g.maskedEqual(atPayload, 2, 1, 0x02, 0x07), g.equal(atPayload, 2+short, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 2, 0x8102, 0xff07), g.equal(atPayload, 2+1+short, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 1, 0x06, 0x07), g.equal(atPayload, 2+long, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 2, 0x8106, 0xff07), g.equal(atPayload, 2+1+long, 2, swapped)))
		}
	}
	return g.typeAndEither(etherDECnet, dir, field(3, 15), field(1, 7))
}

// name is the predicate of an address that is a name.
func (g *generator) name(t *syntax.Term) *pred {
	q, name := t.Qual, t.Text
	switch q.Typ {
	case syntax.TypeNet:
		return g.namedNet(name, q)
	case syntax.TypePort:
		return g.namedPort(name, q)
	case syntax.TypePortRange:
		return g.namedPortRange(name, q)
	case syntax.TypeGateway:
		return g.gateway(name, q)
	case syntax.TypeProto:
		return g.proto(g.namedProto(name, q.Proto), q.Proto, q.Dir)
	case syntax.TypeProtochain:
		return g.protochain(g.namedProto(name, q.Proto), q.Proto)
	case syntax.TypeNone:
		g.fail("syntax error in filter expression")
	}
	switch q.Proto {
	case syntax.QualLink:
		return g.namedMAC(name, q.Dir)
	case syntax.QualDECnet:
		g.fail("decnet name support not included, '%s' cannot be translated\n", name)
	}
	return g.namedHost(name, q)
}

// namedNet tests for a network by name. Its address fills 32 bits from above.
func (g *generator) namedNet(name string, q syntax.Qualifiers) *pred {
	addr, ok := g.opts.Names.network(name)
	if !ok || addr == 0 {
		g.fail("unknown network '%s'", name)
	}
	mask := uint32(0xffffffff)
	for addr&0xff000000 == 0 {
		addr <<= 8
		mask <<= 8
	}
	return g.host4(addr, mask, q.Proto, q)
}

// namedHost tests for any address of a host.
func (g *generator) namedHost(name string, q syntax.Qualifiers) *pred {
	addrs := g.opts.Names.hosts(name)
	if len(addrs) == 0 {
		g.fail("unknown host '%s'", name)
	}
	proto4, proto6 := q.Proto, q.Proto
	if g.link.typ.k == notSet && q.Proto == syntax.QualDefault {
		proto4, proto6 = syntax.QualIP, syntax.QualIPv6
	}
	var all *pred
	for _, a := range addrs {
		switch {
		case a.Is4() && proto4 != syntax.QualIPv6:
			b := a.As4()
			all = or(all, g.host4(binary.BigEndian.Uint32(b[:]), 0xffffffff, proto4, q))
		case a.Is6() && proto6 != syntax.QualARP && proto6 != syntax.QualIP && proto6 != syntax.QualRARP:
			all = or(all, g.host6(a, 128, proto6, q))
		}
	}
	if all == nil && q.Proto == syntax.QualDefault {
		g.fail("unknown host '%s'", name)
	}
	if all == nil {
		g.fail("unknown host '%s' for specified address family", name)
	}
	return all
}

// gateway tests for packets that a host passes on: they have its MAC address,
// but none of its IP addresses.
func (g *generator) gateway(name string, q syntax.Qualifiers) *pred {
	const refused = "'gateway' not supported in this configuration"
	if !g.newerOnly() {
		g.fail(refused)
	}
	switch q.Proto {
	case syntax.QualDefault, syntax.QualIP, syntax.QualARP, syntax.QualRARP:
	default:
		g.fail("illegal modifier of 'gateway'")
	}
	l := &g.link
	if l.labels > 0 || l.hdr != l.outermostHdr || macLinkName(l.kind) == "" {
		g.fail("'gateway' supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel")
	}
	mac, ok := g.opts.Names.mac(name)
	if !ok {
		g.fail("unknown ether host: %s", name)
	}
	q.Dir, q.Typ = syntax.DirEither, syntax.TypeHost
	return and(g.macHost(mac[:], syntax.DirEither), not(g.namedHost(name, q)))
}

// macLinkName is what messages call the link types with six-byte addresses.
func macLinkName(l capture.LinkType) string {
	switch {
	case isEthernet(l):
		return "ether"
	case isWlan(l):
		return "802.11"
	}
	switch l {
	case capture.LinkFDDI:
		return "FDDI"
	case capture.LinkIEEE802:
		return "token ring"
	case capture.LinkIP_OVER_FC:
		return "Fibre Channel"
	}
	return ""
}
