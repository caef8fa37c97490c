package compile

import (
	"fmt"
	"net/netip"
	"strings"
)

// suggestTerm says what a term may stand for that makes no sense as it is.
func (g *generator) suggestTerm(t *term, err *Error) {
	if t.op != termAddress && t.op != termWlanType {
		return
	}
	if t.kind == addressName && (t.qual.typ == typeNone || strings.Contains(t.text, ".")) || t.kind == addressNumber && t.qual.typ == typeNone {
		err.word = true
	}
	if t.kind == addressName && t.qual.typ.isPort() && !err.word {
		g.suggestPort(t, err)
		return
	}
	text := g.text(t.pos)
	if to := g.meant(t, text); to != "" && to != text {
		g.suggestText(t, to, err)
	}
}

// meant is another text for a term whose qualifiers and address do not fit.
func (g *generator) meant(t *term, text string) string {
	q := t.qual
	address := t.text
	switch t.kind {
	case addressIPv4Prefix, addressIPv6Prefix:
		address = fmt.Sprintf("%s/%d", t.text, t.num)
	case addressIPv4Mask:
		address = t.text + " mask " + t.mask
	}
	direction := ""
	if q.dir != dirDefault {
		direction = q.dir.String() + " "
	}
	isIP := t.kind >= addressIPv4
	network := t.kind == addressIPv4Prefix || t.kind == addressIPv4Mask || t.kind == addressIPv6Prefix
	switch {
	case t.op == termWlanType && (q.proto == qualICMP || q.proto == qualICMPv6):
		return fmt.Sprintf("%s[%stype] = %d", q.proto, q.proto, t.num)
	case t.op == termWlanType:
	case t.kind == addressMAC && q.proto != qualLink && q.typ != typePort:
		if direction != "" {
			return "ether " + direction + address
		}
		return "ether host " + address
	case network && q.typ <= typeNet && q.proto == qualDefault:
		return direction + "net " + masked(address)
	case network && strings.HasSuffix(text, address) && masked(address) != address: // bits beyond the prefix
		return strings.TrimSuffix(text, address) + masked(address)
	case isIP && (q.typ == typePort || q.typ == typePortRange || q.typ == typeProto || q.typ == typeNone):
		return direction + "host " + address
	case q.typ == typeNone && t.kind == addressNumber:
		return "port " + address
	case q.typ <= typeHost && q.proto.hasPorts() && t.kind == addressNumber:
		return q.proto.String() + " " + direction + "port " + address
	case isIP && q.proto == qualIP && q.typ != typePort, isIP && q.proto == qualIPv6 && q.typ != typePort:
		return direction + q.typ.String() + " " + address // of the other version
	case q.proto != qualDefault && q.proto != qualLink && (isIP || q.typ.isPort() && !q.proto.hasPorts()):
		return fmt.Sprintf("%s and %s%s %s", q.proto, direction, q.typ, address)
	case q.typ == typeProto && q.proto == qualLink:
		return `ip proto \` + address
	}
	return ""
}

// masked is a network without bits of a host.
func masked(address string) string {
	if addr, mask, ok := strings.Cut(address, " mask "); ok {
		if list := netMask(nil, []string{"", addr, mask}); list != nil {
			return strings.TrimPrefix(list[0], "net ")
		}
		return address
	}
	if prefix, err := netip.ParsePrefix(address); err == nil {
		return prefix.Masked().String()
	}
	return address
}

// suggestText has text tried out in the place of t.
func (g *generator) suggestText(t *term, text string, err *Error) {
	err.candidates = append(err.candidates, g.expr.src[:t.pos.Start]+text+g.expr.src[t.pos.End:])
}

// suggestPort says what a service may be called, or what it runs over, or that a
// range was meant.
func (g *generator) suggestPort(t *term, err *Error) {
	text := g.text(t.pos)
	if !strings.HasSuffix(text, t.text) {
		return
	}
	before := strings.TrimSuffix(text, t.text)
	_, transport, known := g.lookupPort(t.text)
	switch {
	case known && t.qual.proto.hasPorts() && transport != anyTransport:
		g.suggestText(t, strings.Replace(text, t.qual.proto.String(), transportName(transport), 1), err)
	case t.qual.typ == typePort && strings.Contains(t.text, "-"):
		g.suggestText(t, strings.Replace(before, "port", "portrange", 1)+t.text, err)
	}
	if known {
		return
	}
	if o := findOtherName(strings.ToLower(t.text)); o != nil && strings.Contains(o.meaning, "port") {
		g.suggestText(t, o.meaning, err)
	}
	nearest, least := "", 1+len(t.text)/4
	for _, name := range commonServices {
		if d := distance(strings.ToLower(t.text), name); d <= least && (nearest == "" || d < least) {
			nearest, least = name, d
		}
	}
	if nearest != "" {
		g.suggestText(t, before+nearest, err)
	}
}
