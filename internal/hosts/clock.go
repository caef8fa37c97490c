package hosts

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clock is how far a host's clock is ahead of ours. What it said lies between our
// question and its answer: so each exchange bounds the offset on both sides, and all of
// them together bound it closer than the fastest alone.
type clock struct {
	mu        sync.Mutex
	asked     map[uint64]time.Time
	last      uint64
	low, high time.Duration // of the offset
	at        time.Time     // of the last exchange
	samples   int
}

// drift is by how much clocks may go apart in a second, unless they are set: 100
// millionths, as cheap ones do.
const drift = 100 * time.Microsecond

// ask notes a question, and returns its number.
func (c *clock) ask(now time.Time) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == nil {
		c.asked = make(map[uint64]time.Time)
	}
	c.last++
	c.asked[c.last] = now
	delete(c.asked, c.last-100) // that was never answered
	return c.last
}

// answered takes an answer. It reports whether the clock has been set meanwhile.
func (c *clock) answered(id uint64, earliest, latest, now time.Time) (set bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent, ok := c.asked[id]
	if !ok {
		return false
	}
	delete(c.asked, id)
	// As long as it took by the clock that is never set.
	received := sent.Add(now.Sub(sent))
	low, high := earliest.Sub(received), latest.Sub(sent)
	if c.samples > 0 {
		wider := time.Duration(now.Sub(c.at).Seconds() * float64(drift))
		c.low, c.high = c.low-wider, c.high+wider
		set = high < c.low || low > c.high
	}
	if c.samples == 0 || set {
		c.low, c.high = low, high
	} else {
		c.low, c.high = max(c.low, low), min(c.high, high)
	}
	c.samples++
	c.at = now
	return set
}

// offset is how far the clock is ahead, and how far that may be wrong. Both are 0 if
// that is not known.
func (c *clock) offset() (offset, within time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.low + (c.high-c.low)/2, (c.high - c.low) / 2
}

func (c *clock) known() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.samples
}

// correction is what is taken off times: nothing if the clocks may agree.
func (c *clock) correction() time.Duration {
	offset, within := c.offset()
	if offset.Abs() <= within {
		return 0
	}
	return offset
}

// text says what is known of the clock.
func (c *clock) text(kept bool) string {
	if c.known() == 0 {
		return "clock is not known: its times are as they are there"
	}
	offset, within := c.offset()
	precision := " (± " + shortTime(within) + ")"
	if offset.Abs() <= within {
		return "clock agrees with ours" + precision
	}
	way, what := "ahead", ", corrected"
	if offset < 0 {
		way = "behind"
	}
	if kept {
		what = ", not corrected"
	}
	return "clock is " + shortTime(offset.Abs()) + " " + way + precision + what
}

// shortTime is a time in seconds to the millisecond, or in milliseconds to the tenth.
func shortTime(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}

// parseClock reads seconds with a fraction, as far as date(1) there has one: the time
// is between the two.
func parseClock(s string) (earliest, latest time.Time, ok bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return earliest, latest, false
	}
	const digits = 9
	if nsec, err := strconv.ParseUint(fraction, 10, 32); err == nil && len(fraction) == digits {
		t := time.Unix(sec, int64(nsec))
		return t, t, true
	}
	return time.Unix(sec, 0), time.Unix(sec+1, 0), true
}
