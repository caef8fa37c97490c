package syntax

import (
	"net/netip"

	"github.com/tapdump/tapdump/versions"
)

// lexer cuts an expression into tokens. A token is the longest that matches.
type lexer struct {
	src  string
	at   int
	err  *Error // first error; from then on there are only ends
	like versions.Version
}

func IsDigit(c byte) bool { return '0' <= c && c <= '9' }
func IsHex(c byte) bool   { return IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isAlnum(c byte) bool { return IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

func (l *lexer) fail(pos Span, format string, args ...any) token {
	if l.err == nil {
		l.err = NewError(l.src, pos, format, args...)
	}
	return token{kind: tokenBad, pos: pos}
}

func (l *lexer) next() token {
	for l.at < len(l.src) && isSpace(l.src[l.at]) {
		l.at++
	}
	start := l.at
	if l.err != nil || start == len(l.src) {
		return token{kind: tokenEnd, pos: l.from(start)}
	}
	rest := l.src[start:]
	if n := matchWord(rest); n > 0 {
		l.at += n
		return l.word(rest[:n], l.from(start))
	}
	if rest[0] == '\\' {
		n := 1
		for n < len(rest) && !isEscapeEnd(rest[n]) {
			n++
		}
		if n > 1 {
			l.at += n
			return token{kind: tokenName, text: rest[1:n], pos: l.from(start)}
		}
	}
	kind, n := matchPunctuation(rest)
	l.at += n
	return token{kind: kind, text: rest[:n], pos: l.from(start)}
}

// from is the span from start to where the lexer is.
func (l *lexer) from(start int) Span { return Span{Start: int32(start), End: int32(l.at)} }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isEscapeEnd(c byte) bool {
	return c == ' ' || c == '!' || c == '(' || c == ')' || c == '\n' || c == '\t'
}

func matchPunctuation(s string) (tokenKind, int) {
	two := ""
	if len(s) >= 2 {
		two = s[:2]
	}
	switch two {
	case ">=":
		return tokenGreaterEqual, 2
	case "<=":
		return tokenLessEqual, 2
	case "!=":
		return tokenNotEqual, 2
	case "==":
		return tokenEqual, 2
	case "<<":
		return tokenShiftLeft, 2
	case ">>":
		return tokenShiftRight, 2
	case "&&":
		return tokenAnd, 2
	case "||":
		return tokenOr, 2
	}
	switch s[0] {
	case '+':
		return tokenPlus, 1
	case '-':
		return tokenMinus, 1
	case '*':
		return tokenStar, 1
	case '/':
		return tokenSlash, 1
	case '%':
		return tokenPercent, 1
	case ':':
		return tokenColon, 1
	case '[':
		return tokenLeftBracket, 1
	case ']':
		return tokenRightBracket, 1
	case '!':
		return tokenNot, 1
	case '<':
		return tokenLess, 1
	case '>':
		return tokenGreater, 1
	case '(':
		return tokenLeftParen, 1
	case ')':
		return tokenRightParen, 1
	case '&':
		return tokenAmpersand, 1
	case '|':
		return tokenBar, 1
	case '^':
		return tokenCaret, 1
	case '=':
		return tokenEqual, 1
	}
	return tokenBad, 1
}

// matchWord is the length of the longest number, address or name that s begins
// with, 0 when there is none.
func matchWord(s string) int {
	return max(matchName(s), matchARCnet(s), matchMAC(s), matchIPv6(s), matchBogusMAC(s))
}

// word makes a token of s. Among kinds that match all of s the first in this
// order counts; numbers and dotted numbers are names, too.
func (l *lexer) word(s string, pos Span) token {
	tok := token{text: s, pos: pos}
	switch {
	case matchARCnet(s) == len(s):
		tok.kind = tokenARCnet
	case matchMAC(s) == len(s):
		tok.kind = tokenMAC
	case matchNumber(s) == len(s):
		n, problem := ParseNumber(s)
		if problem == NumberOverflow {
			return l.fail(pos, "%s", Overflow(s, n, l.like))
		}
		if problem != "" {
			return l.fail(pos, "number %s contains %s digit", s, problem)
		}
		tok.kind, tok.num = tokenNumber, n
	case matchDotted(s) == len(s):
		tok.kind = tokenIPv4
	case matchIPv6(s) == len(s):
		if _, err := netip.ParseAddr(s); err != nil {
			return l.fail(pos, "%s IPv6 address %s", l.malformed(), s)
		}
		tok.kind = tokenIPv6
	case matchBogusMAC(s) == len(s):
		if Reworded.In(l.like) {
			return l.fail(pos, "invalid Ethernet address %s", s)
		}
		return l.fail(pos, "%s ethernet address %s", l.malformed(), s)
	default:
		tok.kind = tokenName
		k, ok := keyword(s)
		if !ok && vxlanKeyword.In(l.like) {
			k, ok = newerKeyword(s)
		}
		if ok {
			k.text, k.pos = s, pos
			return k
		}
	}
	return tok
}

// vxlanKeyword is what makes newer words ones that no host or port can have for its
// name without a backslash.
var vxlanKeyword = versions.Since(versions.V5_0, "filter: `vxlan`", "not known; `host vxlan` is a name", "a keyword, so that `host vxlan` is a syntax error, and `host \\vxlan` a name")

// Reworded is for all messages whose words alone are others.
var Reworded = versions.Since(versions.V5_0, "filter: messages",
	"`illegal qualifier of 'port'`, `'vpi' supported only on raw ATM`, `no VLAN support for Raw IP`, `number 0 overflows 32 bits`",
	"`'ip' is not a valid qualifier for 'port'`, `'vpi' supported only on SUNATM`, `'vlan' not supported on DLT_RAW (Raw IP)`, `decimal number 42949672960 overflows 32 bits`")

var malformedAddress = versions.Since(versions.V4_99, "filter: malformed addresses", "`bogus IPv6 address`, `bogus ethernet address`", "`invalid IPv6 address`, `invalid ethernet address`")

func (l *lexer) malformed() string {
	if malformedAddress.In(l.like) {
		return "invalid"
	}
	return "bogus"
}

// Overflow is the message for a number of more than 32 bits, of which ParseNumber has
// left so many digits.
func Overflow(s string, left uint32, like versions.Version) string {
	if !Reworded.In(like) {
		return "number " + s[:left] + " overflows 32 bits"
	}
	base := "decimal"
	switch {
	case len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x':
		base = "hexadecimal"
	case len(s) > 1 && s[0] == '0':
		base = "octal"
	}
	return base + " number " + s + " overflows 32 bits"
}

// matchName matches a letter or digit, then letters, digits, dots, hyphens and
// underscores, the last of which is neither hyphen nor underscore.
func matchName(s string) int {
	if s == "" || !isAlnum(s[0]) {
		return 0
	}
	end := 1
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case isAlnum(c) || c == '.':
			end = i + 1
		case c != '-' && c != '_':
			return end
		}
	}
	return end
}

