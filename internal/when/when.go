// Package when reads points in time as users give them, and finds which they are.
package when

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/zone"
)

// Time is a point in time as it was given.
type Time struct {
	form   form
	stamp  capture.Timestamp // absolute
	offset time.Duration     // from the beginning or the end of the capture
	date   date
	clock  clock
}

// form is how a time is given.
type form uint8

const (
	absolute form = iota // by a zone or an epoch
	ofBegin              // after the first packet
	ofEnd                // before the last
	ofDay                // local, with a date
	ofClock              // local, of the day of the first packet
)

type date struct {
	year, day int
	month     time.Month
}

// clock is a time of day; second is 60 in a leap second.
type clock struct{ hour, minute, second, nsec int }

// Awaited says what a time may look like.
const Awaited = "14:30, 14:30:05.25, 2026-11-29, '2026-11-29 14:30', 2026-11-29T14:30:00Z, +10m or -5m of the capture, @1796000000"

var errTime = errors.New("a time is awaited: " + Awaited)

// Parse reads a time of one of the forms that Awaited names. What has no zone is local.
func Parse(s string) (Time, error) {
	switch {
	case s == "":
	case s[0] == '@':
		if stamp, ok := parseEpoch(s[1:]); ok {
			return Time{stamp: stamp}, nil
		}
	case s[0] == '+', s[0] == '-':
		if d, ok := parseOffset(s[1:]); ok {
			f := ofBegin
			if s[0] == '-' {
				f = ofEnd
			}
			return Time{form: f, offset: d}, nil
		}
	default:
		if t, ok := parseLocal(s); ok {
			return t, nil
		}
		if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)); err == nil {
			return Time{stamp: capture.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}}, nil
		}
	}
	return Time{}, errTime
}

// parseEpoch reads seconds since 1970, with up to nine digits behind a point.
func parseEpoch(s string) (t capture.Timestamp, ok bool) {
	whole, fraction, has := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || has && fraction == "" || strings.HasPrefix(whole, "+") {
		return t, false
	}
	nsec, ok := parseFraction(fraction)
	t = capture.Timestamp{Sec: sec, Nsec: nsec}
	if strings.HasPrefix(whole, "-") && nsec > 0 {
		t = capture.Timestamp{Sec: sec - 1, Nsec: 1e9 - nsec}
	}
	return t, ok
}

// parseFraction reads up to nine digits behind a point, as nanoseconds.
func parseFraction(s string) (nsec int64, ok bool) {
	if len(s) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint("0"+s+strings.Repeat("0", 9-len(s)), 10, 64)
	return int64(n), err == nil
}

// parseOffset reads seconds, or a time such as 90s, 15m or 1h30m.
func parseOffset(s string) (time.Duration, bool) {
	if s == "" || s[0] == '-' || s[0] == '+' {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = time.ParseDuration(s + "s")
	}
	return d, err == nil
}

// parseLocal reads a date, a time of day, or both.
func parseLocal(s string) (t Time, ok bool) {
	day, at := s, ""
	if i := strings.IndexAny(s, " Tt"); i >= 0 {
		if day, at = s[:i], s[i+1:]; at == "" {
			return t, false
		}
	} else if strings.Contains(s, ":") {
		day, at = "", s
	}
	t.form = ofClock
	if day != "" {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return t, false
		}
		t.form, t.date = ofDay, date{d.Year(), d.Day(), d.Month()}
	}
	if at != "" {
		t.clock, ok = parseClock(at)
		return t, ok
	}
	return t, true
}

// parseClock reads 14:30, 14:30:05 or 14:30:05.25; 24:00 is the end of the day.
func parseClock(s string) (c clock, ok bool) {
	at, fraction, has := strings.Cut(s, ".")
	parts := strings.Split(at, ":")
	if len(parts) < 2 || len(parts) > 3 || has && (len(parts) < 3 || fraction == "") {
		return c, false
	}
	for i, field := range []*int{&c.hour, &c.minute, &c.second}[:len(parts)] {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil || len(parts[i]) != 2 && (i > 0 || len(parts[i]) != 1) {
			return c, false
		}
		*field = int(n)
	}
	nsec, ok := parseFraction(fraction)
	c.nsec = int(nsec)
	return c, ok && c.minute < 60 && c.second <= 60 && (c.hour < 24 || c == clock{hour: 24})
}

