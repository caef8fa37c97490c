package live

import (
	"math"
	"slices"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// merge yields the packets of several queues in the order of their time stamps. A
// packet is given out when no earlier one can come from any queue, as far as the
// queues' bounds tell; when so much waits that the system may run out of room;
// or when it has waited long enough.
type merge struct {
	poller   poller
	lanes    []*lane
	patience time.Duration // how long a packet waits for others; 0: no limit
	step     time.Duration // how often one that waits is looked after
	now      func() time.Time

	given *lane // whose first packet went to the caller

	scanned bool  // the next four are valid
	first   *lane // with the earliest packet; nil: there is none
	until   int64 // the earliest packet of the others
	horizon int64 // no packet stamped before is still to come

	skew    int64     // how far clocks of packets are ahead of ours
	ended   bool      // no more packets come
	waiting time.Time // since when the first packet waits for others; zero when it does not
	last    int64     // the latest stamp given out
	pressed int64     // the latest given out for want of room
	late    Late
}

// lane is a queue, whose it is, and what it said last: for each packet only that
// is looked at.
type lane struct {
	queue
	part  *Live
	at    int64 // its front
	limit int64 // its bound
}

func (q *lane) look() { q.at, q.limit = q.front(), q.bound() }

func newMerge(p poller) merge {
	patience, step := p.patience()
	return merge{poller: p, patience: patience, step: step, now: time.Now}
}

// add takes in the queues of a capture.
func (m *merge) add(part *Live, queues []queue) {
	for _, q := range queues {
		added := &lane{queue: q, part: part}
		added.look()
		m.lanes = append(m.lanes, added)
	}
	m.patience, m.step = m.poller.patience()
	m.scanned = false
}

// remove takes a capture out. None of its packets is left.
func (m *merge) remove(part *Live) {
	m.lanes = slices.DeleteFunc(m.lanes, func(q *lane) bool { return q.part == part })
	m.scanned = false
}

// emptied reports whether all that was taken from a capture is given out.
func (m *merge) emptied(part *Live) bool {
	return !slices.ContainsFunc(m.lanes, func(q *lane) bool { return q.part == part && q.at != math.MaxInt64 })
}

// end has all that waits be given out: nothing more comes.
func (m *merge) end() { m.ended, m.scanned = true, false }

// next fills p with the next packet. Without one, again says whether there may be
// one at once.
func (m *merge) next(p *capture.Packet) (ok, again bool, err error) {
	m.giveBack()
	if m.ready() {
		ok, err = m.give(p)
		return ok, true, err
	}
	if progress, err := m.advance(); progress || err != nil {
		return false, true, err
	}
	if !m.crowded() {
		return false, false, nil
	}
	m.pressed = max(m.pressed, m.first.at)
	ok, err = m.give(p)
	return ok, true, err
}

// giveBack returns the packet that the caller had to the system.
func (m *merge) giveBack() {
	q := m.given
	if q == nil {
		return
	}
	m.given = nil
	if q.at = q.drop(); q.at == math.MaxInt64 {
		q.look()
		m.scanned = false
	} else if q.at > m.until { // the others have not changed
		m.scanned = false
	}
}

// ready reports whether the earliest packet may be given out.
func (m *merge) ready() bool {
	if !m.scanned {
		m.scan()
	}
	if m.first == nil {
		return false
	}
	if m.first.at-m.skew < m.horizon {
		return true
	}
	if m.patience == 0 {
		return false
	}
	// Clocks that differ must not make a packet wait for ever.
	now := m.now()
	if m.waiting.IsZero() {
		m.waiting = now
	}
	return now.Sub(m.waiting) > m.patience
}

// scan finds the earliest packet.
func (m *merge) scan() {
	m.first, m.until, m.horizon, m.scanned = nil, math.MaxInt64, math.MaxInt64, true
	earliest := int64(math.MaxInt64)
	for _, q := range m.lanes {
		m.horizon = min(m.horizon, q.limit)
		if q.at < earliest {
			m.first, m.until, earliest = q, earliest, q.at
		} else {
			m.until = min(m.until, q.at)
		}
	}
	if m.ended || len(m.lanes) == 1 { // one queue alone is left as it is
		m.horizon = math.MaxInt64
	}
	if m.first == nil {
		m.skew = 0
	}
}

// give fills p with the earliest packet. ok is false when it is not wanted after
// all.
func (m *merge) give(p *capture.Packet) (ok bool, err error) {
	q := m.first
	if ok, err = q.load(p); err != nil {
		return false, err
	}
	at := q.at
	m.given = q
	if m.patience > 0 {
		m.waiting = time.Time{}
	}
	if !ok {
		m.giveBack()
		return false, nil
	}
	if at >= m.last {
		m.last = at
		return true, nil
	}
	by := time.Duration(m.last - at)
	m.late.Packets++
	m.late.By = max(m.late.By, by)
	if at >= m.pressed {
		m.poller.late(by)
	}
	return true, nil
}

// crowded reports whether packets have to go for others to find room.
func (m *merge) crowded() bool {
	if !m.scanned {
		m.scan()
	}
	return m.first != nil && slices.ContainsFunc(m.lanes, func(q *lane) bool { return q.crowded() })
}

// advance takes what has arrived and moves bounds on. progress is false when
// neither changes anything at the moment.
func (m *merge) advance() (progress bool, err error) {
	now := m.now()
	for _, q := range m.lanes {
		n, err := q.take()
		if err != nil {
			return false, err
		}
		progress = progress || n > 0
	}
	moved, err := m.poller.settle(now)
	// What is stamped later than now has another clock.
	now = m.now()
	for _, q := range m.lanes {
		q.look()
		m.skew = max(m.skew, q.back()-now.UnixNano())
	}
	m.scanned = false
	return progress || moved, err
}
