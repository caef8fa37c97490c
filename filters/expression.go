package filters

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// Filter expressions that are true or false of every packet.
const (
	always = ""
	never  = "!"
)

// maxTerms bounds how many alternatives of one kind go into an expression: a
// program for the kernel has at most 4096 instructions.
const maxTerms = 100

// Expression is a pcap-filter expression that every packet passes that f lets
// pass, and few others; it is empty where there is none.
//
// It holds for packets of f's protocols without IPv6 extension headers, VLAN
// tags, labels and the like, whose fields are at places that an expression can
// name. All packets with those pass.
func (f *Filter) Expression(link capture.LinkType) string {
	if f.cfg.Facts != nil {
		// What is known of a packet comes from others, some within tunnels.
		return always
	}
	tagged := never
	switch link {
	case capture.LinkEN10MB:
		tagged = anyOf(etherTypes(), "(ether[12:2] < 0x600 and (ether[14:2] = 0xaaaa or ether[14:2] = 0x0606))")
	case capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2:
		tagged = anyOf(etherTypes(), hiddenTags())
	case capture.LinkRAW, capture.LinkIPV4, capture.LinkIPV6:
	default:
		return always // where IP begins is for Decode to find out
	}
	x := expression{cfg: &f.cfg}
	return anyOf(
		x.protocol(TCP, "tcp"),
		x.protocol(UDP, "udp"),
		x.protocol(ICMP, "(icmp or icmp6)"),
		allOf(extensions(), x.addresses()),
		tagged)
}

// Selective reports whether Expression knows more than protocols. Where it runs on
// a virtual machine, it only pays then.
func (f *Filter) Selective() bool {
	return len(f.cfg.Ports)+len(f.cfg.Addresses)+len(f.cfg.Conditions) > 0
}

func etherTypes() string {
	var terms []string
	for _, t := range [...]int{
		header.EtherTypeVLAN, header.EtherTypeQinQ, header.EtherTypeQinQ9100, header.EtherTypeQinQ9200,
		header.EtherTypePPPoE, header.EtherTypeMPLS, header.EtherTypeMPLSUp,
	} {
		terms = append(terms, fmt.Sprintf("ether proto %#x", t))
	}
	return anyOf(terms...)
}

// hiddenTags is true of packets with tags that a cooked header does not show:
// where the length or the label of IP is, there is the type behind the first.
func hiddenTags() string {
	var terms []string
	for _, t := range [...]int{header.EtherTypeVLAN, header.EtherTypeQinQ, header.EtherTypeQinQ9100, header.EtherTypeQinQ9200} {
		terms = append(terms, fmt.Sprintf("ip[2:2] = %#x", t), fmt.Sprintf("ip6[2:2] = %#x", t))
	}
	return anyOf(append(terms, fmt.Sprintf("ip[2:2] = %#x", header.EtherTypeIPv4), fmt.Sprintf("ip6[2:2] = %#x", header.EtherTypeIPv6))...)
}

func extensions() string {
	var terms []string
	for next := range 256 {
		if header.IsExtension(uint8(next)) {
			terms = append(terms, fmt.Sprintf("ip6[6] = %d", next))
		}
	}
	return anyOf(terms...)
}

// expression builds Filter.Expression.
type expression struct {
	cfg *Config
}

// protocol is the part for one protocol, which is written as name.
func (x *expression) protocol(p Protocols, name string) string {
	c := x.cfg
	if c.Protocols&p == 0 {
		return never
	}
	text := allOf(name, x.addresses())
	if c.Tracking {
		return text
	}
	ports := always
	if len(c.Ports) > 0 {
		ports = never
		if p != ICMP {
			ports = portList(name, c.Ports)
		}
	}
	text = allOf(text, ports)
	for i := range c.Conditions {
		text = allOf(text, x.condition(&c.Conditions[i], p, name))
	}
	return text
}

// addresses is the part about both addresses.
func (x *expression) addresses() string {
	list := x.cfg.Addresses
	if len(list) == 0 || len(list) > maxTerms {
		return always
	}
	terms := make([]string, 0, len(list))
	for _, p := range list {
		terms = append(terms, prefix(p.Masked()))
	}
	return anyOf(terms...)
}

func prefix(p netip.Prefix) string {
	ip, kind := "ip6", "net "+p.String()
	if p.Addr().Is4() {
		ip = "ip"
	}
	if p.IsSingleIP() {
		kind = "host " + p.Addr().String()
	}
	if p.Bits() == 0 {
		return ip
	}
	return ip + " " + kind
}

// portList is true of packets with one of the ports.
func portList(proto string, ports []uint16) string {
	var has [65536]bool
	for _, p := range ports {
		has[p] = true
	}
	var terms []string
	for low := 0; low < len(has); low++ {
		if !has[low] {
			continue
		}
		high := low
		for high+1 < len(has) && has[high+1] {
			high++
		}
		terms = append(terms, portRange(proto, "", int64(low), int64(high)))
		low = high
		if len(terms) > maxTerms {
			return always
		}
	}
	return anyOf(terms...)
}

