package live

import (
	"slices"
	"time"
)

// marks move on the bounds of the queues of rings. The time stamps in them are
// those of arrival: the network stack takes them while a socket asks for them
// (stampOnArrival). Were they taken when packets are put into the rings, what one
// processor gets to later than another would be behind what arrived after it.
//
// So a packet may be on its way into a ring for a while, and a ring is not in
// order by itself. A mark says from when on no earlier packet can come: it is a
// time at which no processor had packets in its backlog; packets that were in none
// any more have the time of lateness to get into the rings; then the kernel's
// counts of what is in the rings are noted; and when so many have been taken,
// there is none from before the mark that has not.
type marks struct {
	queues   []*ringQueue
	lateness time.Duration

	// time.Now, backlog.clear and ring.counted, but in tests.
	now     func() time.Time
	clear   func(now time.Time) int64
	counted func(*ring) (uint64, error)

	at        int64     // the time of the mark
	marked    bool      // it is set, and not all rings have reached it
	noted     bool      // the counts, too
	notBefore time.Time // the next mark
	deadline  time.Time // of this one
}

// minLateness and maxLateness bound how long a packet that has been stamped, and
// is in no backlog, may take into its ring. The time grows with what is seen.
const (
	minLateness = time.Millisecond
	maxLateness = maxBacklog
)

// add makes the queue of a ring.
func (m *marks) add(r *ring) *ringQueue {
	q := newRingQueue(r)
	m.queues = append(m.queues, q)
	return q
}

// remove takes a ring out.
func (m *marks) remove(r *ring) {
	m.queues = slices.DeleteFunc(m.queues, func(q *ringQueue) bool { return q.ring == r })
}

// late notes how much too late a packet came.
func (m *marks) late(by time.Duration) {
	if by < maxLateness {
		m.lateness = min(max(m.lateness, 2*by), maxLateness)
	}
}

// move sets a mark, notes its counts, or finds that rings have reached it.
func (m *marks) move(now time.Time, timeout time.Duration) (moved bool, err error) {
	at := now.UnixNano()
	if at < m.at { // the clock was set back
		m.at, m.marked = 0, false
		for _, q := range m.queues {
			q.upTo = 0
		}
	}
	if !m.marked {
		if now.Before(m.notBefore) {
			return false, nil
		}
		if at = m.clear(now); at <= m.at {
			return false, nil
		}
		m.at, m.marked, m.noted = at, true, false
	}
	if !m.noted {
		if now.UnixNano()-m.at < int64(m.lateness) {
			return false, nil
		}
		if err := m.note(now, timeout); err != nil {
			return false, err
		}
	}
	return m.reach(now), nil
}

// note notes how many packets have to be taken for the mark to be reached. With
// many rings that costs time, and is done the less often.
func (m *marks) note(now time.Time, timeout time.Duration) error {
	for _, q := range m.queues {
		n, err := m.counted(q.ring)
		if err != nil {
			return err
		}
		q.target = n
	}
	m.noted = true
	m.notBefore = now.Add(max(mergeStep, 20*m.now().Sub(now)))
	m.deadline = now.Add(2*timeout + time.Second)
	for _, q := range m.queues {
		if _, err := q.take(); err != nil {
			return err
		}
	}
	return nil
}

// reach reports whether a ring has reached the mark now. The kernel hands over
// all that it has counted in time; if it ever does not, nothing waits for ever.
func (m *marks) reach(now time.Time) (any bool) {
	m.marked = false
	for _, q := range m.queues {
		switch {
		case q.upTo >= m.at:
		case q.ring.seen >= q.target || now.After(m.deadline):
			q.upTo = m.at
			any = true
		default:
			m.marked = true
		}
	}
	return any
}
