package live

import (
	"io"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// merge is what a stream of several rings remembers to yield packets in the
// order of their time stamps, which are those of their arrival: the network stack
// takes them while a socket asks for them (stampOnArrival). Were they taken when
// packets are put into the rings, what one processor gets to later than another
// would be behind what arrived after it.
//
// So a packet may be on its way into a ring for a while, and a ring is not in
// order by itself. A packet is given out when no earlier one can come from any
// ring. A mark tells: a time at which no processor had packets in its backlog;
// packets that were in none any more have the time of lateness to get into the
// rings; then the kernel's counts of what is in the rings are noted; and when so
// many have been taken, there is none from before the mark that has not.
type merge struct {
	queues []*queue
	given  *queue // whose first packet went to the caller

	scanned bool   // the next three are valid
	first   *queue // with the earliest packet; nil: there is none
	until   int64  // the earliest packet of the others
	horizon int64  // no packet stamped before is still to come

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

	skew    int64 // how far clocks of packets are ahead of ours
	ended   bool  // no more packets come
	last    int64 // the latest stamp given out
	pressed int64 // the latest given out for want of room
	late    Late
}

// minLateness and maxLateness bound how long a packet that has been stamped, and
// is in no backlog, may take into its ring. The time grows with what is seen.
const (
	minLateness = time.Millisecond
	maxLateness = maxBacklog
)

// mergeStep is how often a stream in which packets wait for others looks whether
// those have come.
const mergeStep = time.Millisecond

// nextMerged is next for several rings.
func (s *stream) nextMerged(p *capture.Packet) error {
	m := &s.merge
	m.giveBack()
	for {
		if s.left.Load() {
			return io.EOF
		}
		if m.ready() {
			if ok, err := m.give(p); ok || err != nil {
				return err
			}
			continue
		}
		progress, err := m.advance(s.timeout)
		if err != nil {
			return err
		}
		if progress {
			continue
		}
		if m.crowded() {
			m.pressed = max(m.pressed, m.first.front())
			if ok, err := m.give(p); ok || err != nil {
				return err
			}
			continue
		}
		if err := s.depart(); err != nil {
			return err
		}
		if err := s.wait(m.first != nil); err != nil {
			return err
		}
	}
}

// add takes in a ring.
func (m *merge) add(r *ring) {
	m.queues = append(m.queues, newQueue(r))
	m.scanned = false
}

// giveBack returns the packet that the caller had to the kernel.
func (m *merge) giveBack() {
	q := m.given
	if q == nil {
		return
	}
	m.given = nil
	q.drop()
	// The others have not changed.
	if q.empty() || q.front() > m.until {
		m.scanned = false
	}
}

// ready reports whether the earliest packet may be given out.
func (m *merge) ready() bool {
	if !m.scanned {
		m.scan()
	}
	return m.first != nil && m.first.front()-m.skew < m.horizon
}

// scan finds the earliest packet.
func (m *merge) scan() {
	m.first, m.until, m.horizon, m.scanned = nil, math.MaxInt64, math.MaxInt64, true
	earliest := int64(math.MaxInt64)
	for _, q := range m.queues {
		m.horizon = min(m.horizon, q.upTo)
		if q.empty() {
			continue
		}
		if at := q.front(); at < earliest || m.first == nil {
			m.first, m.until, earliest = q, earliest, at
		} else {
			m.until = min(m.until, at)
		}
	}
	if m.ended || len(m.queues) == 1 { // one ring alone is left as it is
		m.horizon = math.MaxInt64
	}
	if m.first == nil {
		m.skew = 0
	}
}

// give fills p with the earliest packet. ok is false when it goes the wrong way
// after all.
func (m *merge) give(p *capture.Packet) (ok bool, err error) {
	q := m.first
	if ok, err = q.load(p); err != nil {
		return false, err
	}
	at := q.front()
	m.given = q
	if !ok {
		m.giveBack()
		return false, nil
	}
	if at >= m.last {
		m.last = at
		return true, nil
	}
	m.late.Packets++
	by := time.Duration(m.last - at)
	m.late.By = max(m.late.By, by)
	if at >= m.pressed && by < maxLateness {
		m.lateness = min(max(m.lateness, 2*by), maxLateness)
	}
	return true, nil
}

// crowded reports whether packets have to go for others to find room.
func (m *merge) crowded() bool {
	if !m.scanned {
		m.scan()
	}
	if m.first == nil {
		return false
	}
	for _, q := range m.queues {
		if q.crowded() {
			return true
		}
	}
	return false
}

// advance takes what the kernel has handed over and moves the mark on. progress
// is false when neither changes anything at the moment.
func (m *merge) advance(timeout time.Duration) (progress bool, err error) {
	now := m.now()
	taken, err := m.take()
	if err != nil {
		return false, err
	}
	moved, err := m.moveMark(now, timeout)
	m.scanned = false
	return taken || moved, err
}

// take takes what the kernel has handed over.
func (m *merge) take() (any bool, err error) {
	for _, q := range m.queues {
		n, err := q.take()
		if err != nil {
			return any, err
		}
		if n == 0 {
			continue
		}
		any = true
		// What is stamped later than now has another clock.
		m.skew = max(m.skew, q.items[len(q.items)-1].stamp-m.now().UnixNano())
	}
	return any, nil
}

// moveMark sets a mark, notes its counts, or finds that rings have reached it.
func (m *merge) moveMark(now time.Time, timeout time.Duration) (moved bool, err error) {
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
func (m *merge) note(now time.Time, timeout time.Duration) error {
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
	_, err := m.take()
	return err
}

// reach reports whether a ring has reached the mark now. The kernel hands over
// all that it has counted in time; if it ever does not, nothing waits for ever.
func (m *merge) reach(now time.Time) (any bool) {
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

// remove takes a ring out. None of its packets is left.
func (m *merge) remove(r *ring) {
	for i, q := range m.queues {
		if q.ring == r {
			m.queues = append(m.queues[:i], m.queues[i+1:]...)
			break
		}
	}
	m.scanned = false
}

// emptied reports whether all that was taken from a ring is given out.
func (m *merge) emptied(r *ring) bool {
	for _, q := range m.queues {
		if q.ring == r {
			return q.empty()
		}
	}
	return true
}

// joinFanout makes the rings share the packets of their device, each those that
// its CPUs receive and, when one is full, what the others would
// (https://man7.org/linux/man-pages/man7/packet.7.html).
func joinFanout(rings []*ring) error {
	flags := unix.PACKET_FANOUT_CPU | unix.PACKET_FANOUT_FLAG_ROLLOVER | unix.PACKET_FANOUT_FLAG_UNIQUEID
	id := 0
	for i, r := range rings {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, flags<<16|id); err != nil {
			return err
		}
		if i == 0 {
			group, err := unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
			if err != nil {
				return err
			}
			id = group & 0xffff
			flags &^= unix.PACKET_FANOUT_FLAG_UNIQUEID
		}
	}
	return nil
}

// stampOnArrival has the network stack stamp packets when they arrive, before
// they may wait for a processor. It is so for the whole system while a socket asks
// for it.
func (r *ring) stampOnArrival() error {
	return unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
}
