package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Diagnostic says what is wrong with an expression and where.
type Diagnostic struct {
	Msg        string // worded as libpcap words it
	Expr       string // the expression
	Pos        int    // byte offset in Expr of the part that is wrong
	Len        int    // its length in bytes, 0 for the end of Expr
	Expected   string // what could stand there, may be empty
	Suggestion string // what may be meant, may be empty
	Note       string // what else is to be said, may be empty
}

// Error is a diagnostic with what the search for a suggestion goes by.
type Error struct {
	Diagnostic
	Syntax     bool     // the expression does not parse
	Word       bool     // an address may be a word that is misspelt
	Bound      bool     // it is beyond one of the bounds
	Candidates []string // expressions that may be meant, not tried out
}

// NewError is an error at pos in expr.
func NewError(expr string, pos Span, format string, args ...any) *Error {
	return &Error{Diagnostic: Diagnostic{Msg: fmt.Sprintf(format, args...), Expr: expr, Pos: int(pos.Start), Len: pos.Length()}}
}

// TooLong is the error for an expression beyond one of the bounds.
func TooLong(format string, args ...any) *Error {
	err := NewError("", Span{}, "filter expression is too long: "+format, args...)
	err.Note = "lists get shorter by `net 10.0.0.0/24` and `portrange 1000-1999`; a run with each half of a list is another way"
	err.Bound = true
	return err
}

// WordAs takes the message of another error for the same expression, and keeps
// the old one as a note.
func (e *Error) WordAs(other *Error) {
	if other == nil || other.Msg == e.Msg {
		return
	}
	if !e.Syntax {
		e.Note = e.Msg
	}
	e.Msg = other.Msg
}

// Error is the message alone, on one line.
func (e *Diagnostic) Error() string { return e.Msg }

// maxMessage is the length in bytes to which libpcap cuts its messages, one for
// the end of the string included.
const maxMessage = 256 - 1

// Detail is the message, then the expression with a caret under the part that
// is wrong, then what was expected and what may be meant; lines end in \n. Of
// long texts a part is shown.
func (e *Diagnostic) Detail() string {
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
	if s := e.Suggestion; len(s) > maxMessage {
		at := 0
		for at < len(s) && at < len(e.Expr) && s[at] == e.Expr[at] {
			at++
		}
		line, _ := excerpt(s, at)
		b.WriteString("did you mean: " + string(line) + "\n")
	} else if s != "" {
		b.WriteString("did you mean: " + s + "\n")
	}
	return b.String()
}

// width is how many characters of an expression a line shows.
const width = 72

// Quote is part of an expression within a message.
func Quote(text string) string {
	line, _ := excerpt(text, 0)
	return "`" + string(line) + "`"
}

// excerpt is a line of text around byte at, without control characters, cut to
// width, and the number of characters before at.
func excerpt(text string, at int) (line []rune, before int) {
	const most = 4 * width // bytes on either side, more than a line has room for
	head, tail := text[max(0, at-most):at], text[at:min(len(text), at+most)]
	shown := func(s string) []rune {
		return []rune(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, s))
	}
	left, right := shown(head), shown(tail)
	if len(left) > width/2 && len(left)+len(right) > width {
		keep := max(width/2, width-len(right))
		left = append([]rune("..."), left[len(left)-min(len(left), keep)+3:]...)
	}
	if room := width - len(left); len(right) > room {
		right = append(right[:room-3:room-3], []rune("...")...)
	}
	return append(left, right...), len(left)
}

// caret is the line of the expression, cut to width around the part that is
// wrong, and the line of carets.
func (e *Diagnostic) caret() string {
	pos := min(e.Pos, len(e.Expr))
	line, before := excerpt(e.Expr, pos)
	wrong := e.Expr[pos:min(len(e.Expr), pos+min(e.Len, 4*width))]
	length := max(1, min(utf8.RuneCountInString(wrong), len(line)-before))
	return "  " + string(line) + "\n" +
		strings.Repeat(" ", 2+before) + strings.Repeat("^", length) + "\n"
}
