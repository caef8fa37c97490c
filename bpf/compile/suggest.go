package compile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// suggest says what a syntax error may stand for: the expression with one thing
// changed at or before the place of the error, if that makes it parse.
func (e *Error) suggest() {
	if e.Suggestion != "" || len(e.Expr) > maxSuggest {
		return
	}
	s := suggester{src: e.Expr}
	lex := lexer{src: e.Expr}
	for tok := lex.next(); tok.kind != tokenEnd; tok = lex.next() {
		s.tokens = append(s.tokens, tok)
	}
	s.at = len(s.tokens)
	for i, tok := range s.tokens {
		if int(tok.pos.start) >= e.Pos {
			s.at = i
			break
		}
	}
	for _, change := range changes {
		for _, candidate := range change(&s) {
			if _, err := parse(candidate, true); err == nil && strings.TrimSpace(candidate) != "" {
				e.Suggestion = candidate
				return
			}
		}
	}
}

// maxSuggest is the length of the longest expression that is searched for what
// it may stand for.
const maxSuggest = 2000

type suggester struct {
	src    string
	tokens []token
	at     int // the token of the error, or their number
}

// changes are tried in this order. Each returns whole expressions.
var changes = []func(*suggester) []string{
	(*suggester).lowerCase,
	(*suggester).displayFilter,
	(*suggester).doubled,
	(*suggester).operator,
	(*suggester).escaped,
	(*suggester).withoutEquals,
	(*suggester).otherName,
	(*suggester).qualified,
	(*suggester).swapped,
	(*suggester).misspelt,
	(*suggester).parentheses,
	(*suggester).joined,
}

// token is token number i, or the end.
func (s *suggester) token(i int) token {
	if i < 0 || i >= len(s.tokens) {
		end := int32(len(s.src))
		return token{pos: span{end, end}}
	}
	return s.tokens[i]
}

func (s *suggester) word(i int) string {
	pos := s.token(i).pos
	return s.src[pos.start:pos.end]
}

// replace puts text in the place of tokens from to to, the latter excluded.
func (s *suggester) replace(from, to int, text string) string {
	start := s.token(from).pos.start
	end := start
	if to > from {
		end = s.token(to - 1).pos.end
	}
	before, after := s.src[:start], s.src[end:]
	if text == "" {
		return strings.TrimSpace(strings.TrimRight(before, " ") + " " + strings.TrimLeft(after, " "))
	}
	if before != "" && !strings.ContainsAny(before[len(before)-1:], " ([") {
		before += " "
	}
	if after != "" && !strings.ContainsAny(after[:1], " )]") {
		text += " "
	}
	return strings.TrimRight(before+text+after, " ")
}

// lowerCase writes the words of the language as they are written.
func (s *suggester) lowerCase() []string {
	out, last, changed := "", int32(0), false
	for _, tok := range s.tokens {
		lower := strings.ToLower(tok.text)
		if _, ok := keyword(lower); tok.kind == tokenName && ok && lower != s.src[tok.pos.start:tok.pos.end] {
			out += s.src[last:tok.pos.start] + lower
			last, changed = tok.pos.end, true
		}
	}
	if !changed {
		return nil
	}
	return []string{out + s.src[last:]}
}

// displayFilter translates fields as other tools name them: tcp.port == 80.
func (s *suggester) displayFilter() []string {
	for i := range s.tokens {
		field := strings.ToLower(s.word(i))
		k := slices.IndexFunc(displayFields, func(d displayField) bool { return d.name == field })
		if k < 0 {
			continue
		}
		format := displayFields[k].format
		rel, to := s.word(i+1), i+2
		if rel == "!" && s.word(i+2) == "=" {
			rel, to = "!=", i+3
		}
		value := s.word(to)
		switch rel {
		case "==", "=", "eq":
			rel = "="
		case "!=", "ne":
			rel = "!="
		case ">", "<", ">=", "<=":
		default:
			return []string{s.replace(i, i+1, strings.SplitN(field, ".", 2)[0])}
		}
		var text string
		switch {
		case strings.Contains(format, "$op"):
			text = strings.NewReplacer("$op", rel, "$", value).Replace(format)
		case rel == "=":
			text = strings.ReplaceAll(format, "$", value)
		case rel == "!=":
			text = "not " + strings.ReplaceAll(format, "$", value)
		default:
			return nil
		}
		next := suggester{src: s.replace(i, to+1, text)}
		if _, err := parse(next.src, true); err == nil {
			return []string{next.src}
		}
		return s.again(next.src, (*suggester).displayFilter)
	}
	return nil
}

