package records

import (
	"unicode/utf8"
)

// JSON writes records as NDJSON. It does not change: several goroutines may use it.
type JSON[T any] struct {
	rows []jsonRow[T]
}

// jsonRow is what is needed of a column: little, as it is for every packet.
type jsonRow[T any] struct {
	key    chunk // its name with what stands around it: ,"name":
	number func(r *T) (uint64, bool)
	text   func(b []byte, r *T) ([]byte, bool)
	column *Column[T]
	kind   Kind
}

// NewJSON makes one for columns.
func NewJSON[T any](columns []*Column[T]) *JSON[T] {
	e := &JSON[T]{rows: make([]jsonRow[T], 0, len(columns))}
	for _, c := range columns {
		key := `,"` + c.Name + `":`
		switch c.Kind {
		case Time, Word, Text, Bytes:
			key += `"`
		case List:
			key += `[`
		}
		e.rows = append(e.rows, jsonRow[T]{newChunk(key), c.Number, c.Text, c, c.Kind})
	}
	return e
}

// AppendJSON is Append for those who write one record.
func AppendJSON[T any](b []byte, columns []*Column[T], r *T) []byte {
	return NewJSON(columns).Append(b, r)
}

// Append appends a record as one line: an object with the columns that it has, in
// their order. What is not UTF-8 becomes U+FFFD, a byte for a character; control
// characters, those of directions included, are escaped; bytes are hexadecimal digits.
func (e *JSON[T]) Append(b []byte, r *T) []byte {
	start := len(b)
	for i := range e.rows {
		c := &e.rows[i]
		switch c.kind {
		case Number:
			if n, ok := c.number(r); ok {
				b = appendUint(c.key.append(b), n)
			}
		case Interval, Time, Flag:
			n, ok := c.number(r)
			if !ok {
				continue
			}
			b = c.key.append(b)
			switch c.kind {
			case Interval:
				b = appendSeconds(b, n)
			case Flag:
				b = append(b, "true"...)
			default:
				b = append(appendTime(b, int64(n)), '"')
			}
		case List:
			before := len(b)
			var ok bool
			if b, ok = appendJSONList(c.key.append(b), c.column, r); !ok {
				b = b[:before]
			}
		default:
			before := len(b)
			b = c.key.append(b)
			at := len(b)
			var ok bool
			if b, ok = c.text(b, r); !ok {
				b = b[:before]
				continue
			}
			switch c.kind {
			case Text:
				b = escapeJSON(b, at)
			case Bytes:
				b = hexInPlace(b, at)
			}
			b = append(b, '"')
		}
	}
	if len(b) == start {
		b = append(b, '{')
	}
	b[start] = '{' // in place of the first comma
	return append(b, '}', '\n')
}

// appendJSONList appends the items of a list, behind its bracket.
func appendJSONList[T any](b []byte, c *Column[T], r *T) ([]byte, bool) {
	for n := 0; ; n++ {
		before := len(b)
		if n > 0 {
			b = append(b, ',')
		}
		at := len(b) + 1
		item, ok := c.Item(append(b, '"'), r, n)
		if !ok {
			return append(b[:before], ']'), n > 0
		}
		b = append(escapeJSON(item, at), '"')
	}
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
	return rewrite(b, i, func(b []byte, r rune, raw []byte) []byte {
		if r == '"' || r == '\\' {
			b = append(b, '\\')
		}
		return appendShown(b, r, raw)
	})
}

// rewrite replaces each character of b[at:] by what write appends for it. raw are its
// bytes; one byte that is not of UTF-8 is a character too, utf8.RuneError.
func rewrite(b []byte, at int, write func(b []byte, r rune, raw []byte) []byte) []byte {
	// What is written stands behind the end, and is moved then.
	end := len(b)
	for i := at; i < end; {
		r, n := utf8.DecodeRune(b[i:end])
		b = write(b, r, b[i:i+n])
		i += n
	}
	return b[:at+copy(b[at:], b[end:])]
}

// appendShown appends a character as it is, but for what is not UTF-8, and for control
// characters, which are escaped.
func appendShown(b []byte, r rune, raw []byte) []byte {
	switch {
	case r == utf8.RuneError:
		return append(b, "\ufffd"...)
	case r < ' ' || r >= 0x7f && r < 0xa0 || control(r):
		const digits = "0123456789abcdef"
		return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	return append(b, raw...)
}

// control reports whether a character is one that changes how others are shown: ends
// of lines, and directions (Unicode, UAX #9).
func control(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
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
