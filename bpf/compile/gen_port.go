package compile

import (
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// Protocol numbers of IP (https://www.iana.org/assignments/protocol-numbers).
const (
	ipICMP     = 1
	ipIGMP     = 2
	ipTCP      = 6
	ipIGRP     = 9
	ipUDP      = 17
	ipFragment = 44
	ipESP      = 50
	ipAH       = 51
	ipICMPv6   = 58
	ipPIM      = 103
	ipVRRP     = 112
	ipCARP     = 112
	ipSCTP     = 132
)

// anyTransport stands for TCP, UDP and SCTP.
const anyTransport = -1

// transport is the number of the protocol that qualifies a port.
func (g *generator) transport(q syntax.Qualifiers) int {
	switch q.Proto {
	case syntax.QualDefault:
		return anyTransport
	case syntax.QualTCP:
		return ipTCP
	case syntax.QualUDP:
		return ipUDP
	case syntax.QualSCTP:
		return ipSCTP
	}
	g.notQualifier(q.Proto.String(), q.Typ.String())
	g.fail("illegal qualifier of '%s'", q.Typ)
	return 0
}

func (g *generator) checkPort(n uint32) {
	if n > 65535 {
		g.reworded("port number %d greater than maximum 65535", n)
		g.fail("illegal port number %d > 65535", n)
	}
}

// numberedPort tests for a port by number.
func (g *generator) numberedPort(n uint32, q syntax.Qualifiers) *pred {
	transport := g.transport(q)
	g.checkPort(n)
	return g.ports(n, n, transport, q)
}

// namedPort tests for a port by the name of its service, which may be one of
// TCP alone or of UDP alone.
func (g *generator) namedPort(name string, q syntax.Qualifiers) *pred {
	asked := g.transport(q)
	n, transport, ok := g.lookupPort(name)
	if !ok {
		g.fail("unknown port '%s'", name)
	}
	transport = g.reconcile(asked, transport, "port '"+name+"'")
	g.checkPort(n)
	return g.ports(n, n, transport, q)
}

// reconcile is the transport that is asked for, unless the service is one of
// another.
func (g *generator) reconcile(asked, transport int, what string) int {
	if asked == anyTransport {
		return transport
	}
	if transport != anyTransport && transport != asked {
		g.fail("%s is %s", what, transportName(transport))
	}
	return asked
}

func transportName(transport int) string {
	switch transport {
	case ipTCP:
		return "tcp"
	case ipUDP:
		return "udp"
	}
	return "sctp"
}

// transportOf is the transport of a service, "" for any.
func (g *generator) transportOf(name string) (transport string, known bool) {
	_, number, known := g.lookupPort(name)
	if known && number != anyTransport {
		transport = transportName(number)
	}
	return transport, known
}

// lookupPort finds a service by name, with TCP before UDP.
func (g *generator) lookupPort(name string) (n uint32, transport int, ok bool) {
	tcp, isTCP := g.opts.Names.port(name, "tcp")
	udp, isUDP := g.opts.Names.port(name, "udp")
	switch {
	case isTCP && isUDP && tcp == udp:
		return uint32(tcp), anyTransport, true
	case isTCP:
		return uint32(tcp), ipTCP, true
	case isUDP:
		return uint32(udp), ipUDP, true
	}
	return 0, 0, false
}

// namedPortRange tests for a range of ports, FIRST-LAST.
func (g *generator) namedPortRange(s string, q syntax.Qualifiers) *pred {
	asked := g.transport(q)
	first, last, found := strings.Cut(s, "-")
	switch {
	case !found:
		g.fail("port range '%s' contains no hyphen", s)
	case strings.Contains(last, "-"):
		g.fail("port range '%s' contains more than one hyphen", s)
	case first == "":
		g.fail("port range '%s' has no starting port", s)
	}
	low, transport := g.rangeEnd(first)
	if last == "" {
		g.fail("port range '%s' has no ending port", s)
	}
	high, other := g.rangeEnd(last)
	if other != transport {
		transport = anyTransport
	}
	transport = g.reconcile(asked, transport, "port in range '"+s+"'")
	g.checkPort(low)
	g.checkPort(high)
	return g.ports(min(low, high), max(low, high), transport, q)
}

// rangeEnd reads a port of a range, by number or by name.
func (g *generator) rangeEnd(s string) (n uint32, transport int) {
	n, problem := syntax.ParseNumber(s)
	if problem == "" {
		return n, anyTransport
	}
	if problem == syntax.NumberOverflow {
		g.fail("%s", syntax.Overflow(s, n, g.opts.Like))
	}
	n, transport, ok := g.lookupPort(s)
	if !ok {
		g.fail("'%s' is not a valid port", s)
	}
	return n, transport
}

// ports tests for a range of ports in IPv4 and in IPv6 packets.
func (g *generator) ports(low, high uint32, transport int, q syntax.Qualifiers) *pred {
	if q.Dir >= syntax.DirAddr1 {
		g.notQualifier(q.Dir.String(), q.Typ.String())
	}
	ip4 := g.linkType(etherIP)
	what := "ports"
	if q.Typ == syntax.TypePortRange {
		what = "port ranges"
	}
	g.notFor(q.Dir, what)
	if g.literal {
		return g.promisePorts(g.literalPorts(low, high, transport, q), low, high, transport)
	}
	p4 := and(ip4, g.isTransport(9, transport), g.firstFragment(), g.portFields(atTransport4, low, high, q))
	p6 := and(g.linkType(etherIPv6), g.isTransport(6, transport), g.portFields(atTransport6, low, high, q))
	return g.promisePorts(or(p6, p4), low, high, transport)
}

// literalPorts tests the ports under each transport protocol, as libpcap does.
func (g *generator) literalPorts(low, high uint32, transport int, q syntax.Qualifiers) *pred {
	transports := []int{ipSCTP, ipTCP, ipUDP}
	if transport != anyTransport {
		transports = []int{transport}
	}
	if g.follows(fewerTests) {
		return g.fewerPorts(low, high, transport, q)
	}
	var p4, p6 *pred
	for _, t := range transports {
		p4 = or(p4, and(g.isTransport(9, t), g.firstFragment(), g.portFields(atTransport4, low, high, q)))
		p6 = or(p6, and(g.isTransport(6, t), g.portFields(atTransport6, low, high, q)))
	}
	return or(and(g.linkType(etherIPv6), p6), and(g.linkType(etherIP), p4))
}

// fewerPorts does so as libpcap 1.11 does.
func (g *generator) fewerPorts(low, high uint32, transport int, q syntax.Qualifiers) *pred {
	isTransport := func(off uint32) *pred {
		if transport != anyTransport {
			return g.isTransport(off, transport)
		}
		return or(g.isTransport(off, ipTCP), g.isTransport(off, ipUDP), g.isTransport(off, ipSCTP))
	}
	return or(
		and(g.linkType(etherIPv6), isTransport(6), g.portFields(atTransport6, low, high, q)),
		and(g.linkType(etherIP), isTransport(9), g.firstFragment(), g.portFields(atTransport4, low, high, q)))
}

// isTransport tests the byte at off in the IP header for a protocol with ports.
func (g *generator) isTransport(off uint32, transport int) *pred {
	if transport != anyTransport {
		return g.equal(atPayload, off, 1, uint32(transport))
	}
	return or(g.equal(atPayload, off, 1, ipSCTP), g.equal(atPayload, off, 1, ipTCP), g.equal(atPayload, off, 1, ipUDP))
}

// firstFragment tests that an IPv4 packet is not a fragment but the first.
func (g *generator) firstFragment() *pred {
	return not(g.compare(syntax.RelAnd, g.load(atPayload, 6, 2), g.graph.Constant(0x1fff)))
}

func (g *generator) portFields(at anchor, low, high uint32, q syntax.Qualifiers) *pred {
	field := func(off uint32) func() *pred {
		return func() *pred {
			port := g.load(at, off, 2)
			if low == high && !(g.literal && q.Typ == syntax.TypePortRange && !g.follows(fewerTests)) {
				return g.is(port, low)
			}
			return and(
				g.compare(syntax.RelGreaterEqual, port, g.graph.Constant(low)),
				g.compare(syntax.RelLessEqual, port, g.graph.Constant(high)))
		}
	}
	return either(q.Dir, field(0), field(2))
}
