package tcpanalysis

import (
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/endpoints"
)

// conn is a connection. It has no pointers, so that a million of them is little
// work for the garbage collector. What each packet needs comes first, in 64 bytes
// of the connection and 64 of each direction: a processor fetches as much at once.
type conn struct {
	key         endpoints.Pair
	stream      uint64
	index       uint32
	syns        uint16 // from the opener, without an answer
	used        bool   // false: the place is free
	linked      bool   // packets may belong to it
	opener      uint8
	how         Ending
	by          uint8 // which flow ended it
	established bool  // an acknowledgement went by
	synKnown    bool
	synAck      bool
	rttKnown    bool
	shaken      bool    // rtt is that of a handshake
	flows       [2]flow // of what the lower endpoint sends, and the higher one
	sums        [2]sums // of flows

	first int64 // time of the first packet
	syn   int64 // time of the last SYN
	rtt   int64 // from there to the first acknowledgement

	missed [2]uint32 // behind base of flows, up to where it is counted what is missing; 0: nothing is
}

// flow is one direction of a connection.
type flow struct {
	next     uint32 // behind the highest that was seen
	maxToAck uint32 // behind the highest without a gap before it
	lastAck  uint32
	window   uint32 // unscaled
	dupAcks  uint32
	queue    uint32 // a handle
	holes    uint32 // a handle
	sacked   uint32 // bytes of the last segment's SACK blocks
	base     uint32 // the number of SYN, or the one before the first that was seen
	mss      uint16
	known    known
	scale    int8  // a shift, or one of those below
	lastTime int64 // of its last segment
	nextTime int64 // when next went forward
	packets  uint64
}

// sums are what a summary has of a flow beside.
type sums struct {
	bytes       uint64
	resentBytes uint64
	unneeded    uint64        // bytes that the receiver said it had twice
	stalled     time.Duration // how long it had no room, less the time when that began while it lasts
	resent      uint32        // segments as long as the receiver takes them
	stalls      uint32        // how often it had no room
	rtts        Median
}

// known says what is known of a flow.
type known uint8

const (
	baseKnown    known = 1 << iota
	nextKnown          // a segment was seen, and all that is not said below
	bifValid           // bytes in flight can be told
	firstAck           // its last window is that of a SYN, which is never scaled
	wasKeepAlive       // so was its last segment
	wasProbe
	stalling
	stamps // its segments have timestamps, which take room of mss
)

func (f *flow) is(k known) bool { return f.known&k != 0 }

func (f *flow) set(k known, on bool) {
	if on {
		f.known |= k
	} else {
		f.known &^= k
	}
}

// ackedBeyond stands for the number of f's duplicate acknowledgements after one of
// the other side for what was not seen.
const ackedBeyond = 1<<32 - 1

// Shifts that are none.
const (
	scaleUnknown = -1
	scaleNone    = -2
)

// Limits of time that tell what a segment is that does not advance.
const (
	fastLimit    = int64(20 * time.Millisecond) // behind the duplicate acknowledgement
	reorderLimit = int64(3 * time.Millisecond)  // where there is no handshake to go by
)

// ends are the flags of segments that are not what most rules are for.
const ends = header.SYN | header.FIN | header.RST

// judge says what there is to say of s, which flow from sends, by what was before.
func (c *conn) judge(a *Analyzer, from int, s *segment, r *Result) {
	f, v := &c.flows[from], &c.flows[1-from]
	if s.flags&header.ACK != 0 {
		v.set(bifValid, true)
	}
	m, done := f.judgeWindow(v, s)
	if !done {
		m |= f.judgeRepeated(v, s)
	}
	if m&DuplicateAck != 0 {
		r.DuplicateAck = f.dupAcks
	}
	if s.ack != f.lastAck {
		f.dupAcks = 0
	}
	if s.flags&header.ACK != 0 && v.is(nextKnown) {
		beyond := before(v.maxToAck, s.ack)
		if beyond || v.holes != 0 {
			r.Missed = c.missing(a, 1-from, s)
		}
		if beyond {
			m |= v.ackBeyond()
		}
	}
	if s.takesNumbers() && m&KeepAlive == 0 {
		m |= c.judgeOld(f, v, s)
	}
	if m&ZeroWindowProbe == 0 {
		m |= c.resend(a, from, s, m)
	}
	r.Marks |= m
	c.judgeState(from, s, r)
}

