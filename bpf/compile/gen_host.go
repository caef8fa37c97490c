package compile

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
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
// is how the address of a version of IP is written.
func (g *generator) misplaced(typ syntax.AddressType, version, what string) {
	switch typ {
	case syntax.TypePort, syntax.TypePortRange, syntax.TypeProto, syntax.TypeProtochain:
		g.reworded("'%s' qualifier applied to %s", typ, strings.Replace(what, "IP", version, 1))
		g.fail("'%s' modifier applied to %s", typ, what)
	}
}

// typeName is what messages of libpcap 1.11 call a type.
func typeName(typ syntax.AddressType) string {
	switch typ {
	case syntax.TypeDefault:
		return "<invalid type 0>"
	case syntax.TypeNone:
		return "<invalid type 255>"
	}
	return typ.String()
}

// What messages of libpcap 1.11 call an address that a protocol does not go with.
const (
	someNumber  = "host <IPv4 address>" // or net
	somePrefix4 = "net <IPv4 prefix>"
	someNetwork = "net <IPv4 network name>"
	someName    = "host <Internet hostname>"
	someHost6   = "host <IPv6 address>"
	somePrefix6 = "net <IPv6 prefix>"
)

func (g *generator) ip4Address(t *syntax.Term) *pred {
	switch t.Kind {
	case syntax.AddressIPv4:
		g.misplaced(t.Qual.Typ, "IPv4", "IP address")
		if t.Qual.Proto == syntax.QualDECnet {
			if g.follows(decnetStrict) {
				return g.decnetHost(t)
			}
			return g.number(t, decnetAddress(t.Text), 32)
		}
		n, bits := g.ip4(t.Text)
		return g.number(t, n, bits)
	case syntax.AddressIPv4Prefix:
		g.misplaced(t.Qual.Typ, "IPv4", "IP address and prefix length")
	case syntax.AddressIPv4Mask:
		g.misplaced(t.Qual.Typ, "IPv4", "IP address and netmask")
	}
	if t.Qual.Proto == syntax.QualDECnet {
		g.notDECnet(t.Qual.Typ)
	}
	n, bits := g.ip4(t.Text)
	n <<= 32 - bits
	var mask uint32
	text := t.Text + " mask " + t.Mask
	if t.Kind == syntax.AddressIPv4Mask {
		m, bits := g.ip4(t.Mask)
		mask = m << (32 - bits)
		if n&^mask != 0 {
			g.fail("non-network bits set in \"%s\"", text)
		}
	} else {
		if t.Num > 32 {
			g.reworded("netmask length %d greater than maximum 32", t.Num)
			g.fail("mask length must be <= 32")
		}
		mask = uint32(0xffffffff << (32 - t.Num))
		text = t.Text + "/" + strconv.FormatUint(uint64(t.Num), 10)
		if n&^mask != 0 {
			g.fail("non-network bits set in \"%s\"", text)
		}
	}
	if t.Qual.Typ != syntax.TypeNet {
		g.notQualifier(typeName(t.Qual.Typ), text)
		g.fail("Mask syntax for networks only")
	}
	return g.host4(hosts4{networks: []network4{{n, mask}}, what: somePrefix4}, t.Qual)
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

// number is the predicate of an address that is a number: an IPv4 address or
// network whose upper bits are given, a port, a protocol.
func (g *generator) number(t *syntax.Term, n uint32, bits int) *pred {
	q := t.Qual
	if q.Proto == syntax.QualDECnet && t.Kind == syntax.AddressNumber && g.follows(decnetStrict) {
		return g.decnetHost(t)
	}
	text := t.Text
	if t.Kind == syntax.AddressNumber {
		text = strconv.FormatUint(uint64(n), 10)
	}
	switch q.Typ {
	case syntax.TypePort, syntax.TypePortRange:
		return g.numberedPort(n, q)
	case syntax.TypeGateway:
		g.notQualifier(typeName(q.Typ), text)
		g.fail("'gateway' requires a name")
	case syntax.TypeProto:
		return g.proto(n, q.Proto, q.Dir)
	case syntax.TypeProtochain:
		return g.protochain(n, q.Proto)
	case syntax.TypeNone:
		g.fail("syntax error in filter expression")
	}
	if q.Proto == syntax.QualDECnet {
		return g.decnet(n, q.Dir)
	}
	if q.Proto == syntax.QualLink {
		g.reworded("illegal link-layer address '%s'", text)
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
	return g.host4(hosts4{networks: []network4{{n, mask}}, what: strings.Replace(someNumber, "host", hostOrNet(q.Typ), 1)}, q)
}

func hostOrNet(typ syntax.AddressType) string {
	if typ == syntax.TypeNet {
		return "net"
	}
	return "host"
}

// network4 is an IPv4 network, or an address with the mask of all bits.
type network4 struct{ addr, mask uint32 }

// hosts4 are hosts, or networks, by their IPv4 addresses.
type hosts4 struct {
	networks []network4
	none     bool   // what is asked for is a packet with none of them
	what     string // how the expression has them
}

// host4 tests the IPv4 addresses of a packet for any of the hosts, in ARP and RARP
// too.
func (g *generator) host4(h hosts4, q syntax.Qualifiers) *pred {
	g.notWlan(q.Dir)
	over := func(p syntax.Protocol) *pred { q := q; q.Proto = p; return g.host4(h, q) }
	switch q.Proto {
	case syntax.QualDefault:
		p := over(syntax.QualIP)
		if g.link.labels == 0 {
			p = or(p, over(syntax.QualARP), over(syntax.QualRARP))
		}
		return p
	case syntax.QualIP:
		return g.hostField4(h, q.Dir, etherIP, 12, 16)
	case syntax.QualARP:
		return g.hostField4(h, q.Dir, etherARP, 14, 24)
	case syntax.QualRARP:
		return g.hostField4(h, q.Dir, etherRARP, 14, 24)
	}
	g.notQualifier(q.Proto.String(), h.what)
	what := hostOrNet(q.Typ)
	switch q.Proto {
	case syntax.QualDECnet:
		return g.decnet(h.networks[0].addr, q.Dir)
	case syntax.QualLink:
		g.fail("link-layer modifier applied to %s", what)
	case syntax.QualATalk:
		g.fail("AppleTalk host filtering not implemented")
	case syntax.QualLAT, syntax.QualSCA, syntax.QualMOPRC, syntax.QualMOPDL, syntax.QualAARP, syntax.QualISO, syntax.QualIPX:
		g.fail("%s host filtering not implemented", strings.ToUpper(q.Proto.String()))
	case syntax.QualIPv6:
		g.fail("'ip6' modifier applied to ip host")
	}
	g.fail("'%s' modifier applied to %s", q.Proto, what)
	return nil
}

// notWlan refuses directions that only addresses of 802.11 have, as libpcap 1.11 does.
func (g *generator) notWlan(dir syntax.Direction) {
	if dir >= syntax.DirAddr1 {
		g.reworded("'%s' is valid for 802.11 syntax only", dir)
	}
}

// onlyWlan refuses directions that only addresses of 802.11 have; format is the
// end of the message.
func (g *generator) onlyWlan(dir syntax.Direction, format string) {
	g.notWlan(dir)
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

func (g *generator) hostField4(h hosts4, dir syntax.Direction, ether, src, dst uint32) *pred {
	g.notFor(dir, otherAddresses)
	fields := func(n network4) (s, d func() *pred) {
		field := func(off uint32) func() *pred {
			return func() *pred { return g.maskedEqual(atPayload, off, 4, n.addr, n.mask) }
		}
		return field(src), field(dst)
	}
	var one *pred
	if !g.follows(fewerTests) {
		for _, n := range h.networks {
			s, d := fields(n)
			one = or(one, g.promiseIPv4(g.typeAndEither(ether, dir, s, d), n.addr, n.mask))
		}
		return one
	}
	typ := g.linkType(ether)
	for _, n := range h.networks {
		s, d := fields(n)
		one = or(one, g.promiseIPv4(either(dir, s, d), n.addr, n.mask))
	}
	if h.none {
		one = not(one)
	}
	return and(typ, one)
}

// typeAndEither tests the type of the payload and a source or destination in
// it. libpcap 1.10 tests the type for each.
func (g *generator) typeAndEither(ether uint32, dir syntax.Direction, src, dst func() *pred) *pred {
	if !g.literal || g.follows(fewerTests) {
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
		g.misplaced(q.Typ, "IPv6", what)
	} else if q.Typ == syntax.TypeProto && !g.follows(syntax.Reworded) {
		g.misplaced(q.Typ, "IPv6", "'ip6addr/prefixlen")
	} else {
		g.misplaced(q.Typ, "IPv6", "IP address")
	}
	addr, err := netip.ParseAddr(t.Text)
	if err != nil {
		g.fail("invalid ip6 address %s", t.Text)
	}
	bits, text := uint32(128), t.Text
	if t.Kind == syntax.AddressIPv6Prefix {
		if bits = t.Num; bits > 128 {
			g.fail("mask length must be <= 128")
		}
		if netip.PrefixFrom(addr, int(bits)).Masked().Addr() != addr {
			g.fail("non-network bits set in \"%s/%d\"", t.Text, t.Num)
		}
		if bits != 128 { // else libpcap forgets that there was a length
			text += "/" + strconv.FormatUint(uint64(bits), 10)
		}
	}
	switch q.Typ {
	case syntax.TypeDefault, syntax.TypeHost:
		if bits != 128 {
			g.notQualifier("host", text)
			g.fail("Mask syntax for networks only")
		}
	case syntax.TypeNet:
	default:
		g.notQualifier(typeName(q.Typ), text)
		g.fail("invalid qualifier against IPv6 address")
	}
	what := somePrefix6
	if q.Typ == syntax.TypeHost {
		what = someHost6
	}
	return g.host6([]netip.Addr{addr}, int(bits), q, what)
}

// host6 tests the IPv6 addresses of a packet for the first bits of any of addrs. what
// is how the expression has them.
func (g *generator) host6(addrs []netip.Addr, bits int, q syntax.Qualifiers, what string) *pred {
	proto := q.Proto
	g.notWlan(q.Dir)
	if proto != syntax.QualDefault && proto != syntax.QualIPv6 {
		g.notQualifier(proto.String(), what)
	}
	what = hostOrNet(q.Typ)
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
	var one *pred
	for _, addr := range addrs {
		a := addr.As16()
		field := func(off uint32) func() *pred {
			return func() *pred { return g.ip6Prefix(a, bits, off) }
		}
		one = or(one, g.promiseIPv6(g.typeAndEither(etherIPv6, q.Dir, field(8), field(24)), addr, bits))
	}
	return one
}

// ip6Prefix tests the first bits of the address at off.
func (g *generator) ip6Prefix(addr [16]byte, bits int, off uint32) *pred {
	all := g.yes()
	for i := 0; i < 4 && (bits > 32*i || g.literal && !g.follows(fewerTests)); i++ {
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
