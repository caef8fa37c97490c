package zone

import (
	"math"
	"slices"
	"strings"
	"time"
)

// rules are what TZ or the end of a zone file says: names, offsets, and when
// daylight saving time begins and ends each year.
type rules struct {
	ends     [2]ruleEnd // of standard time, of daylight saving time
	dateless bool       // there is daylight saving time, but not said when
}

// ruleEnd is a local time and when it ends, by its own offset.
type ruleEnd struct {
	localType
	day  ruleDay
	secs int64 // after midnight of that day, perhaps before
}

// ruleDay is a day of each year.
type ruleDay struct {
	form             byte // 'n': number day from 0 on, 'J': from 1 on without 29 February, 'M'
	month, week, day int
}

// parseRules reads rules (POSIX.1-2017, 8.3) as the GNU C library does, which
// takes what makes sense from the left on; wrong is what is left. ok is false
// when not even standard time is given.
func parseRules(text string) (r rules, wrong string, ok bool) {
	p := ruleText{text}
	r.ends[0].day.form, r.ends[1].day.form, r.ends[1].dst = 'n', 'n', true
	std, dst := &r.ends[0], &r.ends[1]
	if !p.name(&std.name) || !p.startsOffset() || !p.offset(&std.offset) {
		return rules{}, text, false
	}
	if p.rest == "" {
		dst.localType = std.localType
		return r, "", true
	}
	if p.name(&dst.name) {
		if !p.offset(&dst.offset) {
			dst.offset = std.offset + 3600
		}
		r.dateless = p.rest == "" || p.rest == ","
	}
	for i := range r.ends {
		if !p.end(&r.ends[i], i) {
			return r, p.rest, true
		}
	}
	return r, p.rest, true
}

// ruleText is what is left of rules.
type ruleText struct{ rest string }

// name takes a name of three letters or more, or <name> with digits and signs.
func (p *ruleText) name(to *string) bool {
	n := 0
	for n < len(p.rest) && isLetter(p.rest[n]) {
		n++
	}
	if n >= 3 {
		*to, p.rest = p.rest[:n], p.rest[n:]
		return true
	}
	if !strings.HasPrefix(p.rest, "<") {
		return false
	}
	n = 1
	for n < len(p.rest) && (isLetter(p.rest[n]) || isDigit(p.rest[n]) || p.rest[n] == '+' || p.rest[n] == '-') {
		n++
	}
	if n < 4 || n == len(p.rest) || p.rest[n] != '>' {
		return false
	}
	*to, p.rest = p.rest[1:n], p.rest[n+1:]
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func (p *ruleText) startsOffset() bool {
	return p.rest != "" && (isDigit(p.rest[0]) || p.rest[0] == '+' || p.rest[0] == '-')
}

// offset takes hours, minutes and seconds west of UTC, each cut to what a day
// has. It is false, and only a sign taken, when there is no number.
func (p *ruleText) offset(to *int64) bool {
	sign := int64(-1)
	if p.rest != "" && (p.rest[0] == '-' || p.rest[0] == '+') {
		if p.rest[0] == '-' {
			sign = 1
		}
		p.rest = p.rest[1:]
	}
	h, m, s, n := p.clock(0)
	if n > 0 {
		*to = sign * (3600*min(h, 24) + 60*min(m, 59) + min(s, 59))
	}
	return n > 0
}

// clock takes up to three numbers with colons between them, and says how many
// there were.
func (p *ruleText) clock(hours int64) (h, m, s int64, n int) {
	numbers := [3]int64{hours}
	rest := p.rest
	for n < len(numbers) {
		if n > 0 {
			colon := false
			if rest, colon = strings.CutPrefix(rest, ":"); !colon {
				break
			}
		}
		v, after, ok := scanNumber(rest)
		if !ok {
			break
		}
		numbers[n] = v
		rest, p.rest = after, after
		n++
	}
	return numbers[0], numbers[1], numbers[2], n
}

// scanNumber reads a number as C's scanf does into 16 bits without a sign:
// after blanks and a sign, and what does not fit is cut.
func scanNumber(s string) (v int64, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	n, value, tooLarge := 0, uint64(0), false
	for ; n < len(s) && isDigit(s[n]); n++ {
		d := uint64(s[n] - '0')
		tooLarge = tooLarge || value > (math.MaxUint64-d)/10
		value = value*10 + d
	}
	if negative {
		value = -value
	}
	if tooLarge {
		value = math.MaxUint64
	}
	return int64(uint16(value)), s[n:], n > 0
}

// end takes the day and time when number i of both local times ends.
func (p *ruleText) end(e *ruleEnd, i int) bool {
	rest := p.rest
	rest = strings.TrimPrefix(rest, ",")
	switch {
	case rest == "": // as in the USA since 2007
		e.day = [...]ruleDay{{'M', 3, 2, 0}, {'M', 11, 1, 0}}[i]
	case rest[0] == 'M':
		after, ok := e.day.scanMonth(rest[1:])
		if !ok {
			return false
		}
		rest = after
	default:
		after, ok := e.day.scanDay(rest)
		if !ok {
			return false
		}
		rest = after
	}
	e.secs = 2 * 3600
	switch {
	case rest == "" || rest[0] == ',':
	case rest[0] != '/' || len(rest) == 1:
		e.secs = 0
		return false
	default:
		t := ruleText{rest[1:]}
		sign := int64(1)
		if t.rest[0] == '-' {
			sign, t.rest = -1, t.rest[1:]
		}
		h, m, s, _ := t.clock(2)
		e.secs, rest = sign*(3600*h+60*m+s), t.rest
	}
	p.rest = rest
	return true
}

// scanMonth reads month, week and day of the week from behind an M.
func (d *ruleDay) scanMonth(s string) (rest string, ok bool) {
	d.form = 'M'
	for i, to := range [...]*int{&d.month, &d.week, &d.day} {
		if i > 0 {
			var dot bool
			if s, dot = strings.CutPrefix(s, "."); !dot {
				return "", false
			}
		}
		n, after, ok := scanNumber(s)
		if !ok {
			return "", false
		}
		*to, s = int(n), after
	}
	return s, d.valid()
}

// scanDay reads the number of a day.
func (d *ruleDay) scanDay(s string) (rest string, ok bool) {
	form, least := byte('n'), int64(0)
	if s[0] == 'J' {
		form, least, s = 'J', 1, s[1:]
	}
	if s == "" || !isDigit(s[0]) {
		if form == 'J' {
			d.form = form
		}
		return "", false
	}
	d.form = form
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || '9' < r })
	if end < 0 {
		end = len(s)
	}
	n := int64(0)
	for _, c := range []byte(s[:end]) {
		n = min(n*10+int64(c-'0'), 1000)
	}
	if n < least || n > 365 {
		return "", false
	}
	d.day = int(n)
	return s[end:], true
}

