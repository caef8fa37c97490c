package hosts

import (
	"testing"
	"time"
)

// TestClock: exchanges bound the offset, together closer than each alone, and a clock
// that is set is seen.
func TestClock(t *testing.T) {
	const ahead = 1200 * time.Millisecond
	begin := time.Unix(1700000000, 0)
	c := new(clock)
	// exchange takes there and back so long each, by a clock that is ahead.
	exchange := func(at time.Time, there, back, ahead time.Duration) bool {
		stamp := at.Add(there + ahead)
		return c.answered(c.ask(at), stamp, stamp, at.Add(there+back))
	}
	if c.correction() != 0 || c.known() != 0 {
		t.Error("nothing is known, and something corrected")
	}
	exchange(begin, 9*time.Millisecond, time.Millisecond, ahead)
	if offset, within := c.offset(); offset != ahead+4*time.Millisecond || within != 5*time.Millisecond {
		t.Errorf("the offset is %s ± %s", offset, within)
	}
	// One that was fast there and slow back: the two agree on less than either has.
	exchange(begin.Add(time.Second), time.Millisecond, 9*time.Millisecond, ahead)
	if offset, within := c.offset(); !near(offset, ahead) || within > 1200*time.Microsecond {
		t.Errorf("the offset is %s ± %s", offset, within)
	}
	if !near(c.correction(), ahead) {
		t.Errorf("corrected by %s", c.correction())
	}
	// A slow exchange says nothing new.
	if exchange(begin.Add(2*time.Second), time.Second, 2*time.Second, ahead) {
		t.Error("the clock was set, it says")
	}
	if offset, within := c.offset(); !near(offset, ahead) || within > 1500*time.Microsecond {
		t.Errorf("after a slow exchange the offset is %s ± %s", offset, within)
	}
	if !exchange(begin.Add(3*time.Second), time.Millisecond, time.Millisecond, -ahead) {
		t.Error("it is not seen that the clock was set")
	}
	if got, want := c.text(false), "clock is 1.200 s behind (± 1.0 ms), corrected"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if c.answered(77, begin, begin, begin) {
		t.Error("an answer to nothing is taken")
	}
}

// TestClockAgrees: an offset that may be none is not corrected.
func TestClockAgrees(t *testing.T) {
	begin := time.Unix(1700000000, 0)
	c := new(clock)
	stamp := begin.Add(time.Millisecond)
	c.answered(c.ask(begin), stamp, stamp, begin.Add(3*time.Millisecond))
	if c.correction() != 0 || c.text(true) != "clock agrees with ours (± 1.5 ms)" {
		t.Errorf("corrected by %s: %s", c.correction(), c.text(true))
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string][2]time.Time{
		"1700000000.000000001": {time.Unix(1700000000, 1), time.Unix(1700000000, 1)},
		"1700000000":           {time.Unix(1700000000, 0), time.Unix(1700000001, 0)},
		"1700000000.":          {time.Unix(1700000000, 0), time.Unix(1700000001, 0)},
		"1700000000.N":         {time.Unix(1700000000, 0), time.Unix(1700000001, 0)},
		"1700000000.%N":        {time.Unix(1700000000, 0), time.Unix(1700000001, 0)},
	} {
		earliest, latest, ok := parseClock(text)
		if !ok || !earliest.Equal(want[0]) || !latest.Equal(want[1]) {
			t.Errorf("%s is from %v to %v (%t)", text, earliest, latest, ok)
		}
	}
	for _, wrong := range []string{"", ".", "x", "1x.5"} {
		if _, _, ok := parseClock(wrong); ok {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// near reports whether an offset is one, but for the drift that may have been.
func near(offset, want time.Duration) bool { return (offset - want).Abs() <= time.Millisecond/5 }
