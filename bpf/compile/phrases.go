package compile

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// phrase is something that this language says otherwise. In the pattern, a blank
// stands for one or more, ~ for any number of them, and words in capitals for
// the shapes below. One of to and make says it, or neither, where note has to
// do.
type phrase struct {
	pattern string
	to      string                                  // with $1 and so on for the groups of the pattern
	make    func(s *suggester, g []string) []string // of the groups; g[0] is all of it. Empty, not nil: nothing says it
	note    string
}

// shapes are what words in capitals stand for in patterns.
var shapes = strings.NewReplacer(
	" ", `\s+`, "~", `\s*`,
	"NUM", `(0x[0-9a-f]+|\d+)`,
	"REL", `(==|=|!=|<=|>=|<|>)`,
	"IS", `(?:==|=|:|is|eq)`,
	"QUAD", `(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})`,
	"IP6", `([0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*)`,
	"ADDR", `([\w.:-]+(?:/\d+)?)`,
	"WORD", `([a-z][\w.-]*)`,
	"HOST", `((?:(?:src|dst) )?(?:host |net )?)`,
	"FLAGS", `((?:tcp-)?`+flagWords+`(?:(?:\s*[|,+/&]\s*|\s+or\s+|\s+and\s+|\s+|-)(?:tcp-)?`+flagWords+`)*)`,
	"SERVICE", `(`+strings.Join(commonServices, "|")+`)`,
)

const flagWords = `(?:synack|syn|ack|fin|rst|reset|push|psh|urg|ece|cwr)`

