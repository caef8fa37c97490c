package recorder

import (
	"math"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// clock makes one time of the time stamps of packets, in nanoseconds, that goes on
// though the clock that they are taken from is set. Windows are windows of it.
type clock struct {
	live   bool
	begun  bool
	offset int64 // what is added to time stamps
	max    int64 // the latest time
	late   int   // packets in a row that are far behind it

	// Live, the time that it was when, to know how much may have passed since.
	known   int64
	knownAt time.Time
}

// Packets of several interfaces are out of order by less than tolerance; what is
// further back came after the clock was set back, if persistent packets in a row are.
const (
	tolerance  = int64(time.Second)
	persistent = 16
)

// at is the time of the packet that comes next.
func (c *clock) at(t capture.Timestamp) int64 {
	now := nanoseconds(t) + c.offset
	switch {
	case !c.begun:
		c.begun, c.max = true, now
		if c.live {
			c.sample(time.Now())
		}
		return now
	case now >= c.max:
		if c.live && now-c.max > tolerance {
			now = c.plausible(now, time.Now())
		}
		c.late, c.max = 0, now
		return now
	case c.max-now <= tolerance:
		return now
	}
	if c.late++; c.late == persistent {
		c.offset += c.max - now
		c.late = 0
	}
	return c.max
}

// plausible is a time that is much later than the one before: as it is, or if less
// has passed, as much later.
func (c *clock) plausible(now int64, at time.Time) int64 {
	expected := max(c.estimate(at), c.max)
	if now-expected <= tolerance {
		return now
	}
	c.offset -= now - expected
	return expected
}

// estimate is the time at a moment, as far as it is known from packets.
func (c *clock) estimate(at time.Time) int64 { return c.known + int64(at.Sub(c.knownAt)) }

// sample notes that all packets of before a moment have come.
func (c *clock) sample(at time.Time) {
	if c.begun && (c.known != c.max || c.knownAt.IsZero()) {
		c.known, c.knownAt = c.max, at
	}
}

// now is the time at a moment. The system's clock is more exact than what packets
// tell, unless their time stamps are another clock's.
func (c *clock) now(at time.Time) int64 {
	if !c.live {
		return c.max
	}
	now := at.UnixNano() + c.offset
	if !c.begun {
		return now
	}
	if estimate := c.estimate(at); now-estimate > 2*tolerance || estimate-now > 2*tolerance {
		return max(estimate, c.max)
	}
	return now
}

// stamp is the time stamp that packets have at a time.
func (c *clock) stamp(t int64) capture.Timestamp {
	t -= c.offset
	sec, nsec := t/int64(time.Second), t%int64(time.Second)
	if nsec < 0 {
		sec, nsec = sec-1, nsec+int64(time.Second)
	}
	return capture.Timestamp{Sec: sec, Nsec: nsec}
}

// nanoseconds since 1970; the first or the last that there are for times beyond.
func nanoseconds(t capture.Timestamp) int64 {
	const limit = math.MaxInt64/int64(time.Second) - 1
	switch sec := t.Sec + t.Nsec/int64(time.Second); {
	case sec > limit:
		return limit * int64(time.Second)
	case sec < -limit:
		return -limit * int64(time.Second)
	default:
		return sec*int64(time.Second) + t.Nsec%int64(time.Second)
	}
}
