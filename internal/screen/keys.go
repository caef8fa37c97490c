package screen

// Key is a key that was pressed: an ASCII character, control characters included, or one
// of those below.
type Key rune

// Keys that are no characters, and some that are.
const (
	Up Key = -1 - iota
	Down
	Left
	Right
	Home
	End
	PageUp
	PageDown
	Delete
	BackTab

	Tab       Key = '\t'
	Enter     Key = '\r'
	Escape    Key = 0x1b
	Backspace Key = 0x7f
)

// Ctrl is a letter with the control key.
func Ctrl(letter rune) Key { return Key(letter & 0x1f) }

// maxSequence is how many bytes of a sequence are gathered; no key has as many.
const maxSequence = 32

// Decoder makes keys of what a terminal sends (ECMA-48, and xterm's sequences). What is
// no key is left out, and so are characters beyond ASCII. The zero value is ready; it is
// for one goroutine.
type Decoder struct {
	sequence []byte // that has begun
}

// Feed appends the keys that end in b.
func (d *Decoder) Feed(dst []Key, b []byte) []Key {
	for _, c := range b {
		dst = d.feed(dst, c)
	}
	return dst
}

// Waits reports whether what came last may be the key Escape, or begin another one.
func (d *Decoder) Waits() bool { return len(d.sequence) > 0 }

// Flush appends what came last as it is, as nothing follows it.
func (d *Decoder) Flush(dst []Key) []Key {
	if len(d.sequence) == 1 {
		dst = append(dst, Escape)
	}
	d.sequence = d.sequence[:0]
	return dst
}

func (d *Decoder) feed(dst []Key, c byte) []Key {
	switch n := len(d.sequence); {
	case c == 0x1b:
		dst = d.Flush(dst)
		d.sequence = append(d.sequence, c)
	case n == 0:
		return appendCharacter(dst, c)
	case n == 1 && (c == '[' || c == 'O'):
		d.sequence = append(d.sequence, c)
	case n == 1: // Escape, then a character
		return appendCharacter(d.Flush(dst), c)
	case c >= 0x40 && c <= 0x7e || n == maxSequence:
		if key := keyOf(d.sequence[2:], c); key != 0 {
			dst = append(dst, key)
		}
		d.sequence = d.sequence[:0]
	case c < 0x20: // none of a sequence
		d.sequence = d.sequence[:0]
		return appendCharacter(dst, c)
	default:
		d.sequence = append(d.sequence, c)
	}
	return dst
}

func appendCharacter(dst []Key, c byte) []Key {
	switch {
	case c == '\n':
		return append(dst, Enter)
	case c == '\b':
		return append(dst, Backspace)
	case c < 0x80:
		return append(dst, Key(c))
	}
	return dst
}

// keyOf is the key of a sequence: its parameters and its last byte. 0: it is none.
// Modifiers make no difference.
func keyOf(parameters []byte, last byte) Key {
	switch last {
	case 'A':
		return Up
	case 'B':
		return Down
	case 'C':
		return Right
	case 'D':
		return Left
	case 'H':
		return Home
	case 'F':
		return End
	case 'Z':
		return BackTab
	case 'M':
		if len(parameters) == 0 {
			return Enter // of the keypad
		}
	case '~':
		return numbered(parameters)
	}
	return 0
}

// numbered is the key of a sequence that ends in ~.
func numbered(parameters []byte) Key {
	n := 0
	for _, c := range parameters {
		if c < '0' || c > '9' || n > 99 {
			break
		}
		n = 10*n + int(c-'0')
	}
	switch n {
	case 1, 7:
		return Home
	case 3:
		return Delete
	case 4, 8:
		return End
	case 5:
		return PageUp
	case 6:
		return PageDown
	}
	return 0
}