func MatchHex(s string, most int) int {
	n := 0
	for n < len(s) && n < most && IsHex(s[n]) {
		n++
	}
	return n
}

func matchARCnet(s string) int {
	if s == "" || s[0] != '$' {
		return 0
	}
	if n := MatchHex(s[1:], 2); n > 0 {
		return 1 + n
	}
	return 0
}

// matchMAC matches the four ways to write six bytes: aa:bb:cc:dd:ee:ff with
// colons, hyphens or dots and one or two digits each, aabb.ccdd.eeff, and
// aabbccddeeff.
func matchMAC(s string) int {
	best := 0
	if MatchHex(s, 12) == 12 {
		best = 12
	}
	if len(s) >= 14 && MatchHex(s, 4) == 4 && s[4] == '.' && MatchHex(s[5:], 4) == 4 && s[9] == '.' && MatchHex(s[10:], 4) == 4 {
		best = 14
	}
	for _, sep := range []byte(":-.") {
		at := 0
		for i := 0; i < 6; i++ {
			n := MatchHex(s[at:], 2)
			at += n
			if n == 0 || i < 5 && (at == len(s) || s[at] != sep) {
				at = 0
				break
			}
			if i < 5 {
				at++
			}
		}
		best = max(best, at)
	}
	return best
}

