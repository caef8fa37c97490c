package when

import (
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/zone"
)

// TestTimes: which time is meant, in places where clocks are turned, and how it depends
// on a capture.
func TestTimes(t *testing.T) {
	begin := time.Date(2026, 11, 29, 9, 0, 0, 500, time.UTC)
	for _, c := range []struct{ zone, text, from, to string }{
		{"UTC", "14:30", "2026-11-29T14:30:00Z", ""},
		{"UTC", "4:30", "2026-11-29T04:30:00Z", ""},
		{"UTC", "14:30:05.25", "2026-11-29T14:30:05.25Z", ""},
		{"UTC", "14:30:05.000000001", "2026-11-29T14:30:05.000000001Z", ""},
		{"UTC", "24:00", "2026-11-30T00:00:00Z", ""},
		{"UTC", "23:59:60", "2026-11-30T00:00:00Z", ""},
		{"UTC", "2026-11-28", "2026-11-28T00:00:00Z", ""},
		{"UTC", "2024-02-29 23:59:59.9", "2024-02-29T23:59:59.9Z", ""},
		{"UTC", "2026-11-28T14:30", "2026-11-28T14:30:00Z", ""},
		{"Asia/Tokyo", "2026-11-28 14:30", "2026-11-28T05:30:00Z", ""},
		{"Asia/Tokyo", "14:30", "2026-11-29T05:30:00Z", ""},
		{"Pacific/Kiritimati", "14:30", "2026-11-29T00:30:00Z", ""},
		{"America/Los_Angeles", "14:30", "2026-11-29T22:30:00Z", ""},
		{"Asia/Tokyo", "2026-11-28T14:30:00Z", "2026-11-28T14:30:00Z", ""},
		{"Asia/Tokyo", "2026-11-28t14:30:00.5+02:00", "2026-11-28T12:30:00.5Z", ""},
		{"UTC", "+10m", "2026-11-29T09:10:00.0000005Z", ""},
		{"UTC", "+1h30m", "2026-11-29T10:30:00.0000005Z", ""},
		{"UTC", "+0", "2026-11-29T09:00:00.0000005Z", ""},
		{"UTC", "+1.5", "2026-11-29T09:00:01.5000005Z", ""},
		{"UTC", "-5m", "2026-11-29T20:55:00Z", ""},
		{"UTC", "-0.25", "2026-11-29T20:59:59.75Z", ""},
		{"UTC", "@1796000000", "2026-11-30T00:53:20Z", ""},
		{"UTC", "@1796000000.000000001", "2026-11-30T00:53:20.000000001Z", ""},
		{"UTC", "@-1.25", "1969-12-31T23:59:58.75Z", ""},
		// Clocks turned forward: what they never show is when they are turned.
		{"Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z", ""},
		{"Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z", ""},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z", ""},
		{"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z", ""},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z", ""},
		// Turned back: what comes twice begins with the first, and ends with the second.
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z", ""},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
		// A day that a place left out.
		{"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z", ""},
	} {
		at, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		place, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		about := Capture{place, stamp(begin), capture.Timestamp{Sec: time.Date(2026, 11, 29, 21, 0, 0, 0, time.UTC).Unix()}}
		if c.to == "" {
			c.to = c.from
		}
		if got := text(at.From(about)); got != c.from {
			t.Errorf("from %s in %s is %s, want %s", c.text, c.zone, got, c.from)
		}
		if got := text(at.To(about, nil)); got != c.to {
			t.Errorf("to %s in %s is %s, want %s", c.text, c.zone, got, c.to)
		}
	}
}

func stamp(t time.Time) capture.Timestamp {
	return capture.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
}

func text(t capture.Timestamp) string {
	return time.Unix(t.Sec, t.Nsec).UTC().Format(time.RFC3339Nano)
}

// TestMidnight: an end that is no later than the beginning is of the next day, where
// neither has a date.
func TestMidnight(t *testing.T) {
	first := stamp(time.Date(2026, 11, 29, 22, 0, 0, 0, time.UTC))
	about := Capture{time.UTC, first, first}
	for _, c := range []struct{ from, to, want string }{
		{"22:00", "23:00", "2026-11-29T23:00:00Z"},
		{"23:00", "01:00", "2026-11-30T01:00:00Z"},
		{"23:00", "23:00", "2026-11-30T23:00:00Z"},
		{"23:00:00.5", "23:00:00.6", "2026-11-29T23:00:00.6Z"},
		{"2026-11-29 23:00", "01:00", "2026-11-29T01:00:00Z"},
		{"", "01:00", "2026-11-29T01:00:00Z"},
		{"+1h", "01:00", "2026-11-29T01:00:00Z"},
	} {
		var from *Time
		if c.from != "" {
			at, err := Parse(c.from)
			if err != nil {
				t.Fatal(err)
			}
			from = &at
		}
		to, err := Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(to.To(about, from)); got != c.want {
			t.Errorf("from %s to %s ends at %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

// TestLeapSecond: in a zone that has leap seconds, one is a second of its own.
func TestLeapSecond(t *testing.T) {
	t.Setenv("TZ", "right/UTC")
	place, err := zone.Local()
	if err != nil || zone.Second(time.Unix(1483228826, 0).In(place)) != 60 {
		t.Skip("this system has no zones with leap seconds")
	}
	for second, want := range map[string]int64{"59": 1483228825, "60": 1483228826} {
		at, err := Parse("2016-12-31 23:59:" + second)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.From(Capture{Location: place}); got.Sec != want {
			t.Errorf("second %s is %d, want %d", second, got.Sec, want)
		}
	}
}

// TestNoTimes: what is none is refused.
func TestNoTimes(t *testing.T) {
	for _, s := range []string{"", "x", "14", "14.30", "14:3", "24:01", "25:00", "14:60", "14:30:61", "14:30:", "14:30:5", "14:30.5", "14:30:05.", "14:30:05.1234567890",
		"2026-13-01", "2026-02-29", "2026-2-3", "2026-11-29 ", "2026-11-29T", "2026-11-29  14:30", "2026-11-29T14:30+01:00", "20261129", "yesterday",
		"+", "-", "+x", "+-5m", "-+5m", "+10d", "@", "@x", "@1.", "@1.0000000001", "@+1", "@.5", "./14:30", "14:30Z", "123:00"} {
		if at, err := Parse(s); err == nil {
			t.Errorf("%q is taken for a time: %+v", s, at)
		}
	}
}