// judgeWindow is what the receiver's window and the order of numbers say. done
// tells that no other rule for windows and acknowledgements holds.
func (f *flow) judgeWindow(v *flow, s *segment) (m Marks, done bool) {
	if s.length == 1 && f.is(nextKnown) && s.seq == f.next && v.is(nextKnown) && v.window == 0 {
		return ZeroWindowProbe, true
	}
	plain := s.flags&ends == 0
	if s.window == 0 && plain {
		m |= ZeroWindow
	}
	if f.is(nextKnown) && before(f.next, s.seq) && s.flags&header.RST == 0 {
		m |= LostSegment
		f.set(bifValid, false)
	}
	if !plain {
		return m, true
	}
	if s.length <= 1 && f.is(nextKnown) && s.seq == f.next-1 {
		m |= KeepAlive
	}
	if s.length > 0 && v.is(nextKnown) && v.scale != scaleUnknown && s.seq+s.length == v.lastAck+v.scaled() {
		m |= WindowFull
	}
	return m, false
}

// scaled is the window in bytes, where it is known how that is scaled.
func (f *flow) scaled() uint32 {
	if f.scale < 0 || f.is(firstAck) {
		return f.window
	}
	return f.window << f.scale
}

// judgeRepeated is what a segment without data is that acknowledges what the last
// one did.
func (f *flow) judgeRepeated(v *flow, s *segment) (m Marks) {
	if s.length != 0 || !f.is(nextKnown) || s.seq != f.next || s.ack != f.lastAck {
		return 0
	}
	switch {
	case s.window != f.window && s.window != 0:
		return WindowUpdate
	case s.window != f.window:
		return 0
	case s.window == 0 && v.is(wasProbe):
		return ZeroWindowProbeAck
	case s.window == 0:
		return 0
	case v.is(wasKeepAlive):
		return KeepAliveAck
	}
	f.dupAcks++ // from ackedBeyond to 0
	f.dupAcks = max(f.dupAcks, 1)
	return DuplicateAck
}

// ackBeyond is what an acknowledgement says of f that is for more than was seen
// without a gap. It is said once until f's own acknowledgements go on.
func (f *flow) ackBeyond() (m Marks) {
	if f.maxToAck != f.next {
		f.maxToAck = f.next
		return AckLostSegment
	}
	if f.dupAcks == 0 {
		m = AckLostSegment
	}
	f.dupAcks = ackedBeyond
	return m
}

// missing is how much s acknowledges, of what flow to sent, that was not seen and
// that no segment before acknowledged.
func (c *conn) missing(a *Analyzer, to int, s *segment) (n uint32) {
	v := &c.flows[to]
	counted := v.base + c.missed[to]
	count := func(r span) {
		if c.missed[to] != 0 && before(r.from, counted) {
			r.from = counted
		}
		if before(s.ack, r.to) {
			r.to = s.ack
		}
		if before(r.from, r.to) {
			n += r.to - r.from
		}
	}
	if h := a.pool.hole(v.holes); h != nil {
		for _, r := range h.r[:h.n] {
			count(r)
		}
	}
	count(span{v.next, s.ack})
	if s.flags&header.RST != 0 || n > maxWindow {
		return 0 // no number to rely on
	}
	if c.missed[to] == 0 || before(counted, s.ack) {
		c.missed[to] = s.ack - v.base
	}
	return n
}

