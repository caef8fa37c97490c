package pcapfile

import (
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/internal/zone"
)

// strftime expands the conversions of C's strftime (ISO/IEC 9899, 7.29.3.5,
// with glibc's additions) as the C locale has them. What is no conversion is
// kept as it is.
func strftime(format string, t time.Time) string {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		s, next := scanSpec(format, i+1)
		text, ok := s.expand(t)
		if !ok {
			next = min(next, len(format))
			text = s.padded(format[i:next])
		}
		out.WriteString(text)
		i = next - 1
	}
	return out.String()
}

// timeSpec is one conversion: its flags, width and letter.
type timeSpec struct {
	pad   byte // '_', '-', '0', or 0 for the conversion's own
	upper bool // '^'
	swap  bool // '#'
	width int
	verb  byte // 0 at the end of the format
}

// maxTimeWidth bounds what a width in a name can ask for.
const maxTimeWidth = 4096

// scanSpec reads a conversion from behind its '%', and says where it ends.
func scanSpec(format string, i int) (s timeSpec, next int) {
	for ; i < len(format); i++ {
		switch c := format[i]; c {
		case '_', '-', '0':
			s.pad = c
			continue
		case '^':
			s.upper = true
			continue
		case '#':
			s.swap = true
			continue
		}
		break
	}
	for ; i < len(format) && '0' <= format[i] && format[i] <= '9'; i++ {
		s.width = min(s.width*10+int(format[i]-'0'), maxTimeWidth)
	}
	if i < len(format) && (format[i] == 'E' || format[i] == 'O') {
		i++ // alternative forms, which the C locale has not
	}
	if i < len(format) {
		s.verb = format[i]
	}
	return s, i + 1
}

// expand is the conversion's text for t.
func (s timeSpec) expand(t time.Time) (string, bool) {
	if v, digits, pad, ok := timeNumber(s.verb, t); ok {
		return s.number(v, digits, pad), true
	}
	if format := timeFormat(s.verb); format != "" {
		text := strftime(format, t)
		if s.upper {
			text = strings.ToUpper(text)
		}
		return s.padded(text), true
	}
	text, ok := timeText(s.verb, t)
	if !ok {
		return "", false
	}
	switch {
	case s.swap && (s.verb == 'p' || s.verb == 'Z'):
		text = strings.ToLower(text)
	case s.verb == 'P':
		text = strings.ToLower(text)
	case s.upper, s.swap && strings.IndexByte("aAbBh", s.verb) >= 0:
		text = strings.ToUpper(text)
	}
	return s.padded(text), true
}

// number formats v with the conversion's own number of digits and padding.
func (s timeSpec) number(v int64, digits int, pad byte) string {
	if s.pad != 0 {
		pad = s.pad
	}
	text := strconv.FormatInt(v, 10)
	if pad == '-' {
		return s.padded(text)
	}
	fill := "0"
	if pad == '_' {
		fill = " "
	}
	return strings.Repeat(fill, max(0, max(digits, s.width)-len(text))) + text
}

// padded fills text up to the width that was asked for.
func (s timeSpec) padded(text string) string {
	fill := " "
	if s.pad == '0' {
		fill = "0"
	}
	return strings.Repeat(fill, max(0, s.width-len(text))) + text
}

// timeNumber is the value of a conversion that gives a number, its digits and
// what they are padded with.
func timeNumber(verb byte, t time.Time) (v int64, digits int, pad byte, ok bool) {
	year, week := t.ISOWeek()
	hour12 := (t.Hour()+11)%12 + 1
	n := 0
	digits, pad = 2, '0'
	switch verb {
	case 'C':
		n = t.Year() / 100
	case 'd':
		n = t.Day()
	case 'e':
		n, pad = t.Day(), '_'
	case 'g':
		n = year % 100
	case 'G':
		n, digits = year, 4
	case 'H':
		n = t.Hour()
	case 'I':
		n = hour12
	case 'j':
		n, digits = t.YearDay(), 3
	case 'k':
		n, pad = t.Hour(), '_'
	case 'l':
		n, pad = hour12, '_'
	case 'm':
		n = int(t.Month())
	case 'M':
		n = t.Minute()
	case 's':
		return t.Unix(), 1, '0', true
	case 'S':
		n = zone.Second(t)
	case 'u':
		n, digits = (int(t.Weekday())+6)%7+1, 1
	case 'U':
		n = (t.YearDay() - 1 - int(t.Weekday()) + 7) / 7
	case 'V':
		n = week
	case 'w':
		n, digits = int(t.Weekday()), 1
	case 'W':
		n = (t.YearDay() - 1 - (int(t.Weekday())+6)%7 + 7) / 7
	case 'y':
		n = t.Year() % 100
	case 'Y':
		n, digits = t.Year(), 4
	default:
		return 0, 0, 0, false
	}
	return int64(n), digits, pad, true
}

// timeFormat is the format that a conversion abbreviates, or "".
func timeFormat(verb byte) string {
	switch verb {
	case 'c':
		return "%a %b %e %H:%M:%S %Y"
	case 'D', 'x':
		return "%m/%d/%y"
	case 'F':
		return "%Y-%m-%d"
	case 'r':
		return "%I:%M:%S %p"
	case 'R':
		return "%H:%M"
	case 'T', 'X':
		return "%H:%M:%S"
	}
	return ""
}

// timeText is the text of a conversion that gives a word or a sign.
func timeText(verb byte, t time.Time) (string, bool) {
	switch verb {
	case '%':
		return "%", true
	case 'a':
		return t.Format("Mon"), true
	case 'A':
		return t.Format("Monday"), true
	case 'b', 'h':
		return t.Format("Jan"), true
	case 'B':
		return t.Format("January"), true
	case 'n':
		return "\n", true
	case 'p', 'P':
		return t.Format("PM"), true
	case 't':
		return "\t", true
	case 'z':
		return t.Format("-0700"), true
	case 'Z':
		return t.Format("MST"), true
	}
	return "", false
}