func matchNumber(s string) int {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		if n := MatchHex(s[2:], len(s)); n > 0 {
			return 2 + n
		}
	}
	n := 0
	for n < len(s) && IsDigit(s[n]) {
		n++
	}
	return n
}

// matchDotted matches two to four numbers with dots between them.
func matchDotted(s string) int {
	at, best := 0, 0
	for i := 0; i < 4; i++ {
		n := matchNumber(s[at:])
		if n == 0 {
			break
		}
		at += n
		if i > 0 {
			best = at
		}
		if at == len(s) || s[at] != '.' {
			break
		}
		at++
	}
	return best
}

// matchIPv6 matches groups of up to four hexadecimal digits with colons between
// them, `::` at most once, and perhaps four dotted numbers for the last two
// groups. The groups must be as many as an address has.
func matchIPv6(s string) int {
	best, at, groups := 0, 0, 0
	double := false
	for {
		if at+1 < len(s) && s[at] == ':' && s[at+1] == ':' && !double {
			double = true
			at += 2
			if groups <= 7 {
				best = at
			}
		} else if groups > 0 {
			if at == len(s) || s[at] != ':' {
				return best
			}
			at++
		}
		if quad := matchQuad(s[at:]); quad > 0 && (double && groups <= 5 || !double && groups == 6) {
			best = max(best, at+quad)
		}
		n := MatchHex(s[at:], 4)
		if n == 0 {
			return best
		}
		at += n
		groups++
		if double && groups <= 7 || !double && groups == 8 {
			best = max(best, at)
		}
		if groups > 8 {
			return best
		}
	}
}

// matchQuad matches exactly four dotted numbers.
func matchQuad(s string) int {
	at := 0
	for i := 0; i < 4; i++ {
		n := matchNumber(s[at:])
		if n == 0 {
			return 0
		}
		at += n
		if i == 3 {
			return at
		}
		if at == len(s) || s[at] != '.' {
			return 0
		}
		at++
	}
	return 0
}

// matchBogusMAC matches bytes that are each followed by colons, two at least:
// what is left of a MAC address that went wrong.
func matchBogusMAC(s string) int {
	at, best := 0, 0
	for i := 0; ; i++ {
		n := MatchHex(s[at:], 2)
		colons := 0
		for at+n+colons < len(s) && s[at+n+colons] == ':' {
			colons++
		}
		if n == 0 || colons == 0 {
			return best
		}
		at += n + colons
		if i > 0 {
			best = at
		}
	}
}

const NumberOverflow = "overflow"

// ParseNumber reads a number as C does: 0x and hexadecimal digits, 0 and octal
// ones, or decimal ones. problem is which digits s should have had, or
// numberOverflow, and then n counts the digits that were left.
func ParseNumber(s string) (n uint32, problem string) {
	base, digits, word := uint64(10), s, "non-decimal"
	if len(s) > 1 && s[0] == '0' {
		base, digits, word = 8, s[1:], "non-octal"
		if s[1]|0x20 == 'x' {
			base, digits, word = 16, s[2:], "non-hex"
		}
	}
	v := uint64(0)
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		d := uint64(99)
		switch {
		case IsDigit(c):
			d = uint64(c - '0')
		case IsHex(c):
			d = uint64(c|0x20-'a') + 10
		}
		if d >= base {
			return 0, word
		}
		v = v*base + d
		if v > 1<<32-1 {
			return uint32(len(digits) - 1 - i), NumberOverflow
		}
	}
	return uint32(v), ""
}
