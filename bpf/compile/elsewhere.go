package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/flow"
)

// Elsewhere is an expression for packets that another one misses since what it
// asks for stands behind a header that it does not look behind.
type Elsewhere struct {
	Packets string // what can be said of them: "carry VLAN tags"
	Expr    string
}

// Elsewhere lists such expressions for p's, for the link type that p is for:
// behind tags, in tunnels, behind an extension header of IPv6, and over IPv6
// instead of IPv4. names are those that p was compiled with. Not all of them
// need compile.
func (p *Program) Elsewhere(names *Names) []Elsewhere {
	e := p.expr
	if e.root == nil || len(e.src) > maxSuggest || len(e.steps) > maxExplained {
		return nil
	}
	text := e.grouped(e.root, e.text(e.root.pos))
	list := []Elsewhere{
		{"carry VLAN tags", "vlan and " + text},
		{"carry MPLS labels", "mpls and " + text},
		{"are in PPPoE sessions", "pppoes and " + text},
		{"carry two VLAN tags", "vlan and vlan and " + text},
		{"carry VLAN tags and MPLS labels", "vlan and mpls and " + text},
		{"carry VLAN tags and are in PPPoE sessions", "vlan and pppoes and " + text},
		{"carry two MPLS labels", "mpls and mpls and " + text},
		{"are in Geneve tunnels", "geneve and " + text},
		{"are in VXLAN tunnels", "vxlan and " + text},
	}
	for _, h := range extensionHeaders {
		x := extension{Expr: e, names: names}
		if text := x.rewrite(e.root); x.changed && !x.failed {
			list = append(list, Elsewhere{h.packets, h.guard + " and " + e.grouped(e.root, text)})
		}
	}
	if text, changed := e.instead6(e.root); changed {
		list = append(list, Elsewhere{"are IPv6 packets, where `tcp[...]` and the like do not look", text})
	}
	return list
}

// extensionHeaders of IPv6 whose length is in units of 8 bytes (RFC 8200,
// section 4). A fragment header has no length, but a zero in its place.
var extensionHeaders = []struct{ packets, guard string }{
	{"have a hop-by-hop options header (IPv6)", "ip6[6] = 0"},
	{"have a routing header (IPv6)", "ip6[6] = 43"},
	{"have a fragment header (IPv6)", "ip6[6] = 44 and ip6[42:2] & 0xfff8 = 0"},
	{"have a destination options header (IPv6)", "ip6[6] = 60"},
}

func (e *Expr) text(pos flow.Span) string { return e.src[pos.Start:pos.End] }

// grouped is text, which says what t or something like it does, in parentheses
// if something else may not just be put before it with `and`.
func (e *Expr) grouped(t *term, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for u := t; u.op == termAnd || u.op == termOr; u = u.left {
		if own := e.text(u.pos); closes(own) == len(own)-1 {
			break // it has parentheses
		}
		if u.op == termOr {
			return "(" + text + ")"
		}
	}
	return text
}

// closes is where the parenthesis that text begins with is closed.
func closes(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// joined is the text of t, of which the operands have become left and right.
func (e *Expr) joined(t *term, left, right string) string {
	if t.op == termNot {
		return e.src[t.pos.Start:t.left.pos.Start] + left + e.src[t.left.pos.End:t.pos.End]
	}
	return e.src[t.pos.Start:t.left.pos.Start] + left + e.src[t.left.pos.End:t.right.pos.Start] + right + e.src[t.right.pos.End:t.pos.End]
}

// extension rewrites terms for a transport header behind one extension header
// of IPv6.
type extension struct {
	*Expr
	names   *Names
	changed bool // some term
	failed  bool // a term cannot be said
}

// rewrite is the text of t with the terms that ask for the transport header
// looking behind the extension header.
func (x *extension) rewrite(t *term) string {
	switch t.op {
	case termAnd, termOr:
		return x.joined(t, x.rewrite(t.left), x.rewrite(t.right))
	case termNot:
		return x.joined(t, x.rewrite(t.left), "")
	}
	text := ""
	switch {
	case t.op == termProtocol:
		if n := ipProtocol(t.qual.proto); n != 0 {
			text = fmt.Sprintf("ip6[40] = %d", n)
		}
	case t.op == termAddress && t.qual.typ.isPort():
		text = x.port(t)
		x.failed = x.failed || text == ""
	case t.op == termRelation:
		text = x.relation(t)
	}
	if text == "" {
		return x.text(t.pos)
	}
	x.changed = true
	return text
}

// ipProtocol is the number of a protocol that IPv6 carries, 0 for others.
func ipProtocol(p protocol) int {
	switch p {
	case qualTCP:
		return 6
	case qualUDP:
		return 17
	case qualSCTP:
		return 132
	case qualICMPv6:
		return 58
	case qualPIM:
		return 103
	case qualVRRP:
		return 112
	}
	return 0
}

// port is a term that asks for ports.
func (x *extension) port(t *term) string {
	lo, hi, ok := x.portNumbers(t)
	if !ok {
		return ""
	}
	one := func(at int) string {
		load := fmt.Sprintf("ip6[%d + ip6[41] * 8:2]", at)
		if lo == hi {
			return fmt.Sprintf("%s = %d", load, lo)
		}
		return fmt.Sprintf("%s >= %d and %s <= %d", load, lo, load, hi)
	}
	source, destination := one(48), one(50)
	if lo != hi {
		source, destination = "("+source+")", "("+destination+")"
	}
	var text string
	switch t.qual.dir {
	case dirSrc:
		text = source
	case dirDst:
		text = destination
	case dirBoth:
		text = source + " and " + destination
	default:
		text = "(" + source + " or " + destination + ")"
	}
	proto := "(ip6[40] = 6 or ip6[40] = 17 or ip6[40] = 132)"
	if n := ipProtocol(t.qual.proto); n != 0 {
		proto = fmt.Sprintf("ip6[40] = %d", n)
	}
	return "(" + proto + " and " + text + ")"
}

func (x *extension) portNumbers(t *term) (lo, hi uint64, ok bool) {
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 0, 16)
		if err == nil {
			return n
		}
		for _, transport := range []string{"tcp", "udp"} {
			if x.names != nil && x.names.Port != nil {
				if n, known := x.names.Port(text, transport); known {
					return uint64(n)
				}
			}
		}
		ok = false
		return 0
	}
	ok = true
	from, to, isRange := strings.Cut(t.text, "-")
	if t.qual.typ != typePortRange || !isRange {
		n := number(t.text)
		return n, n, ok
	}
	lo, hi = number(from), number(to)
	return min(lo, hi), max(lo, hi), ok
}

