package printer

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/zone"
)

// timeFormat is how the time in front of a line is written: the number of -t
// options.
type timeFormat int

const (
	timeOfDay timeFormat = iota
	timeNone
	timeUnix
	timeSincePrevious
	timeDate
	timeSinceFirst
)

// timeLastSecond is the end of the last year that C's struct tm can hold, in
// seconds since the epoch; a time after it has no date. pcapng with a time unit
// of a second or more has such times.
const (
	timeLastSecond    = 67768036191676799
	timeOutOfCalendar = "[localtime() or gmtime() couldn't convert the date and time]"
)

// clock keeps the local minute last formatted: most packets share it with the one
// before.
type clock struct {
	text   [len("2006-01-02 15:04:05.")]byte
	minute int64 // the first second of the minute that text is of, since the epoch
	valid  bool
}

// within makes text that of a second, and reports whether that is in the minute.
func (c *clock) within(sec int64) bool {
	second := uint64(sec) - uint64(c.minute)
	if second >= 60 || !c.valid {
		return false
	}
	c.text[len("2006-01-02 15:04:")] = byte('0' + second/10)
	c.text[len("2006-01-02 15:04:0")] = byte('0' + second%10)
	return true
}

// timestamp appends the time of a packet and a blank, in the format asked for.
func (p *Printer) timestamp(t capture.Timestamp) {
	if c := &p.clock; p.opts.TimeFormat == int(timeOfDay) && !p.opts.Nano && uint64(t.Nsec) < 1e9 && c.within(t.Sec) {
		const size = len("15:04:05.000000 ")
		at := len(p.out)
		p.out = slices.Grow(p.out, size+1)[:at+size+1]
		b := (*[size + 1]byte)(p.out[at:])
		*(*[9]byte)(b[:]) = [9]byte(c.text[len("2006-01-02 "):])
		binary.LittleEndian.PutUint64(b[9:], sixDigits(uint32(t.Nsec)/1e3)|' '<<48)
		p.out = p.out[:at+size]
		return
	}
	if !p.opts.Nano {
		t.Nsec /= 1e3 // now in the unit that is shown
	}
	switch timeFormat(p.opts.TimeFormat) {
	case timeNone:
		return
	case timeOfDay:
		p.localTime(t, false)
	case timeDate:
		p.localTime(t, true)
	case timeUnix:
		if t.Sec < 0 {
			p.str("[timestamp overflow]")
			break
		}
		p.int(t.Sec)
		p.fraction(t)
	case timeSincePrevious, timeSinceFirst:
		p.timeDifference(t)
	}
	p.char(' ')
}

// timeDifference appends t less the reference time. The reference is kept in
// the unit shown; a reference of zero counts as unset.
func (p *Printer) timeDifference(t capture.Timestamp) {
	ref := &p.conv.timeReference
	if *ref == (capture.Timestamp{}) {
		*ref = t
	}
	a, b := t, *ref
	if a.Sec < b.Sec || a.Sec == b.Sec && a.Nsec < b.Nsec {
		p.char('-')
		a, b = b, a
	} else {
		p.char(' ')
	}
	d := capture.Timestamp{Sec: a.Sec - b.Sec, Nsec: a.Nsec - b.Nsec}
	if d.Nsec < 0 {
		d.Sec--
		d.Nsec += p.fractionsPerSecond()
	}
	switch {
	case d.Sec < 0:
		p.str("[timestamp overflow]")
	case d.Sec > timeLastSecond:
		p.str(timeOutOfCalendar)
		p.fraction(d)
	default:
		s := d.Sec % 86400
		p.twoDigits(int(s / 3600))
		p.char(':')
		p.twoDigits(int(s / 60 % 60))
		p.char(':')
		p.twoDigits(int(s % 60))
		p.fraction(d)
	}
	if timeFormat(p.opts.TimeFormat) == timeSincePrevious {
		*ref = t
	}
}

