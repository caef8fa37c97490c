package tcpanalysis

import (
	"encoding/binary"
	"time"

	"github.com/tapdump/tapdump/capture/header"
)

// remember keeps of s, which flow from sends, what the next segments are judged by.
func (c *conn) remember(a *Analyzer, from int, s *segment, r *Result) {
	f, v, sums := &c.flows[from], &c.flows[1-from], &c.sums[from]
	next, probe := s.nextSeq(), r.Marks&ZeroWindowProbe != 0
	if !f.is(baseKnown) {
		f.base = s.seq
		if s.flags&header.SYN == 0 {
			f.base--
		}
		f.set(baseKnown, true)
	}
	if s.flags&header.ACK != 0 && !v.is(baseKnown) {
		v.base = s.ack - 1
		v.set(baseKnown, true)
	}
	if s.takesNumbers() {
		if f.queue == 0 {
			f.queue = a.pool.newQueue()
		}
		if q := a.pool.queue(f.queue); q != nil {
			q.add(&a.pool, item{s.time, s.seq, next})
		}
	}
	if !probe {
		if !f.is(nextKnown) || before(f.next, next) {
			f.next, f.nextTime = next, s.time
		}
		if !f.is(nextKnown) || s.seq == f.maxToAck {
			f.maxToAck = f.next
		}
		f.set(nextKnown, true)
	}
	f.window, f.lastAck, f.lastTime, f.sacked = s.window, s.ack, s.time, s.sack.bytes
	if s.sack.twice != 0 {
		sums.unneeded += uint64(s.sack.twice)
	}
	f.set(wasKeepAlive, r.Marks&KeepAlive != 0)
	f.set(wasProbe, probe)
	c.rememberOptions(f, v, s)

	if s.flags&header.ACK != 0 {
		if q := a.pool.queue(v.queue); q != nil {
			if sent, ok := q.ack(s.ack); ok {
				r.AckRTT, r.HasAckRTT = time.Duration(s.time-sent), true
				sums.rtts.Add(s.time - sent)
			}
			if q.empty() {
				a.pool.freeQueue(&v.queue)
			}
		}
	}
	if q := a.pool.queue(f.queue); q != nil && s.length != 0 && f.is(bifValid) {
		if n := q.span(); n > v.sacked && n <= maxWindow {
			r.BytesInFlight = n - v.sacked
			if s.flags&(header.SYN|header.FIN) != 0 {
				r.BytesInFlight--
			}
		}
	}
	f.packets++
	if s.length != 0 {
		sums.bytes += uint64(s.length)
	}
	if s.window == 0 || f.is(stalling) {
		sums.stall(f, s)
	}
}

// maxWindow is the largest window there can be (RFC 7323, section 2.3).
const maxWindow = 1 << 16 << maxScale

// rememberOptions keeps the options of a SYN, and how large segments can be.
func (c *conn) rememberOptions(f, v *flow, s *segment) {
	if s.stamps {
		f.set(stamps, true)
	}
	if s.flags&header.SYN == 0 {
		if s.flags&header.ACK != 0 {
			f.set(firstAck, false)
		}
		return
	}
	f.set(firstAck, true)
	if s.mss != 0 {
		v.mss = s.mss // what the one offers the other one sends
	}
	answer := s.flags&header.ACK != 0
	switch {
	case s.scale == noOption && f.scale == scaleUnknown:
		f.scale, v.scale = scaleNone, scaleNone
	case answer && v.scale == scaleNone:
		f.scale = scaleNone
	case s.scale != noOption:
		f.scale = s.scale
	}
}

// stall counts how long f has no room for data.
func (m *sums) stall(f *flow, s *segment) {
	switch {
	case s.window == 0 && s.flags&ends == 0:
		if !f.is(stalling) {
			f.set(stalling, true)
			m.stalls++
			m.stalled -= time.Duration(s.time)
		}
	case f.is(stalling):
		f.set(stalling, false)
		m.stalled += time.Duration(s.time)
	}
}

// sack is what the blocks of a SACK option say (RFC 2018), of which the first one
// may be of data that came twice (RFC 2883).
type sack struct {
	bytes uint32 // that came behind a gap
	twice uint32
}

func (s *sack) read(b []byte, ack uint32) {
	for i := 0; i+8 <= len(b); i += 8 {
		left, right := binary.BigEndian.Uint32(b[i:]), binary.BigEndian.Uint32(b[i+4:])
		if !before(left, right) {
			continue
		}
		twice := i == 0 && before(left, ack)
		if i == 0 && !twice && len(b) >= 16 { // a part of the second block
			twice = !before(left, binary.BigEndian.Uint32(b[8:])) && !before(binary.BigEndian.Uint32(b[12:]), right)
		}
		if twice {
			s.twice = right - left
		} else {
			s.bytes += right - left
		}
	}
}
