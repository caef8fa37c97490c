package syntax

import (
	"slices"
	"strings"
)

// change is one thing changed at the place of the error. It returns whole
// expressions.
type change func(*suggester) []string

// syntaxChanges are tried in this order where an expression does not parse,
// wordChanges where a word may have been taken for an address.
var syntaxChanges = [...]change{
	(*suggester).lowerCase,
	(*suggester).displayFilter,
	(*suggester).doubled,
	(*suggester).operator,
	(*suggester).escaped,
	(*suggester).withoutEquals,
	(*suggester).compared,
	(*suggester).otherName,
	(*suggester).glued,
	(*suggester).qualified,
	(*suggester).swapped,
	(*suggester).misspelt,
	(*suggester).parentheses,
	(*suggester).joined,
}

var wordChanges = [...]change{
	(*suggester).lowerCase,
	(*suggester).displayFilter,
	(*suggester).otherName,
	(*suggester).glued,
	(*suggester).qualified,
	(*suggester).misspelt,
}

// lowerCase writes the words of the language as they are written.
func (s *suggester) lowerCase() []string {
	out, last, changed := "", int32(0), false
	for _, tok := range s.tokens {
		lower := strings.ToLower(tok.text)
		if _, ok := keyword(lower); tok.kind == tokenName && ok && lower != s.src[tok.pos.Start:tok.pos.End] {
			out += s.src[last:tok.pos.Start] + lower
			last, changed = tok.pos.End, true
		}
	}
	if !changed {
		return nil
	}
	return []string{out + s.src[last:]}
}

// displayFilter translates a field as other tools name it: tcp.port == 80.
func (s *suggester) displayFilter() []string {
	var out []string
	for _, i := range []int{s.at, s.at - 1} {
		field := strings.ToLower(s.word(i))
		k := slices.IndexFunc(DisplayFields, func(d DisplayField) bool { return d.Name == field })
		if k < 0 {
			continue
		}
		format := DisplayFields[k].Format
		rel, to := s.word(i+1), i+2
		if rel == "!" && s.word(i+2) == "=" {
			rel, to = "!=", i+3
		}
		value, to := s.displayValue(to)
		var text string
		switch rel = strings.ToLower(rel); rel {
		case "==", "=", "eq", "in", "contains":
			text = displayText(format, "=", value)
		case "!=", "ne":
			text = displayText(format, "!=", value)
		case ">", "<", ">=", "<=":
			text = displayText(format, rel, value)
		case "gt", "lt", "ge", "le":
			text = displayText(format, strings.NewReplacer("gt", ">", "lt", "<", "ge", ">=", "le", "<=").Replace(rel), value)
		default: // the field is there
			to = i + 1
			if text = strings.SplitN(field, ".", 2)[0]; strings.Contains(format, "?") {
				text = strings.ReplaceAll(format, "?", "!=")
			}
		}
		if text != "" {
			start, end := int(s.token(i).pos.Start), int(s.token(to-1).pos.End)
			out = append(out, s.put(start, end, s.grouped(start, end, text)))
		}
	}
	return out
}

// displayValue is the value from token i on, and the token behind it: a word, a
// network, or a list in braces.
func (s *suggester) displayValue(i int) (value string, next int) {
	start := s.token(i).pos.Start
	next = i + 1
	switch {
	case s.word(i) == "{":
		for next < len(s.tokens) && s.word(next) != "}" {
			next++
		}
		items := fields(s.src[s.token(i).pos.End:s.token(next).pos.Start])
		return "(" + strings.Join(items, " or ") + ")", next + 1
	case s.token(next).kind == tokenSlash:
		next += 2
	}
	return s.src[start:s.token(next-1).pos.End], next
}

// displayText is a comparison of the field of a format.
func displayText(format, rel, value string) string {
	switch {
	case value == "":
		return ""
	case strings.Contains(format, "?"): // a bit
		set := value != "0" && !strings.EqualFold(value, "false")
		if rel == "!=" {
			set = !set
		}
		if set {
			return strings.ReplaceAll(format, "?", "!=")
		}
		return strings.ReplaceAll(format, "?", "=")
	case strings.Contains(format, "$op"):
		return strings.NewReplacer("$op", rel, "$", value).Replace(format)
	case strings.Contains(value, "/"):
		format = strings.Replace(format, "host $", "net $", 1)
	}
	text := strings.ReplaceAll(format, "$", value)
	if rel == "!=" {
		return "not " + text
	}
	if before, isPort := strings.CutSuffix(format, "port $"); isPort && rel != "=" {
		if list := portRelation(nil, []string{"", rel, value}); list != nil {
			return before + list[0]
		}
		return ""
	}
	if rel != "=" {
		return ""
	}
	return text
}

