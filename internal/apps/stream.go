package apps

import (
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/segments"
)

const (
	// MaxMessage is how many bytes of one side are kept for a message that is not
	// whole yet.
	MaxMessage = 64 << 10
	// maxUnknown is how many segments of a stream are looked at for its protocol;
	// afterwards only for those that may begin late.
	maxUnknown = 16
	// maxInside is how deep streams in streams are followed.
	maxInside = 4
	// maxStarts is how many of the segments whose bytes are kept are known by their
	// begins.
	maxStarts = 32
)

// What read may return apart from a number of bytes.
const (
	// opaque: nothing more can be read of this side.
	opaque = -1
	// strange: this is not what the protocol expects. What is there is given up, and
	// the next segment is looked at as if it were the first.
	strange = -2
)

// stream is what two sides say to each other, in order: over a connection, or inside
// another stream.
type stream struct {
	app       Protocol // 0: not known
	state     any      // of the protocol
	stateSize int
	sides     [2]side
	client    int8 // the side that is the client, as far as is known
	tries     uint8
	depth     uint8
	inner     *stream
}

// side is what one side says.
type side struct {
	buffer []byte  // the begin of a message that is not whole
	starts []int32 // where segments begin in buffer, but for the first
	skip   int     // bytes that nobody reads
	lost   bool    // where the next message begins is not known
	opaque bool    // nobody reads on
}

// segment takes a TCP segment.
func (d *Decoder) segment(p *header.Packet) {
	t := header.TCP(p.Transport)
	flags := t.Flags()
	if p.Length == 0 && flags&(header.SYN|header.FIN|header.RST) == 0 {
		k, _ := keyOf(p)
		if c := d.conversations.known[k]; c != nil {
			d.said.Protocol = c.stream.app
		}
		return
	}
	c, from := d.conversations.find(p)
	seq := t.Sequence()
	if flags&header.SYN != 0 {
		seq++
		if flags&header.ACK == 0 && c.begun[from] && c.directions[from].Awaited() != seq {
			d.conversations.drop(c) // another connection with the same ports
			c, from = d.conversations.find(p)
		}
		if flags&header.ACK == 0 {
			c.stream.client = int8(from)
		} else {
			c.stream.client = int8(1 - from)
		}
	}
	if c.directions == nil {
		c.directions = new([2]segments.Direction)
	}
	dir := &c.directions[from]
	if !c.begun[from] {
		c.begun[from] = true
		dir.Begin(seq)
		c.stream.sides[from].lost = flags&header.SYN == 0
	}
	if p.Length > 0 {
		d.payload(c, dir, p, from, seq)
	}
	d.said.Protocol = c.stream.app
	if c.stream.app == protocolNone && len(d.said.messages) > 0 {
		d.said.Protocol = d.said.messages[0].protocol // which agreed upon another
	}
	if flags&header.FIN != 0 {
		c.ended[from] = true
	}
	if flags&header.RST != 0 || c.ended[0] && c.ended[1] && !c.directions[0].Waiting() && !c.directions[1].Waiting() {
		d.conversations.drop(c)
	}
	d.conversations.bound()
}

// payload reads what a segment brings, and what waited for it.
func (d *Decoder) payload(c *conversation, dir *segments.Direction, p *header.Packet, from int, seq uint32) {
	s := &c.stream
	if s.sides[from].opaque && !dir.Waiting() {
		// Nobody reads on. The order does not matter any more.
		dir.Begin(seq + uint32(p.Length))
		return
	}
	held, gaps := dir.Held(), dir.Gaps()
	dir.Add(seq, p.Payload, p.Length-len(p.Payload))
	for dir.Next() {
		d.feed(c, s, p, from, dir.Piece.Data, dir.Piece.Missing, dir.Piece.Cut)
	}
	d.conversations.resize(c, dir.Held()-held)
	d.conversations.losses.Gaps += dir.Gaps() - gaps
}

// feed has a stream read data of one side, before which bytes are missing, and
// behind which some were cut off.
func (d *Decoder) feed(c *conversation, s *stream, p *header.Packet, from int, data []byte, missing, cut int) {
	x := &s.sides[from]
	if x.opaque {
		return
	}
	if missing > 0 && !x.passOver(missing) {
		d.lose(c, s, from)
	}
	if x.skip > 0 {
		n := min(x.skip, len(data))
		x.skip -= n
		data = data[n:]
		if x.skip > 0 {
			if !x.passOver(cut) {
				d.lose(c, s, from)
			}
			return
		}
	}
	if len(data) > 0 {
		d.read(c, s, p, from, data, cut > 0)
	}
	if cut > 0 && !x.passOver(cut) {
		d.lose(c, s, from)
	}
}

// lose gives up what a side is saying, also in the stream inside this one: where its
// next message begins is not known.
func (d *Decoder) lose(c *conversation, s *stream, from int) {
	for ; s != nil; s = s.inner {
		x := &s.sides[from]
		d.forget(c, x)
		x.lost, x.skip = true, 0
	}
}