// phrases are tried in this order.
var phrases = []phrase{
	// Ports.
	{pattern: `portrange NUM(?:~(?:\.\.+|[:,])~|~-~| to | )NUM`, to: "portrange $1-$2"},
	{pattern: `ports?(?: range)? NUM(?:~(?:\.\.+|[:-])~| to )NUM`, to: "portrange $1-$2"},
	{pattern: `port(?:s|range)? between NUM and NUM`, to: "portrange $1-$2"},
	{pattern: `portrange NUM-\B`, to: "portrange $1-65535"},
	{pattern: `portrange -NUM`, to: "portrange 0-$1"},
	{pattern: `port~REL~NUM`, make: portRelation},
	{pattern: `(?:port~)?NUM~/~(tcp|udp|sctp)`, to: "$2 port $1"},
	{pattern: `(tcp|udp|sctp)~[:/]~NUM`, to: "$1 port $2"},
	{pattern: `(tcp|udp|sctp) (src|dst) (NUM|SERVICE)`, to: "$1 $2 port $3"},
	{pattern: `(?:s|src|source)[-_.]?port`, to: "src port"},
	{pattern: `(?:d|dst|dest|destination)[-_.]?port`, to: "dst port"},
	{pattern: `ports?~(?:in~)?[({[]~([\w-]+(?:~[,;| ]~[\w-]+)*)~[)}\]]`, make: itemList("port")},
	{pattern: `ports? ([\w-]+(?:~[,;|]~[\w-]+)+)`, make: itemList("port")},
	{pattern: `ports? (\d+(?: \d+)+)`, make: itemList("port")},
	{pattern: `SERVICE((?:~,~| and | )SERVICE)+\b`, make: services},

	// Hosts and networks.
	{pattern: `HOST?\[?QUAD\]?[:.]NUM`, make: addressPort},
	{pattern: `HOST?\[IP6\](?::NUM)?`, make: addressPort},
	{pattern: `HOST?IP6\.NUM`, make: addressPort},
	{pattern: `IP6((?:/\d+)?)%~[\w.-]+`, to: "$1$2", note: "an interface is named by the option -i"},
	{pattern: `net QUAD(?: mask | netmask |~/~| )QUAD`, make: netMask},
	{pattern: `(tcp|udp|sctp|icmp6?|igmp) ((?:src |dst )?)(?:host )?(?:QUAD|IP6)`, to: "$1 and ${2}host $3$4"},
	{pattern: `(?:ether|eth|mac|link) ((?:src |dst )?)(?:host )?((?:[0-9a-f]{1,2}[:.-]){5}[0-9a-f]{1,2})`, make: etherAddress},
	{pattern: `HOST?((?:\d{1,3}\.){1,3})[*x](?:\.[*x])*`, make: wildcard},
	{pattern: `HOST?QUAD~-~((?:\d{1,3}\.){0,3}\d{1,3})`, make: addressRange},
	{pattern: `hosts?~(?:in~)?[({[]~([\w.:-]+(?:~[,;| ]~[\w.:-]+)*)~[)}\]]`, make: itemList("host")},
	{pattern: `hosts? ([\w.:-]+(?:~[,;|]~[\w.:-]+)+)`, make: itemList("host")},
	{pattern: `nets? ([\w.:/-]+(?:~[,;|]~[\w.:/-]+)+)`, make: itemList("net")},
	{pattern: `from ADDR to ADDR`, make: both("src", "dst")},
	{pattern: `between ADDR and ADDR`, make: both("host", "host")},
	{pattern: `from ADDR`, make: one("src")},
	{pattern: `to ADDR`, make: one("dst")},

	// TCP flags.
	{pattern: `tcp~(?:\[~(?:tcp-?)?flags?~\]|\[~13(?:~:~1)?~\]|[ ._-]?flags?|\b)~(=|==|!=|&|is|eq|has|contains|with|)~\(?~FLAGS~\)?(?:~(=|==|!=|>)~(\(?[\w|-]+\)?))?`, make: tcpFlags},
	{pattern: `tcp\[~FLAGS~\](?:~REL~([01]))?`, make: tcpFlagIndex},
	{pattern: `tcp[ ._-]?flags?~(=|==|&)~NUM`, make: tcpFlagBits},
	{pattern: `tcp\[~(?:flags?|tcpflag)~\]`, to: "tcp[tcpflags]"},
	{pattern: `(?:tcp-?)?syn[-_/ ]?ack`, to: "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)"},

	{pattern: `tcp-(syn|ack|fin|rst|push|urg)`, to: "tcp[tcpflags] & tcp-$1 != 0"},

	// Protocols.
	{pattern: `((?:ip6? )?)proto(?:col)?~(?:IS~)?\\?(\w[\w-]*)`, make: protocolName},
	{pattern: `(tcp|udp)4`, to: "ip and $1"},
	{pattern: `(tcp|udp)6`, to: "ip6 and $1"},
	{pattern: `ip version 4`, to: "ip"},
	{pattern: `ip version 6`, to: "ip6"},
	{pattern: `(?:ether type|ethertype|eth\.type|ether-type)~(?:IS~)?NUM`, to: "ether proto $1"},
	{pattern: `(?:ether type|ethertype)~(?:IS~)?(ip6?|arp|rarp|atalk|stp|ipx|decnet)`, to: `ether proto \$1`},

	// Fields of headers.
	{pattern: `(?:ip )?ttl~REL~NUM`, to: "ip[8] $1 $2"},
	{pattern: `(?:ip )?ttl NUM`, to: "ip[8] = $1"},
	{pattern: `ip\[~ttl~\]`, to: "ip[8]"},
	{pattern: `(?:ip )?(?:tos|dsfield)~(?:IS~)?NUM`, to: "ip[1] = $1"},
	{pattern: `(?:ip )?dscp~(?:IS~)?NUM`, to: "ip[1] >> 2 = $1"},
	{pattern: `ip id~(?:IS~)?NUM`, to: "ip[4:2] = $1"},
	{pattern: `ip (?:total )?len(?:gth)?~REL~NUM`, to: "ip[2:2] $1 $2"},
	{pattern: `(?:(?:packet|frame|pkt) )?(?:len(?:gth)?|size|pktlen)~REL~NUM(?: bytes?)?`, to: "len $1 $2"},
	{pattern: `(?:(?:packet|frame|pkt) )?(?:len(?:gth)?|size|pktlen)~NUM(?: bytes?)?`, to: "len = $1"},
	{pattern: `(?:greater|larger|more|bigger) than NUM(?: bytes?)?`, to: "len > $1"},
	{pattern: `(?:less|smaller) than NUM(?: bytes?)?`, to: "len < $1"},
	{pattern: `byte~NUM~(&)~NUM~(==|=|!=)~NUM`, to: "ether[$1] $2 $3 $4 $5"},
	{pattern: `byte~NUM~(!=|>=|<=)~NUM`, to: "ether[$1] $2 $3"},
	{pattern: `byte~NUM:NUM~REL~NUM`, to: "ether[$1:$2] $3 $4"},

	// ICMP, ARP, tags.
	{pattern: `(icmp6?)(?: |~\[~(?:icmp6?)?type~\]~(?:=|==|is)~|[ .]type~(?:=|==|is| )~)(?:icmp6?-)?(echo[ -]?(?:request|reply)?|(?:dest(?:ination)?[ -]?)?unreach(?:able)?|redirect|time[ -]?exceeded|router[ -]?(?:advert|solicit)\w*|neighbor[ -]?(?:advert|solicit)\w*|packet[ -]?too[ -]?big)`, make: icmpType},
	{pattern: `(icmp6?)[ .]type~(?:IS~)?NUM`, to: "$1[${1}type] = $2"},
	{pattern: `(icmp6?)[ .]code~(?:IS~)?NUM`, to: "$1[${1}code] = $2"},
	{pattern: `(icmp6?)\[~type~\]`, to: "$1[${1}type]"},
	{pattern: `(icmp6?)\[~code~\]`, to: "$1[${1}code]"},
	{pattern: `(arp|rarp) (?:op|opcode)~(?:IS~)?NUM`, to: "$1[6:2] = $2"},
	{pattern: `arp (?:request|who-?has)s?`, to: "arp[6:2] = 1"},
	{pattern: `arp (?:repl(?:y|ies)|response|is-?at)`, to: "arp[6:2] = 2"},
	{pattern: `rarp requests?`, to: "rarp[6:2] = 3"},
	{pattern: `rarp repl(?:y|ies)`, to: "rarp[6:2] = 4"},
	{pattern: `vlan~(?:(?:id|tag|vid)~)?IS?~NUM(?:~-~| to )NUM`, make: vlanRange},
	{pattern: `vlan~(?:(?:id|tag|vid)~)?IS?~(NUM(?:(?:~[,|]~| or (?:vlan )?)NUM)+)`, make: vlanList},
	{pattern: `vlan (?:id|tag|vid)~IS?~NUM`, to: "vlan $1"},
	{pattern: `dir(?:ection)? in(?:bound)?`, to: "inbound"},
	{pattern: `dir(?:ection)? out(?:bound)?`, to: "outbound"},
	{pattern: `(mpls|vxlan|geneve) (?:label|id|vni)~IS?~NUM`, to: "$1 $2"},

	// Words that none of the language stands for.
	{pattern: `(?:contains|matches)\b.*`, note: "what is in the payload is searched for by the option --find"},
	{pattern: `(?:^| )-(?:-[a-z][\w-]*(?:=\S*)?|[icwrsCGWyzFBEjmMQTVZ] \S+|[a-z#]+\b)`, make: withoutOption, note: "options stand in arguments of their own, not in the expression"},
	{pattern: ` [nvexXAtqlSpKO]{1,5}$`, make: withoutOption, note: "options begin with a hyphen"},
}

