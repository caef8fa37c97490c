package filters

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Regular expressions are read by regexp/syntax, which thinks in characters. To
// search bytes, a byte of 0x80 and above stands as a character of the private
// use area, where no character has another case: translate does that to a
// pattern, appendByte to what is searched.
const highBytes = 0xe000

func byteRune(c byte) rune {
	if c < utf8.RuneSelf {
		return rune(c)
	}
	return highBytes + rune(c)
}

// appendByte appends the character that stands for c.
func appendByte(dst []byte, c byte) []byte { return utf8.AppendRune(dst, byteRune(c)) }

// translatedLen is how many bytes appendByte appends.
func translatedLen(c byte) int {
	if c < utf8.RuneSelf {
		return 1
	}
	return 3
}

// translate makes a pattern over characters of one over bytes: of its bytes
// that are not ASCII, and of the escapes for such bytes.
func translate(pattern string) string {
	var out strings.Builder
	inClass, quoted := false, false
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case quoted:
			if strings.HasPrefix(pattern[i:], `\E`) {
				quoted = false
				out.WriteString(`\E`)
				i += 2
				continue
			}
		case c == '\\':
			if strings.HasPrefix(pattern[i:], `\Q`) && !inClass {
				quoted = true
			}
			n := translateEscape(&out, pattern[i:], inClass)
			i += n
			continue
		case c == '[':
			// A bracket right after the opening one stands for itself.
			if !inClass {
				inClass = true
				n := 1
				if strings.HasPrefix(pattern[i+n:], "^") {
					n++
				}
				if strings.HasPrefix(pattern[i+n:], "]") {
					n++
				}
				out.WriteString(pattern[i : i+n])
				i += n
				continue
			}
			if strings.HasPrefix(pattern[i:], "[:") {
				if end := strings.Index(pattern[i:], ":]"); end >= 0 {
					out.WriteString(pattern[i : i+end+2])
					i += end + 2
					continue
				}
			}
		case c == ']':
			inClass = false
		}
		if c < utf8.RuneSelf {
			out.WriteByte(c)
			i++
			continue
		}
		i += translateHigh(&out, pattern[i:], inClass || quoted)
	}
	return out.String()
}

// translateHigh writes the character that s begins with, so that it can be
// repeated as one outside a class, and returns its length in s.
func translateHigh(out *strings.Builder, s string, plain bool) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError || plain {
		n = 1
	}
	if n > 1 {
		out.WriteString("(?:")
	}
	for i := range n {
		out.WriteRune(byteRune(s[i]))
	}
	if n > 1 {
		out.WriteByte(')')
	}
	return n
}

// translateEscape writes the escape that s begins with and returns its length.
// The number of a character above 0xff stands for its bytes in UTF-8.
func translateEscape(out *strings.Builder, s string, inClass bool) int {
	value, n := -1, min(2, len(s))
	switch {
	case strings.HasPrefix(s, `\x{`):
		if end := strings.IndexByte(s, '}'); end > 0 {
			v, err := strconv.ParseUint(s[3:end], 16, 31)
			if err == nil && v > 0xff && !inClass && utf8.ValidRune(rune(v)) {
				translateHigh(out, string(rune(v)), false)
				return end + 1
			}
			if err == nil && v <= 0xff {
				value, n = int(v), end+1
			}
		}
	case strings.HasPrefix(s, `\x`) && len(s) >= 4:
		if v, err := strconv.ParseUint(s[2:4], 16, 8); err == nil {
			value, n = int(v), 4
		}
	case len(s) >= 4 && '1' <= s[1] && s[1] <= '3':
		if v, err := strconv.ParseUint(s[1:4], 8, 8); err == nil {
			value, n = int(v), 4
		}
	}
	if value >= utf8.RuneSelf {
		out.WriteRune(byteRune(byte(value)))
		return n
	}
	if n > 1 && s[1] >= utf8.RuneSelf { // no escape, and the parser says so
		out.WriteByte(s[0])
		out.WriteRune(byteRune(s[1]))
		return n
	}
	out.WriteString(s[:n])
	return n
}

// untranslate turns text of a translated pattern back, for messages.
func untranslate(s string) string {
	var b []byte
	for _, r := range s {
		if r >= highBytes+utf8.RuneSelf && r <= highBytes+0xff {
			b = append(b, byte(r-highBytes))
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// runeByte is the inverse of byteRune.
func runeByte(r rune) (c byte, ok bool) {
	if r >= 0 && r < utf8.RuneSelf {
		return byte(r), true
	}
	if r >= highBytes+utf8.RuneSelf && r <= highBytes+0xff {
		return byte(r - highBytes), true
	}
	return 0, false
}

// requiredLiteral returns the longest string that occurs in every hit, whether
// the case of its letters does not matter, and whether it is the whole pattern.
func requiredLiteral(re *syntax.Regexp) (b []byte, fold, exact bool) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			c, ok := runeByte(r)
			if !ok {
				return nil, false, false // no byte matches it, the automaton knows
			}
			b = append(b, c)
		}
		return b, re.Flags&syntax.FoldCase != 0, true
	case syntax.OpCapture:
		return requiredLiteral(re.Sub[0])
	case syntax.OpPlus:
		b, fold, _ = requiredLiteral(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			b, fold, _ = requiredLiteral(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sb, sfold, _ := requiredLiteral(sub); len(sb) > len(b) {
				b, fold = sb, sfold
			}
		}
	}
	return b, fold, false
}
