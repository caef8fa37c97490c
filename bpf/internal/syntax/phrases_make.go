package syntax

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The meanings of phrases that take more than a template.

// portRelation is `port > 1024` as a range.
func portRelation(_ *suggester, g []string) []string {
	n, problem := ParseNumber(g[2])
	if problem != "" || n > 65535 {
		return nil
	}
	lo, hi := uint32(0), uint32(65535)
	switch g[1] {
	case ">":
		lo = n + 1
	case ">=":
		lo = n
	case "<":
		hi = n - 1
	case "<=":
		hi = n
	default:
		return nil
	}
	if lo > hi || n == 0 && g[1] == "<" {
		return nil
	}
	return []string{fmt.Sprintf("portrange %d-%d", lo, hi)}
}

// itemList is a list of addresses of one kind.
func itemList(kind string) func(*suggester, []string) []string {
	return func(_ *suggester, g []string) []string {
		items := fields(g[1])
		if kind == "net" { // whose slash is part of them
			items = strings.FieldsFunc(g[1], func(r rune) bool { return strings.ContainsRune(" ,;|", r) })
		}
		if len(items) == 1 {
			return []string{kind + " " + items[0]}
		}
		return []string{kind + " (" + strings.Join(items, " or ") + ")"}
	}
}

func services(_ *suggester, g []string) []string {
	return []string{"port (" + strings.Join(fields(g[0]), " or ") + ")"}
}

// directed is the direction in the qualifiers before an address, with a blank.
func directed(qualifiers string) string {
	for _, dir := range []string{"src ", "dst "} {
		if strings.HasPrefix(qualifiers, dir) {
			return dir
		}
	}
	return ""
}

// addressPort is an address and a port in one.
func addressPort(_ *suggester, g []string) []string {
	dir := directed(g[1])
	host := dir + "host " + g[2]
	if strings.Contains(g[2], ":") && net6(g[2]) == "" {
		return nil
	}
	if g[3] == "" {
		return []string{host}
	}
	return []string{host + " and " + dir + "port " + g[3]}
}

// net6 is the text of an IPv6 address, "" for none.
func net6(text string) string {
	if a, err := netip.ParseAddr(text); err == nil && a.Is6() {
		return text
	}
	return ""
}

// netMask is a network with its mask.
func netMask(_ *suggester, g []string) []string {
	addr, err1 := netip.ParseAddr(g[1])
	mask, err2 := netip.ParseAddr(g[2])
	if err1 != nil || err2 != nil {
		return nil
	}
	a, m := addr.As4(), mask.As4()
	for i := range a {
		a[i] &= m[i]
	}
	return []string{"net " + netip.AddrFrom4(a).String() + " mask " + g[2]}
}

// etherAddress is a MAC address behind the name of the layer.
func etherAddress(_ *suggester, g []string) []string {
	if dir := directed(g[1]); dir != "" {
		return []string{"ether " + dir + g[2]}
	}
	return []string{"ether host " + g[2]}
}

// wildcard is 192.0.2.* as a network.
func wildcard(_ *suggester, g []string) []string {
	parts := strings.Split(strings.TrimSuffix(g[2], "."), ".")
	bits := 8 * len(parts)
	for len(parts) < 4 {
		parts = append(parts, "0")
	}
	return []string{fmt.Sprintf("%snet %s/%d", directed(g[1]), strings.Join(parts, "."), bits)}
}

// maxNetworks bounds the networks that a range of addresses is said by.
const maxNetworks = 16

// addressRange is the addresses from one to another as networks.
func addressRange(_ *suggester, g []string) []string {
	first, err := netip.ParseAddr(g[2])
	if err != nil {
		return nil
	}
	end := strings.Split(g[3], ".")
	head := strings.Split(g[2], ".")
	last, err := netip.ParseAddr(strings.Join(append(head[:4-len(end)], end...), "."))
	if err != nil {
		return nil
	}
	lo, hi := number4(first), number4(last)
	if lo > hi {
		return nil
	}
	var list []string
	for lo <= hi {
		size := min(32, bits.TrailingZeros32(uint32(lo)))
		for lo+1<<size-1 > hi {
			size--
		}
		if size == 0 && len(list) == 0 && lo == hi {
			return []string{directed(g[1]) + "host " + g[2]}
		}
		list = append(list, fmt.Sprintf("%s/%d", Address4(uint32(lo)), 32-size))
		lo += 1 << size
	}
	if len(list) > maxNetworks {
		return nil
	}
	if len(list) == 1 {
		return []string{directed(g[1]) + "net " + list[0]}
	}
	return []string{directed(g[1]) + "net (" + strings.Join(list, " or ") + ")"}
}

func number4(a netip.Addr) uint64 {
	b := a.As4()
	return uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
}

func Address4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// addressed is a qualifier before an address: `net` stands before a network.
func addressed(qualifier, address string) string {
	switch network := strings.Contains(address, "/"); {
	case network && qualifier == "host":
		return "net " + address
	case network:
		return qualifier + " net " + address
	}
	return qualifier + " " + address
}

func one(qualifier string) func(*suggester, []string) []string {
	return func(_ *suggester, g []string) []string { return []string{addressed(qualifier, g[1])} }
}

func both(first, second string) func(*suggester, []string) []string {
	return func(_ *suggester, g []string) []string {
		return []string{addressed(first, g[1]) + " and " + addressed(second, g[2])}
	}
}

