package records

import "unicode/utf8"

// Separators of values.
const (
	Tab   = '\t'
	Comma = ','
)

// AppendNames appends the names of columns as the first line of separated text.
func AppendNames[T any](b []byte, columns []*Column[T], separator byte) []byte {
	for i, c := range columns {
		if i > 0 {
			b = append(b, separator)
		}
		b = append(b, c.Name...)
	}
	return append(b, '\n')
}

// AppendSeparated appends a record as one line, with Tab or Comma between values and
// nothing for one that is absent; a list has commas between its items. What is not
// UTF-8 becomes U+FFFD. With Tab, backslashes and control characters are escaped:
// \\, \t, \n, \r, \u001b. With Comma a value is in quotes where RFC 4180 asks for them.
func AppendSeparated[T any](b []byte, columns []*Column[T], r *T, separator byte) []byte {
	for i, c := range columns {
		if i > 0 {
			b = append(b, separator)
		}
		b = appendSeparatedValue(b, c, r, separator)
	}
	return append(b, '\n')
}

func appendSeparatedValue[T any](b []byte, c *Column[T], r *T, separator byte) []byte {
	at := len(b)
	switch c.Kind {
	case Number, Interval, Time, Flag:
		n, ok := c.Number(r)
		if !ok {
			return b
		}
		switch c.Kind {
		case Interval:
			return appendSeconds(b, n)
		case Time:
			return appendTime(b, int64(n))
		}
		return appendUint(b, n)
	case List:
		for n := 0; ; n++ {
			before := len(b)
			if n > 0 {
				b = append(b, ',')
			}
			var ok bool
			if b, ok = c.Item(b, r, n); !ok {
				b = b[:before]
				break
			}
		}
	default:
		var ok bool
		if b, ok = c.Text(b, r); !ok {
			return b[:at]
		}
		if c.Kind == Bytes {
			return hexInPlace(b, at)
		}
	}
	if separator == Comma {
		return quoteCSV(b, at)
	}
	if c.Kind == Word {
		return b
	}
	return escapeTSV(b, at, c.Group == tsharkGroup)
}

// escapeTSV makes a value of tab-separated text of b[at:]; bare leaves backslashes as they
// are, as tshark does.
func escapeTSV(b []byte, at int, bare bool) []byte {
	i := at
	for i < len(b) && (plain(b[i]) || b[i] == '"') {
		i++
	}
	if i == len(b) {
		return b
	}
	return rewrite(b, i, func(b []byte, r rune, raw []byte) []byte {
		switch r {
		case '\\':
			if bare {
				return append(b, '\\')
			}
			return append(b, `\\`...)
		case '\t':
			return append(b, `\t`...)
		case '\n':
			return append(b, `\n`...)
		case '\r':
			return append(b, `\r`...)
		}
		return appendShown(b, r, raw)
	})
}

// quoteCSV makes a value of comma-separated text of b[at:].
func quoteCSV(b []byte, at int) []byte {
	quotes, ascii := false, true
	for _, c := range b[at:] {
		quotes = quotes || c == ',' || c == '"' || c == '\n' || c == '\r'
		ascii = ascii && c < utf8.RuneSelf
	}
	if !quotes && ascii {
		return b
	}
	b = rewrite(b, at, func(b []byte, r rune, raw []byte) []byte {
		switch r {
		case utf8.RuneError:
			return append(b, "\ufffd"...)
		case '"':
			b = append(b, '"')
		}
		return append(b, raw...)
	})
	if quotes {
		b = append(b, '"', '"')
		copy(b[at+1:], b[at:len(b)-2])
		b[at] = '"'
	}
	return b
}
