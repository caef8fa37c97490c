package compile

import "strings"

// Error says what is wrong with an expression and where.
type Error struct {
	Msg        string // worded as libpcap words it
	Expr       string // the expression
	Pos        int    // byte offset in Expr of the part that is wrong
	Len        int    // its length in bytes, 0 for the end of Expr
	Expected   string // what could stand there, may be empty
	Suggestion string // what may be meant, may be empty
	Note       string // what else is to be said, may be empty

	syntax bool // the expression does not parse
	bound  bool // it is beyond one of the bounds
}

// wordAs takes the message of another error for the same expression, and keeps
// the old one as a note.
func (e *Error) wordAs(other *Error) {
	if other == nil || other.Msg == e.Msg {
		return
	}
	if !e.syntax {
		e.Note = e.Msg
	}
	e.Msg = other.Msg
}

// Error is the message alone, on one line.
func (e *Error) Error() string { return e.Msg }

// Detail is the message, then the expression with a caret under the part that
// is wrong, then what was expected and what may be meant; lines end in \n.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(strings.TrimRight(e.Msg, "\n"))
	b.WriteByte('\n')
	if e.Expr != "" {
		b.WriteString(e.caret())
	}
	if e.Note != "" {
		b.WriteString(e.Note + "\n")
	}
	if e.Expected != "" {
		b.WriteString("expected " + e.Expected + "\n")
	}
	if e.Suggestion != "" {
		b.WriteString("did you mean: " + e.Suggestion + "\n")
	}
	return b.String()
}

// width is how much of an expression a line shows.
const width = 72

// caret is the line of the expression, cut to width around the part that is
// wrong, and the line of carets.
func (e *Error) caret() string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, e.Expr)
	pos, length := min(e.Pos, len(e.Expr)), max(e.Len, 1)
	before, after := []rune(shown[:pos]), []rune(shown[pos:])
	length = max(1, len([]rune(shown[pos:min(len(shown), pos+length)])))
	if len(before) > width/2 && len(before)+len(after) > width {
		keep := max(width/2, width-len(after))
		before = append([]rune("..."), before[len(before)-min(len(before), keep)+3:]...)
	}
	if room := width - len(before); len(after) > room {
		after = append(after[:room-3:room-3], []rune("...")...)
		length = min(length, room)
	}
	return "  " + string(before) + string(after) + "\n" +
		strings.Repeat(" ", 2+len(before)) + strings.Repeat("^", length) + "\n"
}
