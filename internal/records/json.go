package records

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends a record as one line of NDJSON: an object with the columns that
// it has, in their order. What is not UTF-8 becomes U+FFFD; bytes are hexadecimal
// digits.
func AppendJSON[T any](b []byte, columns []*Column[T], r *T) []byte {
	b = append(b, '{')
	start := len(b)
	for _, c := range columns {
		before := len(b)
		if before > start {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), c.Name...), '"', ':')
		var ok bool
		if b, ok = appendJSONValue(b, c, r); !ok {
			b = b[:before]
		}
	}
	return append(b, '}', '\n')
}

func appendJSONValue[T any](b []byte, c *Column[T], r *T) ([]byte, bool) {
	switch c.Kind {
	case Number, Time, Flag:
		n, ok := c.number(r)
		if !ok {
			return b, false
		}
		switch c.Kind {
		case Number:
			return strconv.AppendUint(b, n, 10), true
		case Flag:
			return append(b, "true"...), true
		}
		return append(appendTime(append(b, '"'), int64(n)), '"'), true
	case List:
		return appendJSONList(b, c, r)
	}
	at := len(b) + 1
	b, ok := c.text(append(b, '"'), r)
	if !ok {
		return b, false
	}
	if c.Kind == Bytes {
		return append(hexInPlace(b, at), '"'), true
	}
	return append(escapeJSON(b, at), '"'), true
}

func appendJSONList[T any](b []byte, c *Column[T], r *T) ([]byte, bool) {
	b = append(b, '[')
	for n := 0; ; n++ {
		before := len(b)
		if n > 0 {
			b = append(b, ',')
		}
		at := len(b) + 1
		item, ok := c.list(append(b, '"'), r, n)
		if !ok {
			return append(b[:before], ']'), n > 0
		}
		b = append(escapeJSON(item, at), '"')
	}
}

// appendTime appends nanoseconds since 1970 as RFC 3339 in UTC with nine digits.
func appendTime(b []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(b, "2006-01-02T15:04:05.000000000Z")
}

// plain reports whether a byte stands for itself in a JSON string.
func plain(c byte) bool { return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && c != 0x7f }

// escapeJSON makes a JSON string of b[at:], which is any bytes.
func escapeJSON(b []byte, at int) []byte {
	i := at
	for i < len(b) && plain(b[i]) {
		i++
	}
	if i == len(b) {
		return b
	}
	// What follows gets longer: it moves behind the end and is written anew.
	end := len(b)
	b = append(b, b[i:]...)
	rest := b[end:]
	out := b[:i]
	// The bytes of rest lie behind what is written, until that has outgrown them:
	// each byte makes six at most, so that they are copied once more then.
	if need := i + 6*len(rest); need > end {
		rest = append([]byte(nil), rest...)
	}
	for len(rest) > 0 {
		c := rest[0]
		if plain(c) {
			out = append(out, c)
			rest = rest[1:]
			continue
		}
		r, n := utf8.DecodeRune(rest)
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case r == utf8.RuneError && n <= 1:
			out = append(out, "\ufffd"...)
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			const digits = "0123456789abcdef"
			out = append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return out
}

// hexInPlace makes hexadecimal digits of b[at:].
func hexInPlace(b []byte, at int) []byte {
	const digits = "0123456789abcdef"
	n := len(b) - at
	for range n {
		b = append(b, 0)
	}
	for i := n - 1; i >= 0; i-- {
		c := b[at+i]
		b[at+2*i], b[at+2*i+1] = digits[c>>4], digits[c&15]
	}
	return b
}
