package report

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tapdump/tapdump/printer/detail"
)

// visible is text from packets or users as it can be shown: without controls, and no
// longer than so many characters.
func visible(s string, most int) string {
	if len(s) > 8*most {
		s = s[:8*most]
	}
	s = string(detail.AppendVisible(nil, []byte(s)))
	s = strings.NewReplacer("\n", "^J", "\t", "^I").Replace(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	at := 0
	for range most - 1 {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return s[:at] + "…"
}

// thousands is a number with commas.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is a number with what is counted.
func counted(n uint64, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + several
}

// scaled is a number in three digits and a unit of thousands.
func scaled(v float64) (number, prefix string) {
	prefixes := [...]string{"", "k", "M", "G", "T", "P", "E"}
	i := 0
	for v >= 999.5 && i < len(prefixes)-1 {
		v /= 1000
		i++
	}
	digits := 0
	if i > 0 && v < 99.95 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64), prefixes[i]
}

// size is a number of bytes.
func size(n uint64) string {
	number, prefix := scaled(float64(n))
	return number + " " + prefix + "B"
}

// duration is a time in three digits and a unit, or in days, hours and minutes.
func duration(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d < 0:
		return "-" + duration(max(-ns, -math.MaxInt64))
	case d < time.Microsecond:
		return strconv.FormatInt(ns, 10) + " ns"
	case d < time.Millisecond:
		return digits(float64(ns)/1e3) + " µs"
	case d < time.Second:
		return digits(float64(ns)/1e6) + " ms"
	case d < 2*time.Minute:
		return digits(float64(ns)/1e9) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min " + strconv.Itoa(int(d%time.Minute/time.Second)) + " s"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h " + strconv.Itoa(int(d%time.Hour/time.Minute)) + " min"
	}
	return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + " days " + strconv.Itoa(int(d%(24*time.Hour)/time.Hour)) + " h"
}

// digits is a number below 1000 in three digits.
func digits(v float64) string {
	n := 2
	switch {
	case v >= 99.95:
		n = 0
	case v >= 9.995:
		n = 1
	}
	s := strconv.FormatFloat(v, 'f', n, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// percent is a part of a whole.
func percent(part, whole uint64) string {
	if part == 0 || whole == 0 {
		return "0 %"
	}
	v := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && v < 0.1:
		return "< 0.1 %"
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " %"
}

// stamp is a time of a packet.
func stamp(ns int64, a *About) string {
	return a.local(time.Unix(0, ns)).Format("2006-01-02 15:04:05.000000")
}

// local is a time in the zone that times are shown in.
func (a *About) local(t time.Time) time.Time {
	if a.Location == nil {
		return t.UTC()
	}
	return t.In(a.Location)
}