// flagNames are the words for TCP's flags in text, as the language has them.
func flagNames(text string) []string {
	var names []string
	text = strings.NewReplacer("synack", "syn ack", "tcp-", " ", "(", " ", ")", " ").Replace(text)
	for _, word := range fields(text) {
		for _, word := range strings.Split(word, "-") {
			switch word {
			case "psh":
				word = "push"
			case "reset":
				word = "rst"
			}
			if name := "tcp-" + word; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// tcpFlags is a test of TCP's flags. Of one flag it is whether it is set, and
// `= syn` is a SYN without ACK; of several, whether all are, or one of those
// with `|` between them after `&`.
func tcpFlags(_ *suggester, g []string) []string {
	op, names, rel, value := g[1], flagNames(g[2]), g[3], g[4]
	any := strings.ContainsAny(g[2], "|") || strings.Contains(g[2], " or ")
	set := strings.Join(names, "|")
	if values := flagNames(value); value != "" && !IsDigit(value[0]) {
		return []string{fmt.Sprintf("tcp[tcpflags] & (%s) %s (%s)", set, rel, strings.Join(values, "|"))}
	}
	negative := op == "!=" || value == "0" && rel != "!=" && rel != ">" || rel == "!=" && value != "0"
	masked := set
	if len(names) > 1 {
		masked = "(" + set + ")"
	}
	exact := op == "=" || op == "==" || op == "eq" || op == "is"
	switch {
	case negative:
		return []string{"tcp[tcpflags] & " + masked + " = 0"}
	case exact && set == "tcp-syn":
		return []string{"tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"}
	case exact && set == "tcp-ack":
		return []string{"tcp[tcpflags] = tcp-ack"}
	case len(names) == 1 || any && !exact:
		return []string{"tcp[tcpflags] & " + masked + " != 0"}
	}
	return []string{"tcp[tcpflags] & " + masked + " = " + masked}
}

// tcpFlagIndex is `tcp[syn]` and `tcp[syn] = 1`.
func tcpFlagIndex(s *suggester, g []string) []string {
	return tcpFlags(s, []string{g[0], "&", g[1], g[2], g[3]})
}

// tcpFlagBits is `tcp.flags & 2`.
func tcpFlagBits(_ *suggester, g []string) []string {
	if g[1] == "&" {
		return []string{"tcp[tcpflags] & " + g[2] + " != 0"}
	}
	return []string{"tcp[tcpflags] = " + g[2]}
}

// protocolName is `protocol NAME`: a word of the language, or a number or name
// for `proto`.
func protocolName(_ *suggester, g []string) []string {
	of, name := strings.TrimSpace(g[1]), g[2]
	switch _, known := keyword(name); {
	case known && (ProtocolByWord(name) == QualDefault || name == "ether" || name == "link"):
		return nil
	case known && of != "":
		return []string{of + " and " + name}
	case known:
		return []string{name}
	}
	if o := findOtherName(name); o != nil && strings.HasPrefix(o.Meaning, "proto ") {
		return []string{o.Meaning}
	}
	return []string{strings.TrimSpace(of + " proto " + name)}
}

// icmpType is a type of ICMP's in words.
func icmpType(_ *suggester, g []string) []string {
	word := strings.NewReplacer(" ", "", "-", "").Replace(g[2])
	for _, t := range icmpTypes {
		if !strings.HasPrefix(word, t.word) {
			continue
		}
		name := t.icmp
		if g[1] == "icmp6" {
			name = t.icmp6
		}
		if name == "" {
			return nil
		}
		return []string{fmt.Sprintf("%s[%stype] = %s", g[1], g[1], name)}
	}
	return nil
}

// icmpTypes are words for types of ICMP and ICMPv6, the longer ones first.
var icmpTypes = []struct{ word, icmp, icmp6 string }{
	{"echorepl", "icmp-echoreply", "icmp6-echoreply"},
	{"echo", "icmp-echo", "icmp6-echo"},
	{"unreach", "icmp-unreach", "icmp6-destinationunreach"},
	{"dest", "icmp-unreach", "icmp6-destinationunreach"},
	{"redirect", "icmp-redirect", "icmp6-redirect"},
	{"timeexceeded", "icmp-timxceed", "icmp6-timeexceeded"},
	{"packettoobig", "", "icmp6-packettoobig"},
	{"routeradvert", "icmp-routeradvert", "icmp6-routeradvert"},
	{"routersolicit", "icmp-routersolicit", "icmp6-routersolicit"},
	{"neighboradvert", "", "icmp6-neighboradvert"},
	{"neighborsolicit", "", "icmp6-neighborsolicit"},
}

// vlanTag is the number of a VLAN in a frame that holds its tag, which it does
// not in a live capture on Linux.
func (s *suggester) vlanTag() string {
	if s.tagsApart {
		return ""
	}
	return "ether[14:2] & 0xfff"
}

// vlanRange is `vlan 5-10`.
func vlanRange(s *suggester, g []string) []string {
	tag := s.vlanTag()
	if tag == "" {
		return []string{}
	}
	return []string{fmt.Sprintf("vlan and %s >= %s and %s <= %s", tag, g[1], tag, g[2])}
}

// vlanList is one of several VLANs. `vlan 5 or vlan 6` would look for the second
// within the first.
func vlanList(s *suggester, g []string) []string {
	tag := s.vlanTag()
	var list []string
	for _, word := range fields(g[1]) {
		if _, err := strconv.ParseUint(word, 0, 12); err == nil {
			list = append(list, tag+" = "+word)
		}
	}
	if tag == "" || len(list) < 2 {
		return []string{}
	}
	return []string{"vlan and (" + strings.Join(list, " or ") + ")"}
}

// withoutOption is an expression without an option.
func withoutOption(*suggester, []string) []string { return []string{""} }
