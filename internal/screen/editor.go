package screen

// MaxLine is how many characters an Editor takes.
const MaxLine = 4096

// Editor is a line of ASCII characters that is edited. It is for one goroutine.
type Editor struct {
	Text []byte
	At   int // where the cursor is: before the character with that number
}

// NewEditor edits text, with the cursor behind it.
func NewEditor(text string) *Editor { return &Editor{[]byte(text), len(text)} }

// Press does what a key does in a line, and reports whether it does something.
func (e *Editor) Press(k Key) bool {
	switch k {
	case Left, Ctrl('b'):
		e.At = max(e.At-1, 0)
	case Right, Ctrl('f'):
		e.At = min(e.At+1, len(e.Text))
	case Home, Ctrl('a'):
		e.At = 0
	case End, Ctrl('e'):
		e.At = len(e.Text)
	case Backspace:
		e.remove(max(e.At-1, 0), e.At)
	case Delete, Ctrl('d'):
		e.remove(e.At, min(e.At+1, len(e.Text)))
	case Ctrl('u'):
		e.remove(0, e.At)
	case Ctrl('k'):
		e.remove(e.At, len(e.Text))
	case Ctrl('w'):
		e.remove(e.word(), e.At)
	default:
		if k < ' ' || k > '~' {
			return false
		}
		e.Insert(string(rune(k)))
	}
	return true
}

// Insert puts text before the cursor, as far as there is room.
func (e *Editor) Insert(text string) {
	text = text[:max(min(len(text), MaxLine-len(e.Text)), 0)]
	e.Text = append(e.Text[:e.At], append([]byte(text), e.Text[e.At:]...)...)
	e.At += len(text)
}

// Replace puts text in the place of what is between a character and the cursor.
func (e *Editor) Replace(from int, text string) {
	e.remove(from, e.At)
	e.Insert(text)
}

func (e *Editor) remove(from, to int) {
	e.Text = append(e.Text[:from], e.Text[to:]...)
	e.At = from
}

// word is where the word before the cursor begins.
func (e *Editor) word() int {
	at := e.At
	for at > 0 && e.Text[at-1] == ' ' {
		at--
	}
	for at > 0 && e.Text[at-1] != ' ' {
		at--
	}
	return at
}