// judgeOld is what a segment is that takes numbers which are not the next ones.
func (c *conn) judgeOld(f, v *flow, s *segment) Marks {
	old := f.is(nextKnown) && before(s.seq, f.next)
	if s.length > 1 && s.seq == f.next-1 {
		old = false // the byte before was a probe
	}
	if s.length > 0 && v.is(nextKnown) && v.lastAck != 0 && !before(v.lastAck, s.seq+s.length) {
		return Retransmission | SpuriousRetransmission
	}
	if !old {
		return 0
	}
	if since := s.time - v.lastTime; v.dupAcks >= 2 && v.lastAck == s.seq && since >= 0 && since < fastLimit {
		return Retransmission | FastRetransmission
	}
	limit := reorderLimit
	if c.rttKnown {
		limit = c.rtt
	}
	if since := s.time - f.nextTime; since >= 0 && since < limit && s.nextSeq() != f.next {
		return OutOfOrder
	}
	return Retransmission
}

// resend counts what s repeats of what was seen, and reports whether that is all of it.
func (c *conn) resend(a *Analyzer, from int, s *segment, m Marks) Marks {
	f := &c.flows[from]
	if !s.takesNumbers() || !f.is(nextKnown) || m&KeepAlive != 0 {
		return 0
	}
	next := s.nextSeq()
	if before(f.next, s.seq) {
		a.pool.addHole(&f.holes, span{f.next, s.seq})
		return 0
	}
	again := span{s.seq, next}
	if before(f.next, again.to) {
		again.to = f.next
	}
	first := f.base // SYN itself, or what is behind it
	if s.flags&header.SYN == 0 {
		first++
	}
	if before(again.from, first) && f.next-first < 1<<30 {
		again.from = first // before that is before the capture
	}
	if !before(again.from, again.to) {
		return 0
	}
	n := again.to - again.from
	if h := a.pool.hole(f.holes); h != nil {
		n -= h.fill(again)
		if h.n == 0 {
			a.pool.freeHole(&f.holes)
		}
	}
	if n == 0 {
		return 0
	}
	sums := &c.sums[from]
	sums.resentBytes += uint64(min(n, s.length))
	sums.resent += f.segments(n)
	if n == next-s.seq {
		return Resent
	}
	return 0
}

// segments is how many segments n bytes are on the wire: frames can be longer where
// a network card or driver cuts them up or puts them together.
func (f *flow) segments(n uint32) uint32 {
	size := uint32(f.mss)
	if f.is(stamps) && size > stampsLength {
		size -= stampsLength
	}
	if size == 0 {
		return 1
	}
	return 1 + (n-1)/size
}

// stampsLength is that of timestamps with their padding (RFC 7323, appendix A).
const stampsLength = 12

// judgeState is what the states of the connection say: SYN without an answer, the
// end of the handshake, RST.
func (c *conn) judgeState(from int, s *segment, r *Result) {
	switch {
	case s.flags&(header.SYN|header.ACK) == header.SYN:
		c.syn, c.synKnown = s.time, true
		if !c.flows[1-from].is(nextKnown) {
			if c.syns = min(c.syns, 1<<16-2) + 1; c.syns > 1 {
				r.Marks |= SynUnanswered
				r.SynUnanswered = uint32(c.syns)
			}
		}
	case s.flags&header.SYN != 0:
		c.synAck = true
	case s.flags&header.ACK != 0:
		if c.synKnown && !c.rttKnown {
			c.rtt, c.rttKnown = s.time-c.syn, true
			if c.synAck && s.flags&header.RST == 0 {
				c.shaken = true
				r.Handshake, r.HasHandshake = time.Duration(c.rtt), true
			}
		}
		if s.flags&header.RST == 0 {
			c.established = true
		}
	}
	c.judgeEnd(from, s, r)
}

// last is the time of the last packet.
func (c *conn) last() int64 {
	f, v := &c.flows[0], &c.flows[1]
	if !v.is(nextKnown) || f.is(nextKnown) && f.lastTime > v.lastTime {
		return f.lastTime
	}
	return v.lastTime
}
