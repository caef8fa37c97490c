package screen

import (
	"fmt"
	"unicode/utf8"
)

// Style is how a line looks.
type Style uint8

// Styles.
const (
	Plain Style = iota
	Bold
	Reverse
)

// Line is a line of a frame. Text has no control characters, and each of its characters
// takes one cell.
type Line struct {
	Text  string
	Style Style
}

// Frame is what stands on a screen. Its zero value knows nothing of that. It is for one
// goroutine.
type Frame struct {
	shown         []Line
	width, height int
}

// Forget has the next Append draw everything.
func (f *Frame) Forget() { f.shown = nil }

// Append appends what makes a screen of so many cells have lines, in one step where the
// terminal knows how (DEC private mode 2026). Only lines that differ are drawn. The
// cursor is shown in a cell of a line, from 0 on, or not at all if line is negative.
func (f *Frame) Append(dst []byte, lines []Line, width, height, line, column int) []byte {
	dst = append(dst, "\x1b[?2026h\x1b[?25l"...)
	if f.shown == nil || width != f.width || height != f.height {
		dst = append(dst, "\x1b[0m\x1b[H\x1b[2J"...)
		f.shown, f.width, f.height = make([]Line, height), width, height
	}
	for i := range f.shown {
		one := Line{}
		if i < len(lines) {
			one = lines[i]
			one.Text = Cut(one.Text, width)
		}
		if one != f.shown[i] {
			f.shown[i] = one
			dst = appendLine(dst, i, one, width)
		}
	}
	if line >= 0 && line < height {
		dst = fmt.Appendf(dst, "\x1b[%d;%dH\x1b[?25h", line+1, min(column, width-1)+1)
	}
	return append(dst, "\x1b[?2026l"...)
}

func appendLine(dst []byte, number int, line Line, width int) []byte {
	dst = fmt.Appendf(dst, "\x1b[%d;1H", number+1)
	switch line.Style {
	case Bold:
		dst = append(dst, "\x1b[1m"...)
	case Reverse:
		dst = append(dst, "\x1b[7m"...)
	}
	dst = append(dst, line.Text...)
	cells := utf8.RuneCountInString(line.Text)
	if line.Style == Reverse {
		for ; cells < width; cells++ {
			dst = append(dst, ' ')
		}
	}
	if line.Style != Plain {
		dst = append(dst, "\x1b[0m"...)
	}
	if cells < width { // else it would take the last cell away
		dst = append(dst, "\x1b[K"...)
	}
	return dst
}

// Cut is text in at most so many cells; an ellipsis says that there is more.
func Cut(text string, cells int) string {
	if len(text) <= cells {
		return text
	}
	n := 0
	last := 0 // where the last cell's character begins
	for i := range text {
		if n == cells-1 {
			last = i
		}
		if n == cells {
			if cells <= 0 {
				return ""
			}
			return text[:last] + "…"
		}
		n++
	}
	return text
}