// OfBegin reports whether the first packet's time has to be known.
func (t *Time) OfBegin() bool { return t != nil && (t.form == ofBegin || t.form == ofClock) }

// OfEnd reports whether the last packet's time has to be known.
func (t *Time) OfEnd() bool { return t != nil && t.form == ofEnd }

// Capture is what times depend on: where they are local, and the first and last packet's.
type Capture struct {
	Location    *time.Location
	First, Last capture.Timestamp
}

// From is which time t is as a beginning: of a local time that comes twice, as clocks are
// turned back, the first; where one is left out, when the clocks are turned.
func (t *Time) From(c Capture) capture.Timestamp { return t.at(c, false) }

// To is which time t is as an end: of a local time that comes twice the second. A time
// of day that is not later than that of from, if that has no date either, is of the next
// day.
func (t *Time) To(c Capture, from *Time) capture.Timestamp {
	at := *t
	if t.form == ofClock && from != nil && from.form == ofClock && !from.clock.before(t.clock) {
		at = t.dated(c)
		at.date.day++
	}
	return at.at(c, true)
}

func (c clock) before(d clock) bool {
	if c.hour != d.hour || c.minute != d.minute {
		return c.hour < d.hour || c.hour == d.hour && c.minute < d.minute
	}
	return c.second < d.second || c.second == d.second && c.nsec < d.nsec
}

// dated is t with the date of the first packet.
func (t *Time) dated(c Capture) Time {
	d := *t
	year, month, day := time.Unix(c.First.Sec, c.First.Nsec).In(c.Location).Date()
	d.form, d.date = ofDay, date{year, day, month}
	return d
}

func (t *Time) at(c Capture, second bool) capture.Timestamp {
	switch t.form {
	case ofBegin:
		return moved(c.First, t.offset)
	case ofEnd:
		return moved(c.Last, -t.offset)
	case ofDay:
		return t.local(c.Location, second)
	case ofClock:
		d := t.dated(c)
		return d.local(c.Location, second)
	}
	return t.stamp
}

// moved is t and d, with less than a second of nanoseconds.
func moved(t capture.Timestamp, d time.Duration) capture.Timestamp {
	nsec := t.Nsec + int64(d%time.Second)
	t.Sec += int64(d / time.Second)
	for nsec < 0 {
		t.Sec, nsec = t.Sec-1, nsec+1e9
	}
	return capture.Timestamp{Sec: t.Sec + nsec/1e9, Nsec: nsec % 1e9}
}

// local is when the clocks of a place show t: once, twice, or not at all.
func (t *Time) local(place *time.Location, second bool) capture.Timestamp {
	leap := t.clock.second == 60
	shown := t.clock
	if leap {
		shown.second = 59
	}
	// As it would be in UTC; the zone is off that by what holds the day before and after.
	wall := time.Date(t.date.year, t.date.month, t.date.day, shown.hour, shown.minute, shown.second, 0, time.UTC)
	var found []time.Time
	var late time.Time // the latest that is no such time
	for hours := -36; hours <= 36; hours++ {
		_, offset := wall.Add(time.Duration(hours) * time.Hour).In(place).Zone()
		u := wall.Add(-time.Duration(offset) * time.Second).In(place)
		if shows(u, wall) && (zone.Second(u) == 60) == leap {
			found = append(found, u)
		} else if u.After(late) {
			late = u
		}
	}
	at := late
	switch {
	case len(found) > 0:
		at = found[0]
		for _, u := range found {
			if u.After(at) == second {
				at = u
			}
		}
	case leap: // the zone does not have it: it is the next second
		one := *t
		one.clock.second = 59
		s := one.local(place, second)
		return capture.Timestamp{Sec: s.Sec + 1, Nsec: s.Nsec}
	default:
		if begin, _ := late.ZoneBounds(); !begin.IsZero() {
			return capture.Timestamp{Sec: begin.Unix()}
		}
	}
	return capture.Timestamp{Sec: at.Unix(), Nsec: int64(t.clock.nsec)}
}

// shows reports whether clocks show the date and time of wall at u.
func shows(u, wall time.Time) bool {
	return u.Format(time.DateTime) == wall.Format(time.DateTime)
}