// DisplayFields are fields of display filters; $ is the value, $op the operator.
var DisplayFields = []DisplayField{
	{"tcp.port", "tcp port $"}, {"tcp.srcport", "tcp src port $"}, {"tcp.dstport", "tcp dst port $"},
	{"udp.port", "udp port $"}, {"udp.srcport", "udp src port $"}, {"udp.dstport", "udp dst port $"},
	{"sctp.port", "sctp port $"}, {"ip.addr", "host $"}, {"ip.src", "src host $"},
	{"ip.dst", "dst host $"}, {"ip.host", "host $"}, {"ipv6.addr", "host $"},
	{"ipv6.src", "src host $"}, {"ipv6.dst", "dst host $"}, {"eth.addr", "ether host $"},
	{"eth.src", "ether src $"}, {"eth.dst", "ether dst $"}, {"eth.type", "ether proto $"},
	{"arp.opcode", "arp[6:2] $op $"}, {"vlan.id", "vlan $"}, {"ip.proto", "ip proto $"},
	{"ip.ttl", "ip[8] $op $"}, {"ip.len", "ip[2:2] $op $"}, {"frame.len", "len $op $"},
	{"icmp.type", "icmp[icmptype] $op $"}, {"icmp.code", "icmp[icmpcode] $op $"}, {"icmpv6.type", "icmp6[icmp6type] $op $"},
	{"tcp.flags", "tcp[tcpflags] $op $"}, {"tcp.flags.syn", "tcp[tcpflags] & tcp-syn ? 0"}, {"tcp.flags.ack", "tcp[tcpflags] & tcp-ack ? 0"},
	{"tcp.flags.fin", "tcp[tcpflags] & tcp-fin ? 0"}, {"tcp.flags.reset", "tcp[tcpflags] & tcp-rst ? 0"}, {"tcp.flags.push", "tcp[tcpflags] & tcp-push ? 0"},
	{"tcp.flags.urg", "tcp[tcpflags] & tcp-urg ? 0"}, {"tcp.window_size_value", "tcp[14:2] $op $"}, {"tcp.window_size", "tcp[14:2] $op $"},
	{"tcp.seq_raw", "tcp[4:4] $op $"}, {"tcp.len", "tcp and ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) $op $"}, {"udp.length", "udp[4:2] $op $"},
	{"ip.id", "ip[4:2] $op $"}, {"ip.version", "ip[0] >> 4 $op $"}, {"ip.dsfield.dscp", "ip[1] >> 2 $op $"}, {"ip.flags.df", "ip[6] & 0x40 ? 0"},
	{"ip.flags.mf", "ip[6] & 0x20 ? 0"}, {"ip.frag_offset", "ip[6:2] & 0x1fff $op $"}, {"ipv6.nxt", "ip6[6] $op $"}, {"ipv6.hlim", "ip6[7] $op $"},
	{"ip.src_host", "src host $"}, {"ip.dst_host", "dst host $"}, {"ipv6.host", "host $"}, {"arp.src.proto_ipv4", "arp src host $"},
	{"arp.dst.proto_ipv4", "arp dst host $"}, {"frame.cap_len", "len $op $"}, {"sctp.srcport", "sctp src port $"}, {"sctp.dstport", "sctp dst port $"},
	{"mpls.label", "mpls $"}, {"pppoe.session_id", "pppoes $"}, {"vxlan.vni", "vxlan $"},
	{"wlan.addr", "wlan host $"}, {"wlan.ta", "wlan ta $"}, {"wlan.ra", "wlan ra $"},
}

// DisplayField is a field as display filters name it, and what it is here.
type DisplayField struct{ Name, Format string }

func isJoin(k tokenKind) bool { return k == tokenAnd || k == tokenOr }

