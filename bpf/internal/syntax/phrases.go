package syntax

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Phrase is something that this language says otherwise. In the pattern, a blank
// stands for one or more, ~ for any number of them, and words in capitals for
// the shapes below. One of to and make says it, or neither, where note has to
// do.
type Phrase struct {
	Pattern string
	To      string                                  // with $1 and so on for the groups of the pattern
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

// Phrases are tried in this order.
var Phrases = []Phrase{
	// Ports.
	{Pattern: `portrange NUM(?:~(?:\.\.+|[:,])~|~-~| to | )NUM`, To: "portrange $1-$2"},
	{Pattern: `ports?(?: range)? NUM(?:~(?:\.\.+|[:-])~| to )NUM`, To: "portrange $1-$2"},
	{Pattern: `port(?:s|range)? between NUM and NUM`, To: "portrange $1-$2"},
	{Pattern: `portrange NUM-\B`, To: "portrange $1-65535"},
	{Pattern: `portrange -NUM`, To: "portrange 0-$1"},
	{Pattern: `port~REL~NUM`, make: portRelation},
	{Pattern: `(?:port~)?NUM~/~(tcp|udp|sctp)`, To: "$2 port $1"},
	{Pattern: `(tcp|udp|sctp)~[:/]~NUM`, To: "$1 port $2"},
	{Pattern: `(tcp|udp|sctp) (src|dst) (NUM|SERVICE)`, To: "$1 $2 port $3"},
	{Pattern: `(?:s|src|source)[-_.]?port`, To: "src port"},
	{Pattern: `(?:d|dst|dest|destination)[-_.]?port`, To: "dst port"},
	{Pattern: `ports?~(?:in~)?[({[]~([\w-]+(?:~[,;| ]~[\w-]+)*)~[)}\]]`, make: itemList("port")},
	{Pattern: `ports? ([\w-]+(?:~[,;|]~[\w-]+)+)`, make: itemList("port")},
	{Pattern: `ports? (\d+(?: \d+)+)`, make: itemList("port")},
	{Pattern: `SERVICE((?:~,~| and | )SERVICE)+\b`, make: services},

	// Hosts and networks.
	{Pattern: `HOST?\[?QUAD\]?[:.]NUM`, make: addressPort},
	{Pattern: `HOST?\[IP6\](?::NUM)?`, make: addressPort},
	{Pattern: `HOST?IP6\.NUM`, make: addressPort},
	{Pattern: `IP6((?:/\d+)?)%~[\w.-]+`, To: "$1$2", note: "an interface is named by the option -i"},
	{Pattern: `net QUAD(?: mask | netmask |~/~| )QUAD`, make: netMask},
	{Pattern: `(tcp|udp|sctp|icmp6?|igmp) ((?:src |dst )?)(?:host )?(?:QUAD|IP6)`, To: "$1 and ${2}host $3$4"},
	{Pattern: `(?:ether|eth|mac|link) ((?:src |dst )?)(?:host )?((?:[0-9a-f]{1,2}[:.-]){5}[0-9a-f]{1,2})`, make: etherAddress},
	{Pattern: `HOST?((?:\d{1,3}\.){1,3})[*x](?:\.[*x])*`, make: wildcard},
	{Pattern: `HOST?QUAD~-~((?:\d{1,3}\.){0,3}\d{1,3})`, make: addressRange},
	{Pattern: `hosts?~(?:in~)?[({[]~([\w.:-]+(?:~[,;| ]~[\w.:-]+)*)~[)}\]]`, make: itemList("host")},
	{Pattern: `hosts? ([\w.:-]+(?:~[,;|]~[\w.:-]+)+)`, make: itemList("host")},
	{Pattern: `nets? ([\w.:/-]+(?:~[,;|]~[\w.:/-]+)+)`, make: itemList("net")},
	{Pattern: `from ADDR to ADDR`, make: both("src", "dst")},
	{Pattern: `between ADDR and ADDR`, make: both("host", "host")},
	{Pattern: `from ADDR`, make: one("src")},
	{Pattern: `to ADDR`, make: one("dst")},

	// TCP flags.
	{Pattern: `tcp~(?:\[~(?:tcp-?)?flags?~\]|\[~13(?:~:~1)?~\]|[ ._-]?flags?|\b)~(=|==|!=|&|is|eq|has|contains|with|)~\(?~FLAGS~\)?(?:~(=|==|!=|>)~(\(?[\w|-]+\)?))?`, make: tcpFlags},
	{Pattern: `tcp\[~FLAGS~\](?:~REL~([01]))?`, make: tcpFlagIndex},
	{Pattern: `tcp[ ._-]?flags?~(=|==|&)~NUM`, make: tcpFlagBits},
	{Pattern: `tcp\[~(?:flags?|tcpflag)~\]`, To: "tcp[tcpflags]"},
	{Pattern: `(?:tcp-?)?syn[-_/ ]?ack`, To: "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)"},

	{Pattern: `tcp-(syn|ack|fin|rst|push|urg)`, To: "tcp[tcpflags] & tcp-$1 != 0"},

	// Protocols.
	{Pattern: `((?:ip6? )?)proto(?:col)?~(?:IS~)?\\?(\w[\w-]*)`, make: protocolName},
	{Pattern: `(tcp|udp)4`, To: "ip and $1"},
	{Pattern: `(tcp|udp)6`, To: "ip6 and $1"},
	{Pattern: `ip version 4`, To: "ip"},
	{Pattern: `ip version 6`, To: "ip6"},
	{Pattern: `(?:ether type|ethertype|eth\.type|ether-type)~(?:IS~)?NUM`, To: "ether proto $1"},
	{Pattern: `(?:ether type|ethertype)~(?:IS~)?(ip6?|arp|rarp|atalk|stp|ipx|decnet)`, To: `ether proto \$1`},

	// Fields of headers.
	{Pattern: `(?:ip )?ttl~REL~NUM`, To: "ip[8] $1 $2"},
	{Pattern: `(?:ip )?ttl NUM`, To: "ip[8] = $1"},
	{Pattern: `ip\[~ttl~\]`, To: "ip[8]"},
	{Pattern: `(?:ip )?(?:tos|dsfield)~(?:IS~)?NUM`, To: "ip[1] = $1"},
	{Pattern: `(?:ip )?dscp~(?:IS~)?NUM`, To: "ip[1] >> 2 = $1"},
	{Pattern: `ip id~(?:IS~)?NUM`, To: "ip[4:2] = $1"},
	{Pattern: `ip (?:total )?len(?:gth)?~REL~NUM`, To: "ip[2:2] $1 $2"},
	{Pattern: `(?:(?:packet|frame|pkt) )?(?:len(?:gth)?|size|pktlen)~REL~NUM(?: bytes?)?`, To: "len $1 $2"},
	{Pattern: `(?:(?:packet|frame|pkt) )?(?:len(?:gth)?|size|pktlen)~NUM(?: bytes?)?`, To: "len = $1"},
	{Pattern: `(?:greater|larger|more|bigger) than NUM(?: bytes?)?`, To: "len > $1"},
	{Pattern: `(?:less|smaller) than NUM(?: bytes?)?`, To: "len < $1"},
	{Pattern: `byte~NUM~(&)~NUM~(==|=|!=)~NUM`, To: "ether[$1] $2 $3 $4 $5"},
	{Pattern: `byte~NUM~(!=|>=|<=)~NUM`, To: "ether[$1] $2 $3"},
	{Pattern: `byte~NUM:NUM~REL~NUM`, To: "ether[$1:$2] $3 $4"},

	// ICMP, ARP, tags.
	{Pattern: `(icmp6?)(?: |~\[~(?:icmp6?)?type~\]~(?:=|==|is)~|[ .]type~(?:=|==|is| )~)(?:icmp6?-)?(echo[ -]?(?:request|reply)?|(?:dest(?:ination)?[ -]?)?unreach(?:able)?|redirect|time[ -]?exceeded|router[ -]?(?:advert|solicit)\w*|neighbor[ -]?(?:advert|solicit)\w*|packet[ -]?too[ -]?big)`, make: icmpType},
	{Pattern: `(icmp6?)[ .]type~(?:IS~)?NUM`, To: "$1[${1}type] = $2"},
	{Pattern: `(icmp6?)[ .]code~(?:IS~)?NUM`, To: "$1[${1}code] = $2"},
	{Pattern: `(icmp6?)\[~type~\]`, To: "$1[${1}type]"},
	{Pattern: `(icmp6?)\[~code~\]`, To: "$1[${1}code]"},
	{Pattern: `(arp|rarp) (?:op|opcode)~(?:IS~)?NUM`, To: "$1[6:2] = $2"},
	{Pattern: `arp (?:request|who-?has)s?`, To: "arp[6:2] = 1"},
	{Pattern: `arp (?:repl(?:y|ies)|response|is-?at)`, To: "arp[6:2] = 2"},
	{Pattern: `rarp requests?`, To: "rarp[6:2] = 3"},
	{Pattern: `rarp repl(?:y|ies)`, To: "rarp[6:2] = 4"},
	{Pattern: `vlan~(?:(?:id|tag|vid)~)?IS?~NUM(?:~-~| to )NUM`, make: vlanRange},
	{Pattern: `vlan~(?:(?:id|tag|vid)~)?IS?~(NUM(?:(?:~[,|]~| or (?:vlan )?)NUM)+)`, make: vlanList},
	{Pattern: `vlan (?:id|tag|vid)~IS?~NUM`, To: "vlan $1"},
	{Pattern: `dir(?:ection)? in(?:bound)?`, To: "inbound"},
	{Pattern: `dir(?:ection)? out(?:bound)?`, To: "outbound"},
	{Pattern: `(mpls|vxlan|geneve) (?:label|id|vni)~IS?~NUM`, To: "$1 $2"},

	// Words that none of the language stands for.
	{Pattern: `(?:contains|matches)\b.*`, note: "what is in the payload is searched for by the option --find"},
	{Pattern: `(?:^| )-(?:-[a-z][\w-]*(?:=\S*)?|[icwrsCGWyzFBEjmMQTVZ] \S+|[a-z#]+\b)`, make: withoutOption, note: "options stand in arguments of their own, not in the expression"},
	{Pattern: ` [nvexXAtqlSpKO]{1,5}$`, make: withoutOption, note: "options begin with a hyphen"},
}

// CompiledPhrases are the patterns of phrases, which a right expression needs
// not.
var CompiledPhrases = sync.OnceValue(func() []*regexp.Regexp {
	list := make([]*regexp.Regexp, len(Phrases))
	for i, p := range Phrases {
		pattern := shapes.Replace(p.Pattern)
		if c := p.Pattern[0]; isAlnum(c) || c == '(' && !strings.HasPrefix(p.Pattern, "(?:^") {
			pattern = `\b(?:` + pattern + `)`
		}
		if last := p.Pattern[len(p.Pattern)-1]; isAlnum(last) && !strings.HasSuffix(p.Pattern, `\B`) && !strings.HasSuffix(p.Pattern, `\b`) || last == ')' && !strings.HasSuffix(p.Pattern, `\)`) {
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
	for i, re := range CompiledPhrases() {
		p := &Phrases[i]
		for _, m := range re.FindAllStringSubmatchIndex(s.src, -1) {
			if m[0] > to || m[1] < from {
				continue
			}
			found := s.say(p, re, m)
			if p.note != "" && (len(found) > 0 || p.To == "" && p.make == nil) && s.note == "" {
				s.note = p.note
			}
			out = append(out, found...)
			break
		}
	}
	return out
}

// say is the expression with the match m of p's pattern in other words.
func (s *suggester) say(p *Phrase, re *regexp.Regexp, m []int) []string {
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
	case p.To != "":
		texts = []string{string(re.ExpandString(nil, p.To, strings.ToLower(s.src), m))}
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