// relation is a comparison with loads from a transport header, "" for another.
func (x *extension) relation(t *term) string {
	var proto protocol
	text := x.args(t, "48 + ip6[41] * 8", &proto, qualTCP, qualUDP, qualSCTP, qualICMPv6)
	if proto == qualDefault {
		return ""
	}
	return fmt.Sprintf("(ip6[40] = %d and %s)", ipProtocol(proto), text)
}

// args is the text of a relation with loads from the headers of protos made
// relative to the header of IPv6, behind which they start at offset. found is
// set to whose header they are from.
func (e *Expr) args(t *term, offset string, found *protocol, protos ...protocol) string {
	a, b := t.args[0], t.args[1]
	return e.behindIPv6(a, offset, found, protos) + e.src[a.pos.End:b.pos.Start] + e.behindIPv6(b, offset, found, protos)
}

func (e *Expr) behindIPv6(a *arith, offset string, found *protocol, protos []protocol) string {
	src := e.src
	part := func(b *arith) string { return e.behindIPv6(b, offset, found, protos) }
	switch {
	case a.op == arithLoad:
		open := int(a.pos.Start) + strings.IndexByte(e.text(a.pos), '[') + 1
		index, rest := part(a.left), src[a.left.pos.End:a.pos.End]
		if !slices.Contains(protos, a.proto) {
			return src[a.pos.Start:open] + index + rest
		}
		*found = a.proto
		if a.left.op != arithNumber {
			index = "(" + index + ")"
		}
		return "ip6[" + offset + " + " + index + rest
	case a.left == nil:
		return e.text(a.pos)
	case a.right == nil:
		return src[a.pos.Start:a.left.pos.Start] + part(a.left) + src[a.left.pos.End:a.pos.End]
	}
	return src[a.pos.Start:a.left.pos.Start] + part(a.left) + src[a.left.pos.End:a.right.pos.Start] + part(a.right) + src[a.right.pos.End:a.pos.End]
}

// overIPv6 is a relation with loads from a header behind that of IPv6, "" where
// there is none to say.
func (e *Expr) overIPv6(t *term) string {
	first := t.args[0]
	if n := t.args[1]; first.op == arithLoad && first.proto == qualICMP && first.left.op == arithNumber && first.left.num == 0 && n.op == arithNumber {
		for _, o := range icmpTypes {
			if four, _ := constantKeyword(o.icmp); o.icmp != "" && four == n.num {
				return fmt.Sprintf("icmp6[icmp6type] %s %s", t.rel, o.icmp6)
			}
		}
	}
	var proto protocol
	text := e.args(t, "40", &proto, qualTCP, qualUDP, qualSCTP)
	if proto == qualDefault {
		return ""
	}
	start, end := t.args[0].pos.Start, t.args[1].pos.End
	return fmt.Sprintf("%sip6[6] = %d and %s%s", e.src[t.pos.Start:start], ipProtocol(proto), text, e.src[end:t.pos.End])
}

// instead6 is the text of t with the relations that look behind the header of
// IPv4 looking behind that of IPv6.
func (e *Expr) instead6(t *term) (text string, changed bool) {
	switch t.op {
	case termAnd, termOr:
		left, a := e.instead6(t.left)
		right, b := e.instead6(t.right)
		return e.joined(t, left, right), a || b
	case termNot:
		left, a := e.instead6(t.left)
		return e.joined(t, left, ""), a
	case termRelation:
		if text := e.overIPv6(t); text != "" {
			if strings.Contains(text, " and ") && text[0] != '(' {
				text = "(" + text + ")"
			}
			return text, true
		}
	}
	return e.text(t.pos), false
}