// doubled drops one of two operators, as in `and and`, `&& and`, `or and`, and
// those at the end.
func (s *suggester) doubled() []string {
	var out []string
	if last := len(s.tokens) - 1; s.at > last && s.token(last).kind == tokenNot && isJoin(s.token(last-1).kind) {
		out = append(out, s.replace(last-1, last+1, ""))
	}
	for _, i := range []int{s.at, s.at - 1} {
		if isJoin(s.token(i).kind) && (isJoin(s.token(i-1).kind) || i == 0 || i == len(s.tokens)-1) {
			out = append(out, s.replace(i, i+1, ""))
		}
	}
	return out
}

// operator takes the bitwise operators and a comma for what joins terms.
func (s *suggester) operator() []string {
	switch s.word(s.at) {
	case "&", "+":
		return []string{s.replace(s.at, s.at+1, "and")}
	case "|", ",", ";":
		return []string{s.replace(s.at, s.at+1, "or")}
	}
	return nil
}

// escaped makes a name of a word of the language: `proto tcp`.
func (s *suggester) escaped() []string {
	if _, ok := keyword(s.word(s.at)); !ok {
		return nil
	}
	switch s.token(s.at - 1).kind {
	case tokenProto, tokenProtochain, tokenAddress:
		return []string{s.replace(s.at, s.at+1, `\`+s.word(s.at))}
	}
	return nil
}

// otherName takes names that are none of the language for what they stand for.
func (s *suggester) otherName() []string {
	var out []string
	for _, i := range []int{s.at, s.at - 1} {
		word := strings.ToLower(s.word(i))
		if s.token(i).kind != tokenName {
			continue
		}
		if o := findOtherName(word); o != nil {
			if o.Meaning != "" {
				out = append(out, s.replace(i, i+1, o.Meaning))
			}
		} else if slices.Contains(commonServices, word) {
			out = append(out, s.replace(i, i+1, "port "+word))
		}
	}
	return out
}

// compared adds the comparison that arithmetic must end in: `ether[14] & 1`.
func (s *suggester) compared() []string {
	if s.err.Expected != expectedComparison {
		return nil
	}
	end := int(s.token(s.at - 1).pos.End)
	return []string{s.put(end, end, "!= 0")}
}

// glued parts words that lack a blank: `port80`, `arpand`.
func (s *suggester) glued() []string {
	known := func(text string) bool {
		_, word := keyword(text)
		return word || matchNumber(text) == len(text) || matchDotted(text) == len(text)
	}
	var out []string
	for _, i := range []int{s.at, s.at - 1} {
		word := s.word(i)
		if s.token(i).kind != tokenName {
			continue
		}
		for cut := 2; cut < len(word); cut++ {
			if known(word[:cut]) && !IsDigit(word[0]) && known(word[cut:]) {
				out = append(out, s.replace(i, i+1, word[:cut]+" "+word[cut:]))
			}
		}
	}
	return out
}

// OtherName is a word of others, and what it means in this language.
type OtherName struct{ Name, Meaning string }

func findOtherName(word string) *OtherName {
	if k := slices.IndexFunc(OtherNames, func(o OtherName) bool { return o.Name == word }); k >= 0 {
		return &OtherNames[k]
	}
	return nil
}

// OtherNames are words for what others stand for. No meaning keeps a word from
// being taken for a misspelling.
var OtherNames = []OtherName{
	{"ipv4", "ip"}, {"ip4", "ip"}, {"ipv6", "ip6"}, {"icmpv6", "icmp6"}, {"icmp4", "icmp"}, {"ndp", "icmp6"}, {"mld", "icmp6"},
	{"ping", "(icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply)"},
	{"dns", "port 53"}, {"mdns", "udp port 5353"}, {"llmnr", "udp port 5355"}, {"ssdp", "udp port 1900"}, {"ntp", "udp port 123"},
	{"dhcp", "(port 67 or port 68)"}, {"bootp", "(port 67 or port 68)"}, {"dhcp6", "(port 546 or port 547)"}, {"dhcpv6", "(port 546 or port 547)"},
	{"tls", "tcp port 443"}, {"ssl", "tcp port 443"}, {"quic", "udp port 443"}, {"http2", "tcp port 443"}, {"http3", "udp port 443"},
	{"ftp", "port 21"}, {"smb", "tcp port 445"}, {"cifs", "tcp port 445"}, {"rdp", "port 3389"}, {"vnc", "tcp port 5900"}, {"ike", "udp port 500"},
	{"ipsec", "(esp or ah or udp port 500 or udp port 4500)"}, {"openvpn", "port 1194"}, {"wireguard", "udp port 51820"}, {"l2tp", "udp port 1701"},
	{"pptp", "tcp port 1723"}, {"mqtt", "tcp port 1883"}, {"redis", "tcp port 6379"}, {"postgres", "tcp port 5432"}, {"mongodb", "tcp port 27017"},
	{"netflow", "udp port 2055"}, {"sflow", "udp port 6343"}, {"gtp", "udp port 2152"}, {"rtp", ""}, {"rtcp", ""}, {"sni", ""}, {"websocket", ""},
	{"gre", "proto 47"}, {"ospf", "proto 89"}, {"eigrp", "proto 88"}, {"ipip", "proto 4"}, {"rsvp", "proto 46"}, {"l2tpv3", "proto 115"},
	{"lldp", "ether proto 0x88cc"}, {"lacp", "ether proto 0x8809"}, {"eapol", "ether proto 0x888e"}, {"dot1x", "ether proto 0x888e"},
	{"macsec", "ether proto 0x88e5"}, {"ptp", "(ether proto 0x88f7 or udp port 319 or udp port 320)"}, {"wol", "ether proto 0x0842"},
	{"cdp", "ether[20:2] = 0x2000"}, {"pppoe", "(pppoed or pppoes)"}, {"pppoe-discovery", "pppoed"}, {"qinq", "vlan and vlan"}, {"dot1q", "vlan"},
	{"eth", "ether"}, {"ethernet", "ether"}, {"mac", "ether host"}, {"wifi", "wlan"}, {"bcast", "broadcast"}, {"mcast", "multicast"},
	{"subnet", "net"}, {"network", "net"}, {"nets", "net"}, {"networks", "net"}, {"address", "host"}, {"addr", "host"}, {"ipaddr", "host"}, {"hosts", "host"},
	{"source", "src"}, {"saddr", "src"}, {"sip", "port sip"}, {"destination", "dst"}, {"dest", "dst"}, {"daddr", "dst"},
	{"ports", "port"}, {"service", "port"}, {"range", "portrange"}, {"protocol", "proto"}, {"length", "len"}, {"size", "len"},
	{"in", "inbound"}, {"incoming", "inbound"}, {"ingress", "inbound"}, {"out", "outbound"}, {"outgoing", "outbound"}, {"egress", "outbound"},
	{"interface", "ifname"}, {"no", "not"}, {"without", "and not"}, {"except", "and not"}, {"but", "and"}, {"plus", "and"}, {"xor", "and not"},
	{"syn", "tcp[tcpflags] & tcp-syn != 0"}, {"fin", "tcp[tcpflags] & tcp-fin != 0"}, {"rst", "tcp[tcpflags] & tcp-rst != 0"},
	{"reset", "tcp[tcpflags] & tcp-rst != 0"}, {"ack", "tcp[tcpflags] & tcp-ack != 0"}, {"psh", "tcp[tcpflags] & tcp-push != 0"},
	{"push", "tcp[tcpflags] & tcp-push != 0"}, {"urg", "tcp[tcpflags] & tcp-urg != 0"}, {"fragment", "ip[6:2] & 0x3fff != 0"},
	{"fragments", "ip[6:2] & 0x3fff != 0"}, {"frag", "ip[6:2] & 0x3fff != 0"}, {"dscp", ""}, {"all", ""}, {"any", ""}, {"everything", ""},
}

// commonServices are the names of services that a misspelling is held against.
var commonServices = []string{
	"http", "https", "ssh", "domain", "smtp", "imap", "imaps", "pop3", "pop3s", "ntp", "snmp", "snmp-trap", "syslog", "telnet",
	"ftp", "ftp-data", "tftp", "bootps", "bootpc", "ldap", "ldaps", "kerberos", "nfs", "sunrpc", "bgp", "rtsp", "sip", "mysql",
	"postgresql", "submission", "netbios-ns", "netbios-ssn", "microsoft-ds", "isakmp", "radius", "whois", "finger", "echo", "ipp",
}

// withoutEquals drops what stands between a qualifier and an address: `port = 80`.
func (s *suggester) withoutEquals() []string {
	switch s.token(s.at).kind {
	case tokenEqual, tokenColon:
		out := []string{
			s.replace(s.at, s.at+1, ""), s.replace(s.at, s.at+1, "port"), s.replace(s.at, s.at+1, "host"),
			s.replace(s.at, s.at+1, "and port"), // an address and a port
		}
		if s.word(s.at-1) == "proto" {
			out = append(out, s.replace(s.at, s.at+2, `\`+s.word(s.at+1)))
		}
		return out
	case tokenNotEqual:
		for i := s.at - 1; i >= 0 && s.token(i).kind != tokenAnd && s.token(i).kind != tokenOr; i-- {
			if i == 0 || isJoin(s.token(i-1).kind) || s.token(i-1).kind == tokenLeftParen {
				without := s.replace(s.at, s.at+1, "")
				start := s.token(i).pos.Start
				return []string{without[:start] + "not " + without[start:]}
			}
		}
	}
	return nil
}

// qualified says what an address that stands alone may be.
func (s *suggester) qualified() []string {
	var out []string
	for _, i := range []int{s.at, s.at - 1} {
		word := ""
		switch s.token(i).kind {
		case tokenIPv4, tokenIPv6:
			word = "host"
			if s.token(i+1).kind == tokenSlash || s.token(i+1).kind == tokenMask {
				word = "net"
			}
		case tokenMAC:
			word = "ether host"
		case tokenNumber:
			if IsDigit(s.word(i)[0]) { // not one of those that have names
				word = "port"
			}
		case tokenName:
			if name := s.token(i).text; strings.Contains(name, ".") {
				word = "host"
			}
		}
		if word != "" {
			out = append(out, s.replace(i, i, word))
		}
	}
	return out
}

// swapped exchanges the word of the error and the one before it: `port tcp 80`.
func (s *suggester) swapped() []string {
	if s.at == 0 || s.at >= len(s.tokens) {
		return nil
	}
	a, b := s.word(s.at-1), s.word(s.at)
	if _, ok := keyword(b); !ok || b == "not" || isJoin(s.token(s.at-1).kind) || isJoin(s.token(s.at).kind) {
		return nil
	}
	return []string{s.replace(s.at-1, s.at+1, b+" "+a)}
}

// misspelt looks for the words of the language that are nearest to the one at
// the error or the one before; of those that are equally near, common ones come
// first.
func (s *suggester) misspelt() []string {
	type guess struct {
		text     string
		distance int
	}
	var guesses []guess
	words := wordsByMeaning()
	for _, i := range []int{s.at, s.at - 1} {
		word := s.word(i)
		if s.token(i).kind != tokenName || len(word) < 2 || findOtherName(strings.ToLower(word)) != nil {
			continue
		}
		for n, k := range words.near {
			d := distance(strings.ToLower(word), k)
			if d > 1+len(word)/6 || len(word) <= 3 && len(k) == len(word) && k[0] != word[0] {
				continue
			}
			d *= 2
			if strings.HasPrefix(k, word) {
				d-- // the end is missing
			}
			if n >= words.common {
				d++
			}
			guesses = append(guesses, guess{s.replace(i, i+1, k), d})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return a.distance - b.distance })
	var out []string
	for _, g := range guesses {
		out = append(out, g.text)
	}
	return out
}

// distance counts the letters to add, drop, replace or exchange with the next
// to make b of a.
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, last, row := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// parentheses adds one at the end or drops one too many.
func (s *suggester) parentheses() []string {
	if s.at == len(s.tokens) {
		open := strings.Count(s.src, "(") - strings.Count(s.src, ")")
		if open > 0 {
			return []string{s.src + strings.Repeat(")", open)}
		}
	}
	if s.token(s.at).kind == tokenRightParen {
		return []string{s.replace(s.at, s.at+1, "")}
	}
	return nil
}

// joined puts an operator between two terms.
func (s *suggester) joined() []string {
	if s.at == 0 || s.at >= len(s.tokens) {
		return nil
	}
	return []string{s.replace(s.at, s.at, "and"), s.replace(s.at, s.at, "or")}
}
