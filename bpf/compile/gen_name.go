package compile

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

// name is the predicate of an address that is a name.
func (g *generator) name(t *syntax.Term) *pred {
	q, name := t.Qual, t.Text
	if q.Proto == syntax.QualDECnet {
		g.notDECnet(q.Typ)
	}
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
		return g.proto(g.namedProto(name, q), q.Proto, q.Dir)
	case syntax.TypeProtochain:
		return g.protochain(g.namedProto(name, q), q.Proto)
	case syntax.TypeNone:
		g.fail("syntax error in filter expression")
	}
	switch q.Proto {
	case syntax.QualLink:
		return g.namedMAC(name, q.Dir, "link host NAME")
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
	return g.host4(hosts4{networks: []network4{{addr, mask}}, what: someNetwork}, q)
}

// namedHost tests for any address of a host.
func (g *generator) namedHost(name string, q syntax.Qualifiers) *pred {
	addrs := g.opts.Names.hosts(name)
	if len(addrs) == 0 {
		g.fail("unknown host '%s'", name)
	}
	q4, q6 := q, q
	if g.link.typ.k == notSet && q.Proto == syntax.QualDefault && !g.follows(fewerTests) {
		q4.Proto, q6.Proto = syntax.QualIP, syntax.QualIPv6
	}
	var all *pred
	if g.follows(fewerTests) {
		all = g.eachFamily(addrs, q, false)
		addrs = nil
	}
	for _, a := range addrs {
		switch {
		case a.Is4() && q4.Proto != syntax.QualIPv6:
			all = or(all, g.host4(hosts4{networks: []network4{onlyHost(a)}}, q4))
		case a.Is6() && hasIPv6(q6.Proto):
			all = or(all, g.host6([]netip.Addr{a}, 128, q6, ""))
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

// hasIPv6 reports whether the IPv6 addresses of a host count behind a protocol.
func hasIPv6(p syntax.Protocol) bool {
	return p != syntax.QualARP && p != syntax.QualIP && p != syntax.QualRARP
}

// onlyHost is the network of an IPv4 address.
func onlyHost(a netip.Addr) network4 {
	b := a.As4()
	return network4{binary.BigEndian.Uint32(b[:]), 0xffffffff}
}

// maxAddresses is how many addresses of a family libpcap 1.11 takes of a host.
const maxAddresses = 100

var boundedAddresses = versions.Since(versions.V5_0, "filter: hosts with many addresses", "any number of addresses", "refused: `More than 100 IPv4 addresses per name`")

// eachFamily tests for any of the addresses of a host as libpcap 1.11 does: family by
// family, in their order. none asks for packets with none of the IPv4 addresses. It
// is nil where no address counts.
func (g *generator) eachFamily(addrs []netip.Addr, q syntax.Qualifiers, none bool) *pred {
	h := hosts4{none: none, what: someName}
	var ip6 []netip.Addr
	for _, a := range slices.SortedFunc(slices.Values(addrs), netip.Addr.Compare) {
		if a.Is4() {
			h.networks = append(h.networks, onlyHost(a))
		} else {
			ip6 = append(ip6, a)
		}
	}
	bound := func(n int, family string) {
		if n > maxAddresses && g.follows(boundedAddresses) {
			g.fail("More than %d %s addresses per name", maxAddresses, family)
		}
	}
	var all *pred
	if len(h.networks) > 0 && q.Proto != syntax.QualIPv6 {
		bound(len(h.networks), "IPv4")
		all = g.host4(h, q)
	}
	if len(ip6) > 0 && hasIPv6(q.Proto) && !none {
		bound(len(ip6), "IPv6")
		all = or(all, g.host6(ip6, 128, q, someName))
	}
	return all
}

var gatewayHosts = versions.Since(versions.V5_0, "filter: `gateway`",
	"refused: `'gateway' not supported in this configuration`",
	"IPv4, ARP and RARP packets with the MAC address of the host, but none of its IPv4 addresses; `'gateway' cannot be used within MPLS`")

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
		g.notQualifier(q.Proto.String(), "gateway")
		g.fail("illegal modifier of 'gateway'")
	}
	if g.follows(gatewayHosts) {
		return g.gatewayOfFamily(name, q)
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

// gatewayOfFamily is gateway as in libpcap 1.11: what is no IPv4, ARP or RARP packet
// does not count.
func (g *generator) gatewayOfFamily(name string, q syntax.Qualifiers) *pred {
	switch l := &g.link; {
	case l.labels > 0:
		g.fail("'gateway' cannot be used within MPLS")
	case l.inTunnel:
		g.fail("'gateway' cannot be used within VXLAN or Geneve")
	}
	p := g.namedMAC(name, syntax.DirEither, "gateway")
	addrs := g.opts.Names.hosts(name)
	if len(addrs) == 0 {
		g.fail("unknown host '%s'", name)
	}
	q.Dir, q.Typ = syntax.DirEither, syntax.TypeHost
	hosts := g.eachFamily(addrs, q, true)
	switch {
	case hosts == nil && q.Proto == syntax.QualDefault:
		g.fail("unknown host '%s'", name)
	case hosts == nil:
		g.fail("unknown host '%s' for specified address family", name)
	}
	return and(p, hosts)
}
