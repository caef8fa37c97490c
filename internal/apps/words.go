package apps

// codes are the words of a protocol for numbers; "" where there is none.
type codes []string

// word is that of a number, or "".
func (c codes) word(n uint64) string {
	if n < uint64(len(c)) {
		return c[n]
	}
	return ""
}

// addCode goes on with the message by the word for a number, or else the number.
func (t *talk) addCode(c codes, n uint64) {
	if w := c.word(n); w != "" {
		t.add(w)
		return
	}
	t.addNumber(n)
}

// itemCode is itemWord for the word of a number, or else itemNumber.
func (t *talk) itemCode(name string, c codes, n uint64) {
	t.nextItem(name)
	t.addCode(c, n)
}

// itemLines is item for text of several lines: blanks, tabs and ends of lines that
// follow each other become one blank.
func (t *talk) itemLines(name string, text []byte) {
	var line [nameMax + 1]byte
	n, blank := 0, false
	for _, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			blank = n > 0
			continue
		}
		if blank && n < len(line) {
			line[n], blank = ' ', false
			n++
		}
		if n == len(line) {
			break
		}
		line[n] = c
		n++
	}
	t.item(name, line[:n])
}

// printable reports whether b is text of one or several lines: no other control
// characters are in it.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return len(b) > 0
}