// again makes another change to an expression that a change has been made to.
func (s *suggester) again(src string, change func(*suggester) []string) []string {
	next := suggester{src: src}
	lex := lexer{src: src}
	for tok := lex.next(); tok.kind != tokenEnd; tok = lex.next() {
		next.tokens = append(next.tokens, tok)
	}
	next.at = len(next.tokens)
	return change(&next)
}

// displayFields are fields of display filters; $ is the value, $op the operator.
var displayFields = []displayField{
	{"tcp.port", "tcp port $"}, {"tcp.srcport", "tcp src port $"}, {"tcp.dstport", "tcp dst port $"},
	{"udp.port", "udp port $"}, {"udp.srcport", "udp src port $"}, {"udp.dstport", "udp dst port $"},
	{"sctp.port", "sctp port $"}, {"ip.addr", "host $"}, {"ip.src", "src host $"},
	{"ip.dst", "dst host $"}, {"ip.host", "host $"}, {"ipv6.addr", "host $"},
	{"ipv6.src", "src host $"}, {"ipv6.dst", "dst host $"}, {"eth.addr", "ether host $"},
	{"eth.src", "ether src $"}, {"eth.dst", "ether dst $"}, {"eth.type", "ether proto $"},
	{"arp.opcode", "arp[6:2] $op $"}, {"vlan.id", "vlan $"}, {"ip.proto", "ip proto $"},
	{"ip.ttl", "ip[8] $op $"}, {"ip.len", "ip[2:2] $op $"}, {"frame.len", "len $op $"},
	{"icmp.type", "icmp[icmptype] $op $"}, {"icmp.code", "icmp[icmpcode] $op $"}, {"icmpv6.type", "icmp6[icmp6type] $op $"},
	{"tcp.flags", "tcp[tcpflags] $op $"}, {"tcp.flags.syn", "tcp[tcpflags] & tcp-syn != 0"}, {"tcp.flags.ack", "tcp[tcpflags] & tcp-ack != 0"},
	{"tcp.flags.fin", "tcp[tcpflags] & tcp-fin != 0"}, {"tcp.flags.reset", "tcp[tcpflags] & tcp-rst != 0"}, {"tcp.flags.push", "tcp[tcpflags] & tcp-push != 0"},
	{"wlan.addr", "wlan host $"}, {"wlan.ta", "wlan ta $"}, {"wlan.ra", "wlan ra $"},
}

type displayField struct{ name, format string }

func isJoin(k tokenKind) bool { return k == tokenAnd || k == tokenOr }

// doubled drops one of two operators: `and and`, `&& and`, `or and`.
func (s *suggester) doubled() []string {
	var out []string
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
	case "|", ",":
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
		if k := slices.IndexFunc(otherNames, func(o otherName) bool { return o.name == word }); k >= 0 {
			out = append(out, s.replace(i, i+1, otherNames[k].meaning))
		} else if slices.Contains(commonServices, word) {
			out = append(out, s.replace(i, i+1, "port "+word))
		}
	}
	return out
}

type otherName struct{ name, meaning string }

var otherNames = []otherName{
	{"ipv4", "ip"}, {"ipv6", "ip6"}, {"icmpv6", "icmp6"}, {"ping", "icmp"}, {"ndp", "icmp6"}, {"dns", "port domain"},
	{"mdns", "udp port 5353"}, {"dhcp", "(port 67 or port 68)"}, {"dhcpv6", "(port 546 or port 547)"}, {"tls", "tcp port 443"},
	{"ssl", "tcp port 443"}, {"quic", "udp port 443"}, {"ftp", "port ftp"}, {"eth", "ether"}, {"ethernet", "ether"}, {"mac", "ether host"},
	{"subnet", "net"}, {"network", "net"}, {"address", "host"}, {"addr", "host"}, {"source", "src"}, {"destination", "dst"}, {"dest", "dst"},
	{"xor", "and not"}, {"syn", "tcp[tcpflags] & tcp-syn != 0"}, {"fin", "tcp[tcpflags] & tcp-fin != 0"},
	{"rst", "tcp[tcpflags] & tcp-rst != 0"}, {"ack", "tcp[tcpflags] & tcp-ack != 0"},
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
				start := s.token(i).pos.start
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
			word = "port"
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
	if _, ok := keyword(b); !ok || isJoin(s.token(s.at-1).kind) || isJoin(s.token(s.at).kind) {
		return nil
	}
	return []string{s.replace(s.at-1, s.at+1, b+" "+a)}
}

