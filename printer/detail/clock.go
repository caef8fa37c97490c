package detail

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/zone"
)

// clock turns times into text. Packets of the same second share it.
type clock struct {
	location *time.Location
	sec      int64
	text     []byte // of sec; empty: none yet
}

// append appends the local time with four decimals, which are cut.
func (c *clock) append(b []byte, t capture.Timestamp) []byte {
	if len(c.text) == 0 || c.sec != t.Sec {
		c.sec = t.Sec
		c.text = zone.AppendFormat(c.text[:0], time.Unix(t.Sec, 0).In(c.location), time.DateTime)
	}
	return appendFraction(append(b, c.text...), t)
}

// appendFraction appends a point and four decimals of the second. A fraction of
// a second or more, which only a damaged file has, shows as the largest one.
func appendFraction(b []byte, t capture.Timestamp) []byte {
	n := min(max(t.Nsec, 0), 999_999_999) / 100_000
	return append(b, '.', byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
}
