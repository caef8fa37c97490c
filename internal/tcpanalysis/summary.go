package tcpanalysis

import (
	"cmp"
	"iter"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"github.com/tapdump/tapdump/capture/header"
)

// Ending is how a connection ended.
type Ending uint8

// Endings.
const (
	Open       Ending = iota // it did not: nothing was seen
	HalfClosed               // one side sent FIN
	Closed                   // both sides sent FIN
	Reset                    // by a RST
	Refused                  // a RST answered the SYN
	Unanswered               // nothing answered the SYN
	TimedOut                 // silent for Options.IdleTime

	endings = iota
)

// String is the name in statistics.
func (e Ending) String() string {
	return [endings]string{"open", "half closed", "closed", "reset", "refused", "unanswered", "timed out"}[e]
}

// Side is what one side of a connection sent.
type Side struct {
	Addr             netip.Addr
	Port             uint16
	Packets, Bytes   uint64        // bytes of payload
	Retransmitted    uint64        // segments sent again, as long as the receiver takes them
	RetransmittedLen uint64        // bytes sent again
	Unneeded         uint64        // bytes that the other side said it had twice (D-SACK)
	Stalls           uint32        // how often it had no room for data
	Stalled          time.Duration // how long altogether
	MedianRTT        time.Duration // of its acknowledgements, from the segment on; estimated, 0 of none
	LargestRTT       time.Duration
	RTTs             uint32 // how many there are
}

// Summary is what is known of a connection.
type Summary struct {
	Stream      uint64
	Place       uint32 // as in Result
	First, Last int64  // times of packets, in nanoseconds since 1970
	// Sides are the one that opened it, by its SYN or because it sent first in the
	// capture, and the other.
	Sides     [2]Side
	Handshake time.Duration // from the SYN to the acknowledgement of its answer, 0 where not seen
	Ending    Ending
	By        int // which of Sides ended it: sent FIN first, or RST; -1 if none did
}

// Totals are sums over all connections, those included that were forgotten.
type Totals struct {
	Connections      uint64
	Forgotten        uint64 // they have no Summary any more
	Endings          [endings]uint64
	Packets, Bytes   uint64
	Retransmitted    uint64
	RetransmittedLen uint64
	Stalls           uint64
	Stalled          time.Duration

	marks [32]uint64
}

// Marked is how many segments had a mark.
func (t *Totals) Marked(m Marks) uint64 { return t.marks[bits.TrailingZeros32(uint32(m))&31] }

func (t *Totals) count(m Marks) {
	for ; m != 0; m &= m - 1 {
		t.marks[bits.TrailingZeros32(uint32(m))]++
	}
}

// judgeEnd sees to the end of the connection.
func (c *conn) judgeEnd(from int, s *segment, r *Result) {
	if s.flags&(header.RST|header.FIN) == 0 {
		return
	}
	by := uint8(from)
	switch {
	case s.flags&header.RST != 0:
		switch {
		case c.how == Reset || c.how == Refused || c.how == Closed: // has ended
		case c.established:
			r.Marks |= ResetByPeer
			c.how, c.by = Reset, by
		case c.synKnown && c.flows[1-from].is(nextKnown):
			c.how, c.by = Refused, by
		}
	default:
		switch c.how {
		case Open:
			c.how, c.by = HalfClosed, by
		case HalfClosed:
			if c.by != by {
				c.how = Closed
			}
		}
	}
}

// keep is larger for connections that one rather keeps: those that have not ended,
// and were heard of last.
func (c *conn) keep(now int64) int64 {
	k := c.last()
	if !c.linked || c.how == Closed || c.how == Reset || c.how == Refused {
		k -= int64(time.Hour)
	}
	return k
}

// ending is how c ended.
func (c *conn) ending() Ending {
	if c.how == Open && c.syns > 0 && !c.flows[1-c.opener].is(nextKnown) && !c.established {
		return Unanswered
	}
	return c.how
}

// expire ends a connection that was silent for too long.
func (c *conn) expire() {
	if e := c.ending(); e == Open || e == HalfClosed {
		c.how = TimedOut
	}
}

// forget gives up a connection, whose sums go into the totals.
func (a *Analyzer) forget(c *conn) {
	c.sum(&a.total)
	a.total.Forgotten++
	for i := range c.flows {
		a.pool.freeQueue(&c.flows[i].queue)
		a.pool.freeHole(&c.flows[i].holes)
	}
	a.conns.free(c)
}

// sum adds what c has to t.
func (c *conn) sum(t *Totals) {
	t.Endings[c.ending()]++
	for i := range c.flows {
		m := &c.sums[i]
		t.Packets += c.flows[i].packets
		t.Bytes += m.bytes
		t.Retransmitted += uint64(m.resent)
		t.RetransmittedLen += m.resentBytes
		t.Stalls += uint64(m.stalls)
		t.Stalled += c.stalled(i)
	}
}

// stalled is how long a flow had no room.
func (c *conn) stalled(i int) time.Duration {
	if d := c.sums[i].stalled; !c.flows[i].is(stalling) {
		return d
	} else {
		return d + time.Duration(c.last())
	}
}

// Totals are the sums as of now.
func (a *Analyzer) Totals() Totals {
	t := a.total
	for c := range a.conns.all() {
		c.sum(&t)
	}
	return t
}

// Forgotten is how many connections were forgotten because there were too many or
// they were silent for too long.
func (a *Analyzer) Forgotten() uint64 { return a.total.Forgotten }

// Connections yields a summary of each connection that was not forgotten, in order
// of its first packet. Add must not be called meanwhile.
func (a *Analyzer) Connections() iter.Seq[Summary] {
	return func(yield func(Summary) bool) {
		var order []*conn
		for c := range a.conns.all() {
			order = append(order, c)
		}
		slices.SortFunc(order, func(x, y *conn) int { return cmp.Compare(x.stream, y.stream) })
		for _, c := range order {
			if !yield(c.summary()) {
				return
			}
		}
	}
}

// all yields the conns in use.
func (t *table) all() iter.Seq[*conn] {
	return func(yield func(*conn) bool) {
		for i := range t.made {
			if c := t.at(uint32(i)); c.used && !yield(c) {
				return
			}
		}
	}
}

func (c *conn) summary() Summary {
	s := Summary{
		Stream: c.stream, Place: c.index + 1, First: c.first, Last: c.last(),
		Ending: c.ending(), By: -1,
	}
	if c.shaken {
		s.Handshake = max(time.Duration(c.rtt), 1) // 0 is none
	}
	switch s.Ending {
	case HalfClosed, Closed, Reset, Refused:
		s.By = int(c.by ^ c.opener)
	}
	for i := range s.Sides {
		s.Sides[i] = c.side(i ^ int(c.opener))
	}
	return s
}

// side is the summary of a flow.
func (c *conn) side(i int) Side {
	m := &c.sums[i]
	addr, port := c.key.Endpoint(i == 1)
	return Side{
		Addr: addr, Port: port,
		Packets: c.flows[i].packets, Bytes: m.bytes,
		Retransmitted: uint64(m.resent), RetransmittedLen: m.resentBytes, Unneeded: m.unneeded,
		Stalls: m.stalls, Stalled: c.stalled(i),
		MedianRTT: m.rtts.Value(), LargestRTT: m.rtts.Largest(), RTTs: m.rtts.Count(),
	}
}