// portRange is true of packets with a port from low to high: in direction "src
// ", "dst " or, with "", either.
func portRange(proto, dir string, low, high int64) string {
	low, high = max(low, 0), min(high, 65535)
	switch {
	case low > high:
		return never
	case low == 0 && high == 65535:
		return always
	case low == high:
		return proto + " " + dir + "port " + strconv.FormatInt(low, 10)
	}
	return fmt.Sprintf("%s %sportrange %d-%d", proto, dir, low, high)
}

// condition is the part for one condition on packets of a protocol.
func (x *expression) condition(c *condition, p Protocols, proto string) string {
	if c.field.ofTCP() && p != TCP {
		return never
	}
	if len(c.values) > maxTerms {
		return always
	}
	switch c.field {
	case fieldPort, fieldClientPort, fieldSrcPort, fieldDestPort:
		if p != ICMP {
			return c.each(func(op comparison, v int64) string { return ports(c.field, proto, op, v) })
		}
		if c.holds(header.NoPort) {
			return always
		}
		return never
	}
	if x.cfg.Stream && x.cfg.Find != nil && p == TCP {
		return always // the other segments of the stream are wanted too
	}
	switch c.field {
	case fieldTTL:
		return c.either("ip[8]", "ip6[7]", always)
	case fieldFlags:
		op := " != 0"
		if c.op == notEqual {
			op = " = 0"
		}
		mask := fmt.Sprintf(" & %#x", c.values[0])
		return fmt.Sprintf("(tcp[13]%s%s or (ip6[6] = 6 and ip6[53]%s%s))", mask, op, mask, op)
	case fieldSeq:
		return c.either("tcp[4:4]", "ip6[44:4]", "ip6[6] = 6")
	case fieldAck:
		return c.either("tcp[8:4]", "ip6[48:4]", "ip6[6] = 6")
	case fieldWindow:
		return c.either("tcp[14:2]", "ip6[54:2]", "ip6[6] = 6")
	}
	return always // options are at no fixed place
}

// each joins what term makes of each value.
func (c *condition) each(term func(op comparison, v int64) string) string {
	var terms []string
	for _, v := range c.values {
		terms = append(terms, term(c.op, v))
	}
	if c.op == notEqual {
		return allOf(terms...)
	}
	return anyOf(terms...)
}

// either compares a field that is at one place over IPv4, at another over IPv6
// where guard holds.
func (c *condition) either(v4, v6, guard string) string {
	compare := func(place string) string {
		return c.each(func(op comparison, v int64) string {
			return place + " " + operatorText(op) + " " + strconv.FormatInt(v, 10)
		})
	}
	return anyOf(compare(v4), allOf(guard, compare(v6)))
}

func operatorText(op comparison) string {
	for _, o := range operators {
		if o.op == op {
			return o.text
		}
	}
	return ""
}

// ports compares one of the fields that are ports with v.
func ports(f field, proto string, op comparison, v int64) string {
	const top = 65535
	switch op {
	case greater:
		return portsFrom(f, proto, v+1, top)
	case greaterEqual:
		return portsFrom(f, proto, v, top)
	case less:
		return portsFrom(f, proto, 0, v-1)
	case lessEqual:
		return portsFrom(f, proto, 0, v)
	case equal:
		return portEqual(f, proto, v)
	}
	if v < 0 {
		return always
	}
	return "not (" + portEqual(f, proto, v) + ")"
}

// portEqual is true exactly where the field is v: it is used negated too.
func portEqual(f field, proto string, v int64) string {
	if v < 0 {
		return never
	}
	low, high := v, int64(65535) // where the other port is
	switch f {
	case fieldSrcPort:
		return portRange(proto, "src ", v, v)
	case fieldDestPort:
		return portRange(proto, "dst ", v, v)
	case fieldClientPort:
		low, high = 0, v
	}
	return anyOf(
		allOf(portRange(proto, "src ", v, v), portRange(proto, "dst ", low, high)),
		allOf(portRange(proto, "dst ", v, v), portRange(proto, "src ", low, high)))
}

// portsFrom is true where the field is from low, or to high: one of them is the
// end of all ports.
func portsFrom(f field, proto string, low, high int64) string {
	src, dst := portRange(proto, "src ", low, high), portRange(proto, "dst ", low, high)
	switch {
	case f == fieldSrcPort:
		return src
	case f == fieldDestPort:
		return dst
	case (f == fieldPort) == (low <= 0 && high < 65535):
		return anyOf(src, dst)
	}
	return allOf(src, dst)
}

// allOf and anyOf join expressions. Both operators bind alike: parentheses.
func allOf(terms ...string) string { return join(" and ", always, never, terms) }

func anyOf(terms ...string) string { return join(" or ", never, always, terms) }

// join leaves out neutral terms; the ruling one rules.
func join(operator, neutral, ruling string, terms []string) string {
	var kept []string
	for _, t := range terms {
		if t == ruling {
			return ruling
		}
		if t != neutral {
			kept = append(kept, t)
		}
	}
	switch len(kept) {
	case 0:
		return neutral
	case 1:
		return kept[0]
	}
	return "(" + strings.Join(kept, operator) + ")"
}