// compiledPhrases are the patterns of phrases, which a right expression needs
// not.
var compiledPhrases = sync.OnceValue(func() []*regexp.Regexp {
	list := make([]*regexp.Regexp, len(phrases))
	for i, p := range phrases {
		pattern := shapes.Replace(p.pattern)
		if c := p.pattern[0]; isAlnum(c) || c == '(' && !strings.HasPrefix(p.pattern, "(?:^") {
			pattern = `\b(?:` + pattern + `)`
		}
		if last := p.pattern[len(p.pattern)-1]; isAlnum(last) && !strings.HasSuffix(p.pattern, `\B`) && !strings.HasSuffix(p.pattern, `\b`) || last == ')' && !strings.HasSuffix(p.pattern, `\)`) {
			pattern += `\b`
		}
		list[i] = regexp.MustCompile(`(?i)` + pattern)
	}
	return list
})

// phrases are the expressions with a phrase at the place of the error said in
// this language.
func (s *suggester) phrases() []string {
	from := len(strings.TrimRight(s.src[:s.err.Pos], " \t\n"))
	to := s.err.Pos + s.err.Len
	var out []string
	for i, re := range compiledPhrases() {
		p := &phrases[i]
		for _, m := range re.FindAllStringSubmatchIndex(s.src, -1) {
			if m[0] > to || m[1] < from {
				continue
			}
			found := s.say(p, re, m)
			if p.note != "" && (len(found) > 0 || p.to == "" && p.make == nil) && s.note == "" {
				s.note = p.note
			}
			out = append(out, found...)
			break
		}
	}
	return out
}

