package filters

import "bytes"

// literal is a string of bytes to look for, with or without regard to the case
// of ASCII letters.
type literal struct {
	lower  []byte // in lower case where fold
	fold   bool
	anchor int // of the byte that is looked for first, where fold
}

func newLiteral(b []byte, fold bool) literal {
	l := literal{lower: b}
	if fold {
		l.lower = nil
		for i, c := range b {
			l.lower = append(l.lower, lowerByte(c))
			l.fold = l.fold || isLetter(c)
			if commonness(l.lower[i]) < commonness(l.lower[l.anchor]) {
				l.anchor = i
			}
		}
	}
	return l
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func lowerByte(c byte) byte {
	if isLetter(c) {
		return c | 0x20
	}
	return c
}

// commonness ranks bytes by how often payloads have them: both cases of a
// letter count, text is more common than the rest.
func commonness(c byte) int {
	const letters = "zqxjkvbywgpfmucdlhrsnioate" // of English, the rarest first
	switch i := bytes.IndexByte([]byte(letters), c); {
	case i >= 0:
		return 40 + 2*i
	case c == 0 || c == ' ':
		return 120
	case '0' <= c && c <= '9':
		return 60
	case c == '.' || c == '/' || c == '-' || c == ':' || c == '\r' || c == '\n' || c == '=' || c == 0xff:
		return 50
	}
	return 10
}

// index returns where l first occurs in b at or after from, -1 when it does not.
func (l *literal) index(b []byte, from int) int {
	if !l.fold {
		i := bytes.Index(b[from:], l.lower)
		if i < 0 {
			return -1
		}
		return from + i
	}
	if len(b)-from < len(l.lower) {
		return -1
	}
	// The anchor can only be where the rest fits around it.
	window := b[:len(b)-len(l.lower)+l.anchor+1]
	c := l.lower[l.anchor]
	at := from + l.anchor
	if !isLetter(c) {
		for {
			i := bytes.IndexByte(window[at:], c)
			if i < 0 {
				return -1
			}
			if at += i; l.matches(b[at-l.anchor:]) {
				return at - l.anchor
			}
			at++
		}
	}
	return l.indexLetter(b, window, at)
}

// indexLetter is index where the anchor is a letter: two searches run side by
// side, each ahead only as far as its next find.
func (l *literal) indexLetter(b, window []byte, at int) int {
	lower, upper := at-1, at-1 // where each case occurs next
	c := l.lower[l.anchor]
	for {
		if lower < at {
			lower = indexFrom(window, at, c)
		}
		if upper < at {
			upper = indexFrom(window, at, c&^0x20)
		}
		next := min(lower, upper)
		if next == len(window) {
			return -1
		}
		if l.matches(b[next-l.anchor:]) {
			return next - l.anchor
		}
		at = next + 1
	}
}

// indexFrom returns where c occurs in b at or after from, len(b) when it does not.
func indexFrom(b []byte, from int, c byte) int {
	i := bytes.IndexByte(b[from:], c)
	if i < 0 {
		return len(b)
	}
	return from + i
}

// matches reports whether b, which is long enough, begins with l.
func (l *literal) matches(b []byte) bool {
	for i, want := range l.lower {
		if c := b[i]; c != want && lowerByte(c) != want {
			return false
		}
	}
	return true
}
