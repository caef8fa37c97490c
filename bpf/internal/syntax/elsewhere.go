package syntax

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Elsewhere is an expression for packets that another one misses, see
// Expr.Elsewhere.
type Elsewhere struct{ Packets, Expr string }

// portLookup finds the port of a service of "tcp" or "udp".
type portLookup func(name, transport string) (uint16, bool)

// Elsewhere lists expressions for what e asks for behind headers that it does
// not look behind: behind tags, in tunnels, behind an extension header of IPv6,
// and over IPv6 instead of IPv4. lookup may be nil. Not all of them need
// compile.
func (e *Expr) Elsewhere(lookup portLookup) []Elsewhere {
	if e.Root == nil || len(e.Src) > maxSuggest || e.Long() {
		return nil
	}
	text := e.grouped(e.Root, e.Text(e.Root.Pos))
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
		x := extension{Expr: e, lookup: lookup}
		if text := x.rewrite(e.Root); x.changed && !x.failed {
			list = append(list, Elsewhere{h.packets, h.guard + " and " + e.grouped(e.Root, text)})
		}
	}
	if text, changed := e.instead6(e.Root); changed {
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

func (e *Expr) Text(pos Span) string { return e.Src[pos.Start:pos.End] }

// grouped is text, which says what t or something like it does, in parentheses
// if something else may not just be put before it with `and`.
func (e *Expr) grouped(t *Term, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for u := t; u.Op == TermAnd || u.Op == TermOr; u = u.Left {
		if own := e.Text(u.Pos); closes(own) == len(own)-1 {
			break // it has parentheses
		}
		if u.Op == TermOr {
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
// Those of `vpi (1 or 2)` share their word, and never become anything else.
func (e *Expr) joined(t *Term, left, right string) string {
	switch {
	case t.Op != TermNot && t.Right.Pos.Start < t.Left.Pos.End:
		return e.Text(t.Pos)
	case t.Op == TermNot:
		return e.Src[t.Pos.Start:t.Left.Pos.Start] + left + e.Src[t.Left.Pos.End:t.Pos.End]
	}
	return e.Src[t.Pos.Start:t.Left.Pos.Start] + left + e.Src[t.Left.Pos.End:t.Right.Pos.Start] + right + e.Src[t.Right.Pos.End:t.Pos.End]
}

// extension rewrites terms for a transport header behind one extension header
// of IPv6.
type extension struct {
	*Expr
	lookup  portLookup
	changed bool // some term
	failed  bool // a term cannot be said
}

// rewrite is the text of t with the terms that ask for the transport header
// looking behind the extension header.
func (x *extension) rewrite(t *Term) string {
	switch t.Op {
	case TermAnd, TermOr:
		return x.joined(t, x.rewrite(t.Left), x.rewrite(t.Right))
	case TermNot:
		return x.joined(t, x.rewrite(t.Left), "")
	}
	text := ""
	switch {
	case t.Op == TermProtocol:
		if n := ipProtocol(t.Qual.Proto); n != 0 {
			text = fmt.Sprintf("ip6[40] = %d", n)
		}
	case t.Op == TermAddress && t.Qual.Typ.isPort():
		text = x.port(t)
		x.failed = x.failed || text == ""
	case t.Op == TermRelation:
		text = x.relation(t)
	}
	if text == "" {
		return x.Text(t.Pos)
	}
	x.changed = true
	return text
}

// ipProtocol is the number of a protocol that IPv6 carries, 0 for others.
func ipProtocol(p Protocol) int {
	switch p {
	case QualTCP:
		return 6
	case QualUDP:
		return 17
	case QualSCTP:
		return 132
	case QualICMPv6:
		return 58
	case QualPIM:
		return 103
	case QualVRRP:
		return 112
	}
	return 0
}

// port is a term that asks for ports.
func (x *extension) port(t *Term) string {
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
	switch t.Qual.Dir {
	case DirSrc:
		text = source
	case DirDst:
		text = destination
	case DirBoth:
		text = source + " and " + destination
	default:
		text = "(" + source + " or " + destination + ")"
	}
	proto := "(ip6[40] = 6 or ip6[40] = 17 or ip6[40] = 132)"
	if n := ipProtocol(t.Qual.Proto); n != 0 {
		proto = fmt.Sprintf("ip6[40] = %d", n)
	}
	return "(" + proto + " and " + text + ")"
}

func (x *extension) portNumbers(t *Term) (lo, hi uint64, ok bool) {
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 0, 16)
		if err == nil {
			return n
		}
		for _, transport := range []string{"tcp", "udp"} {
			if x.lookup != nil {
				if n, known := x.lookup(text, transport); known {
					return uint64(n)
				}
			}
		}
		ok = false
		return 0
	}
	ok = true
	from, to, isRange := strings.Cut(t.Text, "-")
	if t.Qual.Typ != TypePortRange || !isRange {
		n := number(t.Text)
		return n, n, ok
	}
	lo, hi = number(from), number(to)
	return min(lo, hi), max(lo, hi), ok
}

// relation is a comparison with loads from a transport header, "" for another.
func (x *extension) relation(t *Term) string {
	var proto Protocol
	text := x.args(t, "48 + ip6[41] * 8", &proto, QualTCP, QualUDP, QualSCTP, QualICMPv6)
	if proto == QualDefault {
		return ""
	}
	return fmt.Sprintf("(ip6[40] = %d and %s)", ipProtocol(proto), text)
}

// args is the text of a relation with loads from the headers of protos made
// relative to the header of IPv6, behind which they start at offset. found is
// set to whose header they are from.
func (e *Expr) args(t *Term, offset string, found *Protocol, protos ...Protocol) string {
	a, b := t.Args[0], t.Args[1]
	return e.behindIPv6(a, offset, found, protos) + e.Src[a.Pos.End:b.Pos.Start] + e.behindIPv6(b, offset, found, protos)
}

func (e *Expr) behindIPv6(a *Arith, offset string, found *Protocol, protos []Protocol) string {
	src := e.Src
	part := func(b *Arith) string { return e.behindIPv6(b, offset, found, protos) }
	switch {
	case a.Op == ArithLoad:
		open := int(a.Pos.Start) + strings.IndexByte(e.Text(a.Pos), '[') + 1
		index, rest := part(a.Left), src[a.Left.Pos.End:a.Pos.End]
		if !slices.Contains(protos, a.Proto) {
			return src[a.Pos.Start:open] + index + rest
		}
		*found = a.Proto
		if a.Left.Op != ArithNumber {
			index = "(" + index + ")"
		}
		return "ip6[" + offset + " + " + index + rest
	case a.Left == nil:
		return e.Text(a.Pos)
	case a.Right == nil:
		return src[a.Pos.Start:a.Left.Pos.Start] + part(a.Left) + src[a.Left.Pos.End:a.Pos.End]
	}
	return src[a.Pos.Start:a.Left.Pos.Start] + part(a.Left) + src[a.Left.Pos.End:a.Right.Pos.Start] + part(a.Right) + src[a.Right.Pos.End:a.Pos.End]
}

// overIPv6 is a relation with loads from a header behind that of IPv6, "" where
// there is none to say.
func (e *Expr) overIPv6(t *Term) string {
	first := t.Args[0]
	if n := t.Args[1]; first.Op == ArithLoad && first.Proto == QualICMP && first.Left.Op == ArithNumber && first.Left.Num == 0 && n.Op == ArithNumber {
		for _, o := range icmpTypes {
			if four, ok := keyword(o.icmp); ok && four.num == n.Num {
				return fmt.Sprintf("icmp6[icmp6type] %s %s", t.Rel, o.icmp6)
			}
		}
	}
	var proto Protocol
	text := e.args(t, "40", &proto, QualTCP, QualUDP, QualSCTP)
	if proto == QualDefault {
		return ""
	}
	start, end := t.Args[0].Pos.Start, t.Args[1].Pos.End
	return fmt.Sprintf("%sip6[6] = %d and %s%s", e.Src[t.Pos.Start:start], ipProtocol(proto), text, e.Src[end:t.Pos.End])
}

// instead6 is the text of t with the relations that look behind the header of
// IPv4 looking behind that of IPv6.
func (e *Expr) instead6(t *Term) (text string, changed bool) {
	switch t.Op {
	case TermAnd, TermOr:
		left, a := e.instead6(t.Left)
		right, b := e.instead6(t.Right)
		return e.joined(t, left, right), a || b
	case TermNot:
		left, a := e.instead6(t.Left)
		return e.joined(t, left, ""), a
	case TermRelation:
		if text := e.overIPv6(t); text != "" {
			if strings.Contains(text, " and ") && text[0] != '(' {
				text = "(" + text + ")"
			}
			return text, true
		}
	}
	return e.Text(t.Pos), false
}