// passOver leaves out n bytes that nobody has, if nobody would have read them.
func (x *side) passOver(n int) bool {
	if x.skip < n {
		return false
	}
	x.skip -= n
	return true
}

// nextStart gives up what stands before the second of the segments that data has.
func (x *side) nextStart(data []byte) []byte {
	at := x.starts[0]
	for i, later := range x.starts[1:] {
		x.starts[i] = later - at
	}
	x.starts = x.starts[:len(x.starts)-1]
	return data[at:]
}

// forget gives up the begin of a message.
func (d *Decoder) forget(c *conversation, x *side) {
	d.conversations.resize(c, -cap(x.buffer))
	x.buffer, x.starts = nil, nil
}

// read hands bytes to the protocol, message after message.
func (d *Decoder) read(c *conversation, s *stream, p *header.Packet, from int, data []byte, cut bool) {
	x := &s.sides[from]
	kept := len(x.buffer)
	fresh := kept == 0
	if !fresh {
		before := cap(x.buffer)
		x.buffer = append(x.buffer, data...)
		d.conversations.resize(c, cap(x.buffer)-before)
		data = x.buffer
		if len(x.starts) < maxStarts {
			x.starts = append(x.starts, int32(kept))
		}
	}
	t := &d.talk
	for len(data) > 0 {
		*t = talk{d: d, conv: c, s: s, p: p, from: from, cut: cut}
		if s.app == 0 || x.lost || fresh || d.rows[s.app].upgrades {
			v := t.find(data)
			if v == maybe {
				x.lost = x.lost || s.app == 0
				break
			}
			if v == no && len(x.starts) > 0 {
				// What was kept is of something else; the next segment may begin anew.
				data = x.nextStart(data)
				x.lost = true
				continue
			}
			if v == no {
				data = nil
				x.lost = true
				break
			}
			x.lost = false
		}
		fresh, x.starts = false, x.starts[:0]
		n := d.rows[s.app].read(t, data)
		if n == 0 {
			break
		}
		switch {
		case n == opaque:
			x.opaque = true
			data = nil
		case n < 0:
			x.lost = true
			d.lose(c, s.inner, from)
			data = nil
		case n > len(data):
			x.skip = n - len(data)
			data = nil
		default:
			data = data[n:]
		}
	}
	d.keepRest(c, x, data)
}

// keepRest keeps the begin of a message until more of it comes.
func (d *Decoder) keepRest(c *conversation, x *side, rest []byte) {
	if len(rest) > MaxMessage {
		d.conversations.losses.Messages++
		rest, x.lost = nil, true
	}
	switch {
	case len(rest) == 0:
		d.forget(c, x)
	case len(x.buffer) == 0:
		x.buffer = append([]byte(nil), rest...)
		d.conversations.resize(c, cap(x.buffer))
	default:
		x.buffer = x.buffer[:copy(x.buffer, rest)]
	}
}

// find looks for the protocol of a stream in the begin of a segment, where a message
// may begin. yes leaves the protocol in t.s.app.
func (t *talk) find(b []byte) verdict {
	s := t.s
	if s.app != 0 && !s.sides[t.from].lost {
		// Anything may go over to TLS between two messages (STARTTLS).
		if row := &t.d.rows[s.app]; row.upgrades {
			return t.upgrade(b)
		}
		return yes
	}
	if s.app != 0 {
		if v := t.d.rows[s.app].begins(t, b); v != no {
			return v
		}
		return t.upgrade(b)
	}
	late := s.tries >= maxUnknown
	open := no
	for i := range t.d.rows {
		row := &t.d.rows[i]
		if row.begins == nil || late && !row.late {
			continue
		}
		switch row.begins(t, b) {
		case yes:
			t.becomes(Protocol(i))
			return yes
		case maybe:
			open = maybe
		}
	}
	if open == maybe && !t.cut {
		return maybe // and not one more try: it is the same begin, with more of it
	}
	if !late {
		s.tries++
	}
	return no
}

// upgrade goes over to a protocol that may follow any other.
func (t *talk) upgrade(b []byte) verdict {
	open := false
	for i := range t.d.rows {
		row := &t.d.rows[i]
		if !row.follows || Protocol(i) == t.s.app {
			continue
		}
		v := row.begins(t, b)
		if v == yes {
			t.becomes(Protocol(i))
			return yes
		}
		open = open || v == maybe
	}
	switch {
	case open && !t.cut:
		return maybe
	case t.s.sides[t.from].lost:
		return no
	}
	return yes
}

// becomes makes the stream one of a protocol; protocolNone: of one that is looked for.
func (t *talk) becomes(app Protocol) {
	if t.s.app != app {
		t.keep(nil, 0)
	}
	t.s.app = app
	t.s.tries = 0
}
