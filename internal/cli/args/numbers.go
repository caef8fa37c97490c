package args

import (
	"fmt"
	"strconv"
	"strings"
)

// atoi reads a number as C's atoi does with 32-bit ints: leading blanks, what
// follows the digits ignored, 0 when there is no number.
func atoi(s string) int32 {
	n, _, _ := strtol(s, 10)
	return int32(n)
}

// strtol reads a number at the start of s as C's strtoll does, and returns what
// follows it: s itself when there is no number. Base 0 takes 0x and 0 prefixes.
// inRange is false when n was cut to what 64 bits hold.
func strtol(s string, base int) (n int64, rest string, inRange bool) {
	t := strings.TrimLeft(s, " \t\n\v\f\r")
	sign := ""
	if t != "" && (t[0] == '+' || t[0] == '-') {
		sign, t = t[:1], t[1:]
	}
	if base == 0 {
		base = 10
		if len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x' && digits(t[2:], 16) > 0 {
			base, t = 16, t[2:]
		} else if t != "" && t[0] == '0' {
			base = 8
		}
	}
	d := digits(t, base)
	if d == 0 {
		return 0, s, true
	}
	n, err := strconv.ParseInt(sign+t[:d], base, 64)
	return n, t[d:], err == nil
}

// digits counts the digits of base at the start of s.
func digits(s string, base int) int {
	n := 0
	for n < len(s) {
		c := int(s[n])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return n
		}
		if c >= base {
			return n
		}
		n++
	}
	return n
}

// number is what strtol has read of the value of an option, and what tcpdump calls
// that.
type number struct {
	what, value string
	n           int64
	rest        string // "": nothing follows it that must not
	inRange     bool
}

// within is the number, if it is one from least to most and nothing else.
func (v number) within(least, most int64) (int64, error) {
	if v.rest != "" || v.value == "" {
		return 0, Complaint(fmt.Sprintf("invalid %s \"%s\" (not a valid number)", v.what, v.value))
	}
	if !v.inRange || v.n < least || v.n > most {
		return 0, Complaint(fmt.Sprintf("invalid %s %s (must be >= %d and <= %d)", v.what, v.value, least, most))
	}
	return v.n, nil
}

// parseInt reads a decimal number from least to most, which is called what, as
// tcpdump 5.0 does.
func parseInt(what, s string, least, most int64) (int, error) {
	n, rest, inRange := strtol(s, 10)
	n, err := number{what, s, n, rest, inRange}.within(least, most)
	return int(n), err
}
