package capture

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// merge is what a stream of several rings remembers to yield packets in the
// order of their time stamps.
type merge struct {
	heads   []head
	given   int       // the ring whose head went to the caller; -1 for none
	waiting time.Time // since when a packet waits for others; zero when none does
}

// head is the front of a ring.
type head struct {
	packet Packet // the ring's next one, if there is one
	full   bool
	upTo   Timestamp // the ring has no unread packet from before
}

// lateness is how long after its time stamp a packet may be counted.
const lateness = time.Millisecond

// nextMerged is next for several rings. A packet is given out when no ring can
// still yield an earlier one.
func (s *stream) nextMerged(p *Packet) error {
	m := &s.merge
	if m.heads == nil {
		m.heads, m.given = make([]head, len(s.rings)), -1
	}
	if m.given >= 0 {
		m.heads[m.given].full = false
		m.given = -1
	}
	for {
		if s.left.Load() {
			return io.EOF
		}
		first, empty, err := s.fillHeads()
		if err != nil {
			return err
		}
		if first >= 0 {
			ready := empty == 0
			if !ready {
				if ready, err = s.safe(m.heads[first].packet.Time); err != nil {
					return err
				}
			}
			if ready {
				m.given, m.waiting = first, time.Time{}
				*p = m.heads[first].packet
				return nil
			}
		}
		if err := s.wait(first >= 0); err != nil {
			return err
		}
	}
}

// fillHeads looks for a packet in each ring that has shown none, and returns
// the ring with the earliest, -1 if there is none, and the number of rings
// without any.
func (s *stream) fillHeads() (first, empty int, err error) {
	first = -1
	heads := s.merge.heads
	for i := range heads {
		h := &heads[i]
		if !h.full {
			if h.full, err = s.rings[i].next(&h.packet); err != nil {
				return -1, 0, err
			}
			if !h.full {
				empty++
				continue
			}
		}
		if first < 0 || h.packet.Time.before(heads[first].packet.Time) {
			first = i
		}
	}
	return first, empty, nil
}

// safe tells whether no ring without a packet can still yield one from before
// t. The kernel may hold some back, but counts them.
func (s *stream) safe(t Timestamp) (bool, error) {
	m := &s.merge
	for i := range m.heads {
		h := &m.heads[i]
		if h.full || t.before(h.upTo) {
			continue
		}
		now := time.Now()
		drained, err := s.rings[i].drained()
		if err != nil {
			return false, statsError(err)
		}
		if drained && s.draining {
			continue
		}
		if drained {
			ago := now.Add(-lateness)
			h.upTo = Timestamp{Sec: ago.Unix(), Nsec: int64(ago.Nanosecond())}
			if t.before(h.upTo) {
				continue
			}
		}
		// Clocks that differ must not make a packet wait for ever.
		if m.waiting.IsZero() {
			m.waiting = now
		}
		return now.Sub(m.waiting) > 2*s.timeout+100*time.Millisecond, nil
	}
	return true, nil
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