// passTime keeps the reference time up to date as if pkt, of that number, had been
// printed.
func (p *Printer) passTime(pkt *capture.Packet, number uint64) {
	f := timeFormat(p.opts.TimeFormat)
	if f != timeSincePrevious && f != timeSinceFirst || headerIsBad(pkt) || !p.sampled(number) {
		return
	}
	ref, t := &p.conv.timeReference, pkt.Time
	t.Nsec /= 1e9 / p.fractionsPerSecond()
	if f == timeSincePrevious || *ref == (capture.Timestamp{}) {
		*ref = t
	}
}

// localTime appends the time of day in the printer's time zone, with the date
// in front when asked for.
func (p *Printer) localTime(t capture.Timestamp, date bool) {
	if t.Sec < 0 {
		p.str("[timestamp overflow]")
		return
	}
	c := &p.clock
	if !c.within(t.Sec) {
		// A zone whose offset is not in whole minutes, as one with leap
		// seconds, or a year of five digits, does not fit what is kept.
		moved, years := timeWithinCalendar(t.Sec)
		local := time.Unix(moved/60*60, 0).In(p.opts.Location)
		if _, offset := local.Zone(); t.Sec > timeLastSecond-int64(offset) {
			p.str(timeOutOfCalendar)
			p.fraction(t)
			return
		}
		if local.Second() != 0 || years > 0 {
			local = time.Unix(moved, 0).In(p.opts.Location)
			if date {
				p.uint(uint64(years + int64(local.Year())))
			}
			p.out = zone.AppendFormat(p.out, local, timeLayout(date))
			p.fraction(t)
			return
		}
		local.AppendFormat(c.text[:0], "2006-01-02 15:04:05.")
		c.minute, c.valid = t.Sec/60*60, true
		c.within(t.Sec)
	}
	if date {
		p.out = append(p.out, c.text[:len("2006-01-02 ")]...)
	}
	p.out = append(p.out, c.text[len("2006-01-02 "):]...)
	p.fractionDigits(t)
}

// timeCalendarCycle is after how many seconds the calendar repeats: 400 years.
const timeCalendarCycle = 146097 * 86400

// timeWithinCalendar moves a time to a year of four digits. After 400 years the
// calendar repeats, and a year so far off need not fit an int.
func timeWithinCalendar(sec int64) (moved, years int64) {
	const last = 253370764800 // the year 9999
	if sec < last {
		return sec, 0
	}
	n := (sec-last)/timeCalendarCycle + 1
	return sec - n*timeCalendarCycle, n * 400
}

// timeLayout is what follows the year.
func timeLayout(date bool) string {
	if date {
		return "-01-02 15:04:05"
	}
	return "15:04:05"
}

func (p *Printer) fractionsPerSecond() int64 {
	if p.opts.Nano {
		return 1e9
	}
	return 1e6
}

// fraction appends a point and what is behind the seconds; t.Nsec is in the unit
// shown.
func (p *Printer) fraction(t capture.Timestamp) {
	p.char('.')
	p.fractionDigits(t)
}

// fractionDigits is fraction without the point. A fraction of a second or more is
// shown as it was read and marked.
func (p *Printer) fractionDigits(t capture.Timestamp) {
	digits, mark := 6, " (invalid us)"
	if p.opts.Nano {
		digits, mark = 9, " (invalid ns)"
	}
	v := uint32(t.Nsec)
	if int64(v) >= p.fractionsPerSecond() {
		p.printf("%0*d", digits, v)
		p.str(mark)
		return
	}
	start := len(p.out)
	p.out = slices.Grow(p.out, uintRoom)[:start+uintRoom]
	b := p.out[start:]
	if p.opts.Nano {
		putThree(b, v/1e6)
		b = b[3:]
		v %= 1e6
	}
	binary.LittleEndian.PutUint64(b, sixDigits(v))
	p.out = p.out[:start+digits]
}

// twoDigits appends v, 0 to 99, with a leading zero.
func (p *Printer) twoDigits(v int) {
	p.out = append(p.out, byte('0'+v/10), byte('0'+v%10))
}
