package report

import (
	"time"

	"github.com/tapdump/tapdump/capture"
)

// bins is how many intervals the time of a capture is cut into at most.
const bins = 240

// bin is what was in an interval.
type bin struct {
	packets, bytes uint64
	resent         uint64 // TCP segments that were sent again
	lost           uint64 // packets that the source says are missing
}

func (b *bin) add(c bin) {
	b.packets += c.packets
	b.bytes += c.bytes
	b.resent += c.resent
	b.lost += c.lost
}

// timeline has bins of equal width, which doubles when there are too many.
type timeline struct {
	start int64 // ns since 1970
	width int64 // ns; 0: nothing was counted
	n     int   // bins in use
	bins  [bins]bin
}

// nanoseconds is a time in nanoseconds since 1970, from 1896 to 2116: files may say
// anything. The difference of two of them fits, and so does that of one and the start of
// a timeline, which is up to an interval before the first.
func nanoseconds(t capture.Timestamp) int64 {
	const second, least, most = int64(time.Second), -int64(1 << 61), int64(1<<62 - 1)
	sec := t.Sec
	if sec >= most/second {
		return most
	}
	if sec <= least/second {
		return least
	}
	return min(max(sec*second+t.Nsec%most, least), most)
}

// at is the bin of a time.
func (l *timeline) at(now int64) *bin {
	if l.width == 0 {
		l.start, l.width = now, int64(time.Millisecond)
	}
	for now < l.start && (l.start-now-1)/l.width+1+int64(l.n) > bins {
		l.widen()
	}
	if now < l.start {
		shift := int((l.start-now-1)/l.width + 1)
		copy(l.bins[shift:], l.bins[:l.n])
		clear(l.bins[:shift])
		l.start -= int64(shift) * l.width
		l.n += shift
	}
	for (now-l.start)/l.width >= bins {
		l.widen()
	}
	i := int((now - l.start) / l.width)
	l.n = max(l.n, i+1)
	return &l.bins[i]
}

// widen doubles the width.
func (l *timeline) widen() {
	for k := range bins / 2 {
		sum := l.bins[2*k]
		sum.add(l.bins[2*k+1])
		l.bins[k] = sum
	}
	clear(l.bins[bins/2:])
	l.width *= 2
	l.n = (l.n + 1) / 2
}

// silences is how many of the longest times without packets are known.
const silences = 16

// silence is a time without packets.
type silence struct{ from, to int64 }

func (s silence) length() int64 { return s.to - s.from }

// clock watches the times of packets.
type clock struct {
	known       bool
	first, last int64 // the earliest and the latest
	before      int64 // time of the packet before
	backwards   uint64
	furthest    silence // the longest way back: from the later time to the earlier
	longest     [silences]silence
}

// tick takes the time of a packet.
func (c *clock) tick(now int64) {
	if !c.known {
		*c = clock{known: true, first: now, last: now, before: now}
		return
	}
	if back := c.before - now; back >= backLimit {
		c.backwards++
		if back > c.furthest.length() {
			c.furthest = silence{now, c.before}
		}
	}
	if now > c.last {
		c.add(silence{c.last, now})
		c.last = now
	}
	c.first = min(c.first, now)
	c.before = now
}

// add keeps a silence if it is among the longest.
func (c *clock) add(s silence) {
	least := 0
	for i := range c.longest {
		if c.longest[i].length() < c.longest[least].length() {
			least = i
		}
	}
	if s.length() > c.longest[least].length() {
		c.longest[least] = s
	}
}

// Limits of what is said about time.
const (
	backLimit = int64(time.Second) // how far a packet has to be before the one in front of it
	gapLimit  = int64(time.Second) // how long a gap is at least
	gapShare  = 20                 // and at least this part of the capture's time
)

// gaps are silences worth mentioning, in the order of time.
func (c *clock) gaps() (all []silence) {
	least := max(gapLimit, (c.last-c.first)/gapShare)
	for _, s := range c.longest {
		if s.length() >= least {
			all = append(all, s)
		}
	}
	sortBy(all, func(a, b silence) bool { return a.from < b.from })
	return all
}
