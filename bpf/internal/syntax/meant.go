package syntax

import (
	"fmt"
	"net/netip"
	"strings"
)

// serviceLookup says what a service runs over: "tcp", "udp" or "sctp", or "" if that
// does not matter. known is whether there is such a service.
type serviceLookup func(name string) (transport string, known bool)

// SuggestTerm says what a term may stand for that makes no sense as it is.
func (e *Expr) SuggestTerm(t *Term, err *Error, lookup serviceLookup) {
	if t.Op != TermAddress && t.Op != TermWlanType {
		return
	}
	if t.Kind == AddressName && (t.Qual.Typ == TypeNone || strings.Contains(t.Text, ".")) || t.Kind == AddressNumber && t.Qual.Typ == TypeNone {
		err.Word = true
	}
	if t.Kind == AddressName && t.Qual.Typ.isPort() && !err.Word {
		e.suggestPort(t, err, lookup)
		return
	}
	text := e.Text(t.Pos)
	if to := e.meant(t, text); to != "" && to != text {
		e.SuggestText(t, to, err)
	}
}

// meant is another text for a term whose qualifiers and address do not fit.
func (e *Expr) meant(t *Term, text string) string {
	q := t.Qual
	address := t.Text
	switch t.Kind {
	case AddressIPv4Prefix, AddressIPv6Prefix:
		address = fmt.Sprintf("%s/%d", t.Text, t.Num)
	case AddressIPv4Mask:
		address = t.Text + " mask " + t.Mask
	}
	direction := ""
	if q.Dir != DirDefault {
		direction = q.Dir.String() + " "
	}
	isIP := t.Kind >= AddressIPv4
	network := t.Kind == AddressIPv4Prefix || t.Kind == AddressIPv4Mask || t.Kind == AddressIPv6Prefix
	switch {
	case t.Op == TermWlanType && (q.Proto == QualICMP || q.Proto == QualICMPv6):
		return fmt.Sprintf("%s[%stype] = %d", q.Proto, q.Proto, t.Num)
	case t.Op == TermWlanType:
	case t.Kind == AddressMAC && q.Proto != QualLink && q.Typ != TypePort:
		if direction != "" {
			return "ether " + direction + address
		}
		return "ether host " + address
	case network && q.Typ <= TypeNet && q.Proto == QualDefault:
		return direction + "net " + masked(address)
	case network && strings.HasSuffix(text, address) && masked(address) != address: // bits beyond the prefix
		return strings.TrimSuffix(text, address) + masked(address)
	case isIP && (q.Typ == TypePort || q.Typ == TypePortRange || q.Typ == TypeProto || q.Typ == TypeNone):
		return direction + "host " + address
	case q.Typ == TypeNone && t.Kind == AddressNumber:
		return "port " + address
	case q.Typ <= TypeHost && q.Proto.hasPorts() && t.Kind == AddressNumber:
		return q.Proto.String() + " " + direction + "port " + address
	case isIP && q.Proto == QualIP && q.Typ != TypePort, isIP && q.Proto == QualIPv6 && q.Typ != TypePort:
		return direction + q.Typ.String() + " " + address // of the other version
	case q.Proto != QualDefault && q.Proto != QualLink && (isIP || q.Typ.isPort() && !q.Proto.hasPorts()):
		return fmt.Sprintf("%s and %s%s %s", q.Proto, direction, q.Typ, address)
	case q.Typ == TypeProto && q.Proto == QualLink:
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

// SuggestText has text tried out in the place of t.
func (e *Expr) SuggestText(t *Term, text string, err *Error) {
	err.Candidates = append(err.Candidates, e.Src[:t.Pos.Start]+text+e.Src[t.Pos.End:])
}

// suggestPort says what a service may be called, or what it runs over, or that a
// range was meant.
func (e *Expr) suggestPort(t *Term, err *Error, lookup serviceLookup) {
	text := e.Text(t.Pos)
	if !strings.HasSuffix(text, t.Text) {
		return
	}
	before := strings.TrimSuffix(text, t.Text)
	transport, known := lookup(t.Text)
	switch {
	case known && t.Qual.Proto.hasPorts() && transport != "":
		e.SuggestText(t, strings.Replace(text, t.Qual.Proto.String(), transport, 1), err)
	case t.Qual.Typ == TypePort && strings.Contains(t.Text, "-"):
		e.SuggestText(t, strings.Replace(before, "port", "portrange", 1)+t.Text, err)
	}
	if known {
		return
	}
	if o := findOtherName(strings.ToLower(t.Text)); o != nil && strings.Contains(o.Meaning, "port") {
		e.SuggestText(t, o.Meaning, err)
	}
	nearest, least := "", 1+len(t.Text)/4
	for _, name := range commonServices {
		if d := distance(strings.ToLower(t.Text), name); d <= least && (nearest == "" || d < least) {
			nearest, least = name, d
		}
	}
	if nearest != "" {
		e.SuggestText(t, before+nearest, err)
	}
}
