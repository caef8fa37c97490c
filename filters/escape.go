package filters

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/text"
)

// unescape reads the escapes of BINARY: those of Python's string literals, of
// which each stands for a byte. What is no escape there is an error.
func unescape(s string) ([]byte, error) {
	var b []byte
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b = append(b, s[i])
			i++
			continue
		}
		e, err := readEscape(s[i:])
		if err != nil {
			return nil, fmt.Errorf("%s at byte %d: %w", text.Quote(e.text), i, err)
		}
		if !e.empty {
			b = append(b, byte(e.char))
		}
		i += len(e.text)
	}
	return b, nil
}

// escape is one of them.
type escape struct {
	text  string // as it stands
	char  uint64
	empty bool // it stands for nothing
}

// simpleEscapes are those of one letter, and what they stand for.
const simpleEscapes = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\""

// readEscape reads the escape that s begins with. With an error, its text is as
// far as it goes.
func readEscape(s string) (escape, error) {
	if len(s) == 1 {
		return escape{text: s}, fmt.Errorf("a \\ at the end escapes nothing; write \\\\ for the character")
	}
	e := escape{text: s[:2]}
	switch c := s[1]; {
	case c == '\n':
		e.empty = true
		return e, nil
	case '0' <= c && c <= '7':
		n := 1
		for n < 3 && 1+n < len(s) && '0' <= s[1+n] && s[1+n] <= '7' {
			n++
		}
		return e.number(s, 1, n, 8)
	case c == 'x':
		return e.number(s, 2, 2, 16)
	case c == 'u':
		return e.number(s, 2, 4, 16)
	case c == 'U':
		return e.number(s, 2, 8, 16)
	case c == 'N':
		return e.named(s)
	default:
		for i := 0; i < len(simpleEscapes); i += 2 {
			if simpleEscapes[i] == c {
				e.char = uint64(simpleEscapes[i+1])
				return e, nil
			}
		}
	}
	return e, fmt.Errorf("no escape; there are \\\\ \\' \\\" \\a \\b \\f \\n \\r \\t \\v \\ooo \\xNN \\uNNNN \\UNNNNNNNN and \\N{NAME}")
}

// number reads n digits from a place on.
func (e escape) number(s string, from, n, base int) (escape, error) {
	e.text = s[:min(from+n, len(s))]
	digits := e.text[min(from, len(e.text)):]
	v, err := strconv.ParseUint(digits, base, 64)
	if err != nil || len(digits) < n || strings.ContainsAny(digits, "+-_") {
		return e, fmt.Errorf("\\%c takes %d hexadecimal digits", s[1], n)
	}
	e.char = v
	return e.inByte()
}

// named reads the name of a character.
func (e escape) named(s string) (escape, error) {
	end := strings.IndexByte(s, '}')
	if !strings.HasPrefix(s, `\N{`) || end < 0 {
		return e, fmt.Errorf(`\N takes a name in braces, such as \N{LINE FEED}`)
	}
	e.text = s[:end+1]
	for char, names := range charNames {
		for name := range strings.SplitSeq(names, "|") {
			if strings.EqualFold(name, s[3:end]) {
				e.char = uint64(char)
				return e, nil
			}
		}
	}
	return e, fmt.Errorf("no name of a character up to U+00FF; others are more than a byte")
}

func (e escape) inByte() (escape, error) {
	if e.char > 0xff {
		return e, fmt.Errorf("more than a byte can hold; write the bytes, such as \\xe2\\x82\\xac")
	}
	return e, nil
}