// say is the expression with the match m of p's pattern in other words.
func (s *suggester) say(p *phrase, re *regexp.Regexp, m []int) []string {
	var texts []string
	switch {
	case p.make != nil:
		groups := make([]string, len(m)/2)
		for i := range groups {
			if m[2*i] >= 0 {
				groups[i] = strings.ToLower(s.src[m[2*i]:m[2*i+1]])
			}
		}
		texts = p.make(s, groups)
		s.unsayable = s.unsayable || texts != nil && len(texts) == 0
	case p.to != "":
		texts = []string{string(re.ExpandString(nil, p.to, strings.ToLower(s.src), m))}
	}
	var out []string
	for _, text := range texts {
		out = append(out, s.put(m[0], m[1], s.grouped(m[0], m[1], text)))
	}
	return out
}

// grouped is text in parentheses where it needs them in the place of the bytes
// from start to end.
func (s *suggester) grouped(start, end int, text string) string {
	before, after := strings.TrimSpace(s.src[:start]), strings.TrimSpace(s.src[end:])
	joins := func(word string) bool { return strings.Contains(withoutGroups(text), word) }
	switch {
	case before == "" && after == "" || !joins(" and ") && !joins(" or "):
		return text
	case !joins(" or ") && (before == "" || strings.HasSuffix(before, "(") || strings.HasSuffix(before, "&&") || strings.HasSuffix(before, " and")):
		return text // and binds to the left
	}
	return "(" + text + ")"
}

// withoutGroups is text without what is in parentheses or brackets.
func withoutGroups(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		if depth > 0 {
			return -1
		}
		return r
	}, text)
}

// typographic are characters of books and web pages for those of the language.
var typographic = strings.NewReplacer(
	"\u201c", "", "\u201d", "", "\u201e", "", "\u2018", "", "\u2019", "", `"`, "", "'", "", "`", "",
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-",
	"\u00a0", " ", "\u2009", " ", "\u202f", " ", "\u200b", "", "\ufeff", "",
	"\u2264", "<=", "\u2265", ">=", "\u2260", "!=", "\uff0c", ",", "\uff08", "(", "\uff09", ")", "\uff1a", ":",
)

// characters is the expression without quotes and characters that only look like
// those of the language.
func (s *suggester) characters() []string {
	plain := strings.TrimSpace(typographic.Replace(s.src))
	if plain == s.src {
		return nil
	}
	return []string{plain}
}

// fields are the words of text, which commas and the like may part.
func fields(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n,;|+/&", r) }),
		func(word string) bool { return word == "and" || word == "or" })
}