// valid reports whether there is such a day. What the C library has read of a
// wrong rule need not be one.
func (d *ruleDay) valid() bool {
	switch d.form {
	case 'J':
		return 1 <= d.day && d.day <= 365
	case 'M':
		return 1 <= d.month && d.month <= 12 && 1 <= d.week && d.week <= 5 && d.day <= 6
	}
	return d.day <= 365
}

// in is the Unix time of the day's begin in a year, as if it were one in UTC.
// Before 1970 the C library takes 1970.
func (d *ruleDay) in(year int) int64 {
	start := time.Date(max(year, 1970), 1, 1, 0, 0, 0, 0, time.UTC)
	leapYear := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay() == 366
	days := d.day
	switch d.form {
	case 'J':
		days--
		if leapYear && d.day >= 60 {
			days++
		}
	case 'M':
		first := time.Date(year, time.Month(d.month), 1, 0, 0, 0, 0, time.UTC)
		length := first.AddDate(0, 1, -1).Day()
		inMonth := d.day - int(first.Weekday())
		if inMonth < 0 {
			inMonth += 7
		}
		for week := 1; week < d.week && inMonth+7 < length; week++ {
			inMonth += 7
		}
		days = first.YearDay() - 1 + inMonth
	}
	return start.Unix() + int64(days)*86400
}

// changes are when standard time and daylight saving time end in a year.
func (r *rules) changes(year int) (standardEnds, daylightEnds int64) {
	end := func(e *ruleEnd) int64 { return e.day.in(year) - e.offset + e.secs }
	return end(&r.ends[0]), end(&r.ends[1])
}

// at is the local time that holds at a time. Each year, of UTC, stands for
// itself.
func (r *rules) at(t int64) localType {
	begin, end := r.changes(time.Unix(t, 0).UTC().Year())
	dst := begin <= t && t < end
	if begin > end { // south of the equator
		dst = t < end || begin <= t
	}
	return r.ends[index(dst)].localType
}

// between appends to t what the rules make of the time from one Unix time to
// the end of a year.
func (r *rules) between(t *timeline, from int64, last int) {
	for year := time.Unix(from, 0).UTC().Year(); year <= last; year++ {
		start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		next := time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		begin, end := r.changes(year)
		points := []int64{max(start, from), begin, end}
		slices.Sort(points)
		for _, at := range points {
			if from <= at && start <= at && at < next {
				t.add(at, r.at(at))
			}
		}
	}
}

// timeline is the rules as one.
func (r *rules) timeline() *timeline {
	t := &timeline{rules: r}
	t.add(math.MinInt64, r.ends[0].localType)
	return t
}