// misspelt looks for the words of the language that are nearest to the one at
// the error or the one before.
func (s *suggester) misspelt() []string {
	type guess struct {
		text     string
		distance int
	}
	var guesses []guess
	for _, i := range []int{s.at, s.at - 1} {
		word := s.word(i)
		if s.token(i).kind != tokenName || len(word) < 2 {
			continue
		}
		for _, k := range commonWords {
			d := distance(strings.ToLower(word), k)
			if d > 1+len(word)/4 || d == len(word) {
				continue
			}
			d *= 2
			if strings.HasPrefix(k, word) {
				d-- // the end is missing
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

// commonWords are the words that a misspelling is held against.
var commonWords = []string{
	"port", "host", "net", "proto", "portrange", "src", "dst", "and", "or", "not", "tcp", "udp", "icmp", "icmp6",
	"ip", "ip6", "arp", "rarp", "ether", "vlan", "mpls", "sctp", "igmp", "broadcast", "multicast", "greater", "less",
	"gateway", "protochain", "inbound", "outbound", "wlan", "type", "subtype", "dir", "llc", "stp", "isis", "len",
	"geneve", "vxlan", "pppoes", "pppoed", "link", "mask", "ifname", "vrrp", "carp", "pim", "ah", "esp",
	"tcpflags", "tcp-syn", "tcp-ack", "tcp-fin", "tcp-rst", "tcp-push", "tcp-urg", "icmptype", "icmpcode", "icmp6type", "icmp6code",
	"icmp-echo", "icmp-echoreply", "icmp-unreach",
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

// suggestTerm says what a term may stand for that makes no sense as it is.
func (g *generator) suggestTerm(t *term, err *Error) {
	if err.Suggestion != "" || t.op != termAddress && t.op != termWlanType {
		return
	}
	if t.kind == addressName && (t.qual.typ == typeNone || strings.Contains(t.text, ".")) {
		err.syntax = true // a word that is misspelt may have become a name
	}
	if t.kind == addressName && t.qual.typ.isPort() && !err.syntax {
		g.suggestPort(t, err)
		return
	}
	text := g.expr.src[t.pos.start:t.pos.end]
	to := ""
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
	switch {
	case t.op == termWlanType && (q.proto == qualICMP || q.proto == qualICMPv6):
		to = fmt.Sprintf("%s[%stype] = %d", q.proto, q.proto, t.num)
	case t.op == termWlanType:
	case t.kind == addressMAC && q.proto != qualLink && q.typ != typePort:
		to = "ether " + direction + "host " + address
		if direction != "" {
			to = "ether " + direction + address
		}
	case isIP && (t.kind == addressIPv4Prefix || t.kind == addressIPv4Mask || t.kind == addressIPv6Prefix) && q.typ != typeNet:
		to = direction + "net " + address
	case t.kind == addressIPv4Prefix || t.kind == addressIPv6Prefix: // bits beyond the prefix
		prefix, bad := netip.ParsePrefix(address)
		if bad != nil || prefix.Masked() == prefix {
			return
		}
		to = text[:len(text)-len(address)] + prefix.Masked().String()
		if !strings.HasSuffix(text, address) {
			return
		}
	case isIP && (q.typ == typePort || q.typ == typePortRange || q.typ == typeProto || q.typ == typeNone):
		to = direction + "host " + address
	case q.typ == typeNone && t.kind == addressNumber:
		to = "port " + address
	case q.proto != qualDefault && q.proto != qualLink && (isIP || q.typ.isPort() && !q.proto.hasPorts()):
		to = fmt.Sprintf("%s and %s%s %s", q.proto, direction, q.typ, address)
	case q.typ == typeProto && q.proto == qualLink:
		to = `ip proto \` + address
	}
	if to != "" && to != text {
		g.suggestText(t, to, err)
	}
}

// suggestText suggests text in the place of t, if that parses.
func (g *generator) suggestText(t *term, text string, err *Error) {
	whole := g.expr.src[:t.pos.start] + text + g.expr.src[t.pos.end:]
	if _, problem := parse(whole, true); problem == nil {
		err.Suggestion = whole
	}
}

// suggestPort says what a service may be called, or what it runs over, or that a
// range was meant.
func (g *generator) suggestPort(t *term, err *Error) {
	text := g.expr.src[t.pos.start:t.pos.end]
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
	nearest, least := "", 1+len(t.text)/4
	for _, name := range commonServices {
		if d := distance(strings.ToLower(t.text), name); d <= least && (nearest == "" || d < least) {
			nearest, least = name, d
		}
	}
	if nearest != "" && err.Suggestion == "" && !known {
		g.suggestText(t, before+nearest, err)
	}
}
