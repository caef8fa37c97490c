package flows

import (
	"bytes"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// state is that of an end of a flow. For UDP and ICMP, inactive and established say
// whether it sent anything.
type state uint8

const (
	inactive state = iota
	synSent
	synAckSent
	partial // without a handshake, as far as was seen
	established
	closed
	reset
)

// segment is a TCP segment as the rules need it.
type segment struct {
	seq, ack uint32
	length   uint32 // of the payload on the wire
	flags    uint8
	noWindow bool
	resent   bool   // all its payload was seen before
	missed   uint32 // what it acknowledges of what was not seen
}

func (s *segment) read(r *records.Packet) {
	p := &r.Header
	h := header.TCP(p.Transport)
	*s = segment{seq: h.Sequence(), ack: h.Acknowledgement(), flags: h.Flags(), noWindow: h.Window() == 0,
		length: tcpanalysis.WireLength(r.Pkt, p)}
	if r.TCP != nil {
		s.resent = s.length > 0 && r.TCP.Marks&tcpanalysis.Resent != 0
		s.missed = r.TCP.Missed
	}
}

func (s *segment) is(flag uint8) bool { return s.flags&flag != 0 }

// next is the number behind the segment. What a RST has is no part of the stream.
func (s *segment) next() uint32 {
	n := s.seq
	if !s.is(header.RST) {
		n += s.length
	}
	if s.is(header.SYN) {
		n++
	}
	if s.is(header.FIN) {
		n++
	}
	return n
}

// sequence is how far the bytes of an end have come: numbers of bytes behind start.
type sequence struct {
	sent  int64  // behind the last that was sent
	acked int64  // that the other end wants next
	start uint32 // that of SYN, or the one before the first
	ended bool   // there was a FIN
}

func (q *sequence) begin(start uint32) { q.start, q.sent, q.acked = start, 0, 0 }

// size is how many bytes of payload there are by these numbers.
func (q *sequence) size() uint64 {
	n := uint64(max(q.sent, q.acked))
	if n != 0 {
		n--
	}
	if q.ended && n != 0 {
		n--
	}
	return n
}

// ahead is how far a number is ahead of what was reached.
func (q *sequence) ahead(reached int64, seq uint32) int64 {
	return int64(int32(seq - (q.start + uint32(reached))))
}

// wild is how far a number may be off in a SYN or RST, or an acknowledgement of 0,
// for it to be believed.
const wild = 1 << 20

// segment takes a segment that end from sent.
func (f *flow) segment(from int, s *segment, now int64) {
	e, other := &f.ends[from], &f.ends[1-from]
	e.seq.open(e.state, e.before, s)
	f.letters(from, s)
	if s.noWindow && !s.is(header.RST) && other.state != closed && e.state != reset {
		f.often(from, 'w', &f.sums[from].noWindow)
	}
	if !f.ends[0].done || !f.ends[1].done {
		f.last = max(f.last, now)
	}
	if s.is(header.FIN) {
		e.seq.ended = true
	}
	if s.is(header.RST) {
		f.tcp.resets++
	}
	if s.is(header.ACK) {
		other.seq.acknowledge(other.state, s)
	}
	e.seq.send(e.state, s)
	if s.resent {
		f.often(from, 't', &f.sums[from].resent)
	}
	flipped := f.flipped
	closes := f.step(from, s, now)
	if f.flipped != flipped {
		from, e, other = 1-from, other, e
	}
	if s.missed != 0 && other.clean() && e.clean() {
		f.often(1-from, 'g', &f.sums[1-from].gaps)
		f.missed += uint64(s.missed)
	}
	if closes && !e.done {
		e.done = true
		if e.state == reset || other.done || other.state == inactive {
			f.due = f.last + linger
		}
	}
	if f.attempt && f.ends[1].state != inactive {
		f.attempt = false
		if !f.ends[0].done && !f.ends[1].done {
			f.due = 0
		}
	}
}

// clean reports whether an end shook hands, and has not done anything odd since.
func (e *end) clean() bool {
	return e.state == established || e.state == closed && e.before == established
}

func (e *end) set(s state) {
	if s != e.state {
		e.before, e.state = e.state, s
	}
}

// open takes the number from which bytes of an end count. A SYN with another number
// than before may be the one that counts.
func (q *sequence) open(is, was state, s *segment) {
	switch is {
	case inactive:
		if s.is(header.SYN) {
			q.begin(s.seq)
		} else {
			q.begin(s.seq - 1)
			q.sent = 1
		}
	case synSent, synAckSent, established, partial:
		if s.is(header.SYN) && s.seq != q.start {
			q.begin(s.seq)
		}
	case reset:
		if s.is(header.SYN) && was == inactive {
			q.begin(s.seq)
		}
	}
}

// acknowledge takes what s acknowledges of an end, which is in state is.
func (q *sequence) acknowledge(is state, s *segment) {
	if is == inactive {
		q.begin(s.ack - 1)
		return
	}
	n := q.ahead(q.acked, s.ack)
	if s.is(header.RST) || n <= 0 || s.ack == 0 && n > wild {
		return
	}
	q.acked += n
}

// send takes how far s leads an end, which is in state is.
func (q *sequence) send(is state, s *segment) {
	next := s.next()
	n := q.ahead(q.sent, next)
	switch {
	case s.flags&(header.SYN|header.RST) != 0 && (n > wild || n < -wild):
	case s.is(header.FIN) && q.sent == 1 && n < 0: // more than 2 GiB were not captured
		q.sent += int64(uint32(n))
	case is == reset:
	case n > 0:
		q.sent += n
	}
}

// step changes the states of both ends, and reports whether from has closed.
func (f *flow) step(from int, s *segment, now int64) (closes bool) {
	e, other := &f.ends[from], &f.ends[1-from]
	switch e.state {
	case inactive:
		return f.stepInactive(from, s, now)
	case synSent, synAckSent:
		if s.is(header.FIN) {
			e.set(closed)
		}
		if s.is(header.RST) {
			e.set(reset)
		}
		return s.flags&(header.FIN|header.RST) != 0
	case established, partial:
		if s.flags&(header.SYN|header.ACK) == header.SYN && e.state == partial && other.state == inactive {
			e.set(synSent)
		}
		if s.is(header.FIN) && !s.is(header.RST) {
			e.set(closed)
			if other.state == reset && other.before == closed {
				other.set(closed) // FIN and RST: a program that closes in haste
			}
		}
		if s.is(header.RST) {
			e.set(reset)
		}
		return s.flags&(header.FIN|header.RST) != 0
	case closed:
		if s.is(header.RST) && other.state != closed {
			e.set(reset)
			f.due = now + linger
			return !e.done
		}
	}
	return false
}

// stepInactive is step for an end from which nothing was seen yet.
func (f *flow) stepInactive(from int, s *segment, now int64) (closes bool) {
	e, other := &f.ends[from], &f.ends[1-from]
	if s.is(header.SYN) {
		e = f.stepSYN(from, s, now)
	}
	if s.is(header.FIN) {
		e.set(closed)
		closes = true
	}
	if s.is(header.RST) {
		e.set(reset)
		closes = true
	}
	if e.state != inactive {
		return closes
	}
	switch {
	case from == 1 && s.length == 0 && f.ends[0].state == synSent:
		// some answer a SYN before they send their own
	case s.is(header.ACK) && other.state == established:
		e.set(established) // its SYN was not captured
	default:
		e.set(partial)
	}
	return closes
}

// stepSYN is stepInactive for a SYN. It returns the end that sent it, which is the
// other one where the direction turns round.
func (f *flow) stepSYN(from int, s *segment, now int64) *end {
	e, other := &f.ends[from], &f.ends[1-from]
	if from == 0 {
		e.set(synSent)
		if s.is(header.ACK) {
			e.set(synAckSent)
		}
		f.attempt, f.due = true, now+linger
		return e
	}
	switch {
	case !s.is(header.ACK) && other.state == synAckSent:
		// the answer was captured before the question
		f.flip()
		e, other = other, e // they changed places
		other.set(established)
	case other.state == synSent:
		other.set(established)
	}
	e.set(established)
	return e
}

// reused reports whether a packet begins another flow between the same ends: a SYN
// of the end that began this one, with another number, or when both have closed.
// began says that the end sent it that began the flow.
func (f *flow) reused(p *header.Packet, began bool) bool {
	if p.Protocol != header.ProtocolTCP || header.TCP(p.Transport).Flags()&header.SYN == 0 {
		return false
	}
	h := header.TCP(p.Transport)
	first := &f.ends[0]
	if h.Flags()&header.ACK != 0 {
		if first.state != inactive {
			return false
		}
		first = &f.ends[1]
	}
	switch {
	case f.ends[0].done && f.ends[1].done:
		return true
	case h.Sequence() == first.seq.start:
		return false
	case h.Flags()&header.ACK == 0 && !began && f.ends[1].state == inactive:
		// Both open at the same time (RFC 9293, section 3.5), or the answer of a
		// handshake was captured first.
		return first.state == synAckSent && h.Sequence() != f.ends[1].seq.start
	}
	return true
}

// stateName is conn_state.
func (f *flow) stateName() string {
	o, r := &f.ends[0], &f.ends[1]
	switch f.protocol {
	case header.ProtocolTCP:
	case header.ProtocolUDP:
		switch {
		case o.sent() && r.sent():
			return "SF"
		case o.sent():
			return "S0"
		case r.sent():
			return "SHR"
		}
		return "OTH"
	default:
		return "OTH"
	}
	silent := func(e *end) bool { return e.state == inactive || e.state == partial }
	switch {
	case r.state == reset:
		switch {
		case o.state == synSent, o.state == synAckSent, o.state == reset && f.size(0) == 0 && f.size(1) == 0:
			return "REJ"
		case silent(o):
			return "RSTRH"
		}
		return "RSTR"
	case o.state == reset:
		switch {
		case !silent(r):
			return "RSTO"
		case f.onlySYN():
			return "RSTOS0"
		}
		return "OTH"
	case o.state == closed && r.state == closed:
		return "SF"
	case o.state == closed && silent(r):
		return "SH"
	case o.state == closed:
		return "S2"
	case r.state == closed && silent(o):
		return "SHR"
	case r.state == closed:
		return "S3"
	case o.state == synSent && r.state == inactive:
		return "S0"
	case o.state == established && r.state == established:
		return "S1"
	}
	return "OTH"
}

// sent reports whether an end of UDP or ICMP sent anything.
func (e *end) sent() bool { return e.seen&seenData != 0 }

// size is how many bytes of payload end i sent, by the numbers of TCP.
func (f *flow) size(i int) uint64 {
	e := &f.ends[i]
	if q := &e.seq; e.state == reset && e.before == synSent && f.ends[1-i].state == inactive && q.acked > 1 {
		return 0 // a connection that only the other end knew of
	}
	return e.seq.size()
}

// onlySYN reports whether history has a SYN of the end that began, and behind it a
// RST of that with nothing between that would count.
func (f *flow) onlySYN() bool {
	h := bytes.TrimPrefix(f.story(), []byte{'^'})
	if len(h) == 0 || h[0] != 'S' {
		return false
	}
	end := bytes.IndexByte(h, 'R')
	return end > 0 && !bytes.ContainsAny(h[:end], "HAFGIQ")
}
