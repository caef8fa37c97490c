package printer

import (
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

func TestTimestamp(t *testing.T) {
	zone := time.FixedZone("test", 3600*5+1800)
	for _, c := range []struct {
		format int
		nano   bool
		times  []capture.Timestamp
		want   string
	}{
		{0, false, []capture.Timestamp{{Sec: 0, Nsec: 123456789}}, "05:30:00.123456 "},
		{0, true, []capture.Timestamp{{Sec: 59, Nsec: 123456789}, {Sec: 61, Nsec: 5}}, "05:30:59.123456789 05:31:01.000000005 "},
		{0, false, []capture.Timestamp{{Sec: 5, Nsec: 1500000000}}, "05:30:05.1500000 (invalid us) "},
		{0, false, []capture.Timestamp{{Sec: -1}}, "[timestamp overflow] "},
		{1, false, []capture.Timestamp{{Sec: 5}}, ""},
		{2, false, []capture.Timestamp{{Sec: 1700000000, Nsec: 1000}}, "1700000000.000001 "},
		{3, false, []capture.Timestamp{{Sec: 10}, {Sec: 12, Nsec: 500000000}, {Sec: 11}, {Sec: 100011}},
			" 00:00:00.000000  00:00:02.500000 -00:00:01.500000  03:46:40.000000 "},
		{4, false, []capture.Timestamp{{Sec: 1700000000, Nsec: 999999999}}, "2023-11-15 03:43:20.999999 "},
		{5, false, []capture.Timestamp{{Sec: 10}, {Sec: 12}, {Sec: 15}}, " 00:00:00.000000  00:00:02.000000  00:00:05.000000 "},
		{3, false, []capture.Timestamp{{Sec: 10, Nsec: 2500000000}, {Sec: 11, Nsec: 500000000}},
			" 00:00:00.000000  00:00:00.4293967296 (invalid us) "},
		{4, false, []capture.Timestamp{{Sec: timeLastSecond - 19800}, {Sec: timeLastSecond - 19799, Nsec: 5000}},
			"2147485547-12-31 23:59:59.000000 [localtime() or gmtime() couldn't convert the date and time].000005 "},
		{4, false, []capture.Timestamp{{Sec: 253370764799 - 19800}, {Sec: 253402300799 - 19800}, {Sec: 253402300800 - 19800}, {Sec: 951827696 + 400*365*86400 + 97*86400}},
			"9998-12-31 23:59:59.000000 9999-12-31 23:59:59.000000 10000-01-01 00:00:00.000000 2400-02-29 18:04:56.000000 "},
		{0, true, []capture.Timestamp{{Sec: 1<<63 - 1}}, "[localtime() or gmtime() couldn't convert the date and time].000000000 "},
		{5, false, []capture.Timestamp{{Sec: 0, Nsec: 1000}, {Sec: timeLastSecond}, {Sec: timeLastSecond + 1, Nsec: 1000}},
			" 00:00:00.000000  23:59:58.999999  [localtime() or gmtime() couldn't convert the date and time].000000 "},
	} {
		p := New(Options{TimeFormat: c.format, Nano: c.nano, Location: zone})
		for _, ts := range c.times {
			p.timestamp(ts)
		}
		if got := string(p.out); got != c.want {
			t.Errorf("-t x %d of %v: got %q, want %q", c.format, c.times, got, c.want)
		}
	}
}

// TestTimestampOddZone: in a zone whose offset is not in whole minutes, the year
// may end within what is a minute elsewhere.
func TestTimestampOddZone(t *testing.T) {
	p := New(Options{TimeFormat: 4, Location: time.FixedZone("test", 30)})
	p.timestamp(capture.Timestamp{Sec: 1704067185})
	if got, want := string(p.out), "2024-01-01 00:00:15.000000 "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
