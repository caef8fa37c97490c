// Package tcpanalysis follows TCP connections, and says of each segment what is
// wrong with it: whether it was sent before, whether one is missing before it,
// whether the receiver's window is full, how long its acknowledgement took. At the
// end it has a summary of each connection.
//
// Names and rules are those of Wireshark's tcp.analysis fields as of version 4.0;
// docs/analysis.md lists what differs. Packets come from header.Innermost, so that
// connections in tunnels are followed too:
//
//	a := tcpanalysis.New(tcpanalysis.Options{})
//	for pkt, err := range capture.Packets(src) {
//		if _, ok := header.Innermost(pkt, &p); err == nil && ok && p.Protocol == header.ProtocolTCP {
//			r := a.Add(pkt, &p)
//			line = r.AppendText(line)
//		}
//	}
//
// An Analyzer does not allocate for a packet of a connection that it knows, and its
// memory is bounded: see Options. The package touches nothing but memory.
package tcpanalysis

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/endpoints"
)

// MaxConnections is how many are known at once, unless Options say otherwise.
const MaxConnections = 1_000_000

// Options bound what an Analyzer remembers. The zero value is the usual.
type Options struct {
	// MaxConnections is how many connections are known at once, those included
	// that have ended and are kept for their summary; 0: 1,000,000. One takes 400
	// bytes. For a new one that would be too many, one of those is forgotten that
	// have ended or were silent for longest, as a sample of 16 shows.
	MaxConnections int
	// IdleTime is how long a connection may be silent before it is forgotten;
	// 0: 12 hours, less than 0: for ever.
	IdleTime time.Duration
	// MaxSegments is how many segments without an acknowledgement are known at
	// once in all connections, each of which takes 16 bytes; a direction that has
	// such segments takes as much as four, and one with gaps as much as sixteen.
	// 0: 6,291,456, so that all takes 512 MiB at most. Where there are more,
	// round-trip times and bytes in flight are missing, and of what comes again and
	// was never seen, some is counted as retransmitted.
	MaxSegments int
}

// Analyzer follows TCP connections. It is for one goroutine, and wants packets in
// the order of capture.
type Analyzer struct {
	idle  int64
	now   int64 // time of the packet before
	conns table
	pool  pool
	total Totals
}

// New makes an Analyzer.
func New(o Options) *Analyzer {
	if o.MaxConnections <= 0 {
		o.MaxConnections = MaxConnections
	}
	if o.IdleTime == 0 {
		o.IdleTime = 12 * time.Hour
	}
	if o.MaxSegments <= 0 {
		o.MaxSegments = 6 << 20
	}
	a := &Analyzer{idle: int64(o.IdleTime)}
	a.conns.init(o.MaxConnections)
	a.pool.free = o.MaxSegments
	return a
}

// Result is what Add says of a segment.
type Result struct {
	Marks  Marks
	Stream uint64 // number of the connection, from 0 on, in order of its first packet

	// Place is a small number that the connection has for as long as it is known, from 1
	// on; 0: none. Another one may have it later.
	Place uint32

	DuplicateAck  uint32        // with DuplicateAck: its number, from 1 on
	SynUnanswered uint32        // with SynUnanswered: how many SYN there were without an answer, this one included
	AckRTT        time.Duration // from the segment that this one acknowledges, with HasAckRTT
	Handshake     time.Duration // from the SYN to this acknowledgement, which completes it, with HasHandshake
	Missed        uint32        // how many bytes this segment is the first to acknowledge that were not seen
	BytesInFlight uint32        // sent and not acknowledged, this segment included; 0 where not known
	HasAckRTT     bool
	HasHandshake  bool

	// What the first byte of payload is numbered in relation to: the sequence number
	// of the sender's SYN and that of the other side, or what stands for them.
	Base, PeerBase uint32
	InitialRTT     time.Duration // from SYN to the first acknowledgement, where that was before; 0: not known
}

// segment is a TCP segment as the rules need it.
type segment struct {
	time     int64 // in nanoseconds
	seq, ack uint32
	length   uint32 // of the payload on the wire
	window   uint32 // unscaled
	flags    uint8

	mss    uint16 // of the option, 0 if there is none
	scale  int8   // of the option, noOption if there is none
	stamps bool   // there are timestamps
	sack   sack
}

// noOption stands for the shift of a segment without the option of window scaling.
const noOption = -1

// nextSeq is the number behind the segment.
func (s *segment) nextSeq() uint32 {
	if s.flags&(header.SYN|header.FIN) != 0 {
		return s.seq + s.length + 1
	}
	return s.seq + s.length
}

// takesNumbers reports whether the segment takes sequence numbers.
func (s *segment) takesNumbers() bool {
	return s.length > 0 || s.flags&(header.SYN|header.FIN) != 0
}

// Add takes a packet with TCP that was captured behind all those before, and says
// what is to be said of it: nothing, of fragments.
func (a *Analyzer) Add(pkt *capture.Packet, p *header.Packet) Result {
	var r Result
	if p.Protocol != header.ProtocolTCP || len(p.Transport) < 20 || p.Fragment() {
		return r
	}
	var s segment
	s.read(pkt, p)
	k, forward := endpoints.Of(p)
	c := a.lookup(&k, &s, forward, &r)
	r.Stream, r.Place = c.stream, c.index+1
	from := 0
	if !forward {
		from = 1
	}
	c.judge(a, from, &s, &r)
	c.remember(a, from, &s, &r)
	r.Base, r.PeerBase = c.flows[from].base, c.flows[1-from].base
	if c.rttKnown {
		r.InitialRTT = time.Duration(c.rtt)
	}
	a.total.count(r.Marks)
	a.now = s.time
	return r
}

// read takes what the rules need from a packet.
func (s *segment) read(pkt *capture.Packet, p *header.Packet) {
	t := header.TCP(p.Transport)
	*s = segment{
		time: pkt.Time.Sec*1e9 + pkt.Time.Nsec,
		seq:  t.Sequence(), ack: t.Acknowledgement(),
		length: WireLength(pkt, p), window: uint32(t.Window()), flags: t.Flags(),
		scale: noOption,
	}
	if len(t) > 20 {
		s.readOptions(t)
	}
}

// WireLength is how many bytes of payload a segment had: what the IP header says,
// unless the frame had less.
func WireLength(pkt *capture.Packet, p *header.Packet) uint32 {
	room := int64(pkt.Length) - int64(p.Offset+len(p.IP)+header.TCP(p.Transport).HeaderLength())
	return uint32(max(0, min(int64(p.Length), room)))
}

// readOptions takes the options. Most segments have timestamps alone, as Linux
// lays them out.
func (s *segment) readOptions(t header.TCP) {
	if len(t) == 32 && t[20] == header.OptionNop && t[21] == header.OptionNop && t[22] == header.OptionTimestamps && t[23] == 10 {
		s.stamps = true
		return
	}
	for o := t.Options(); o.Next(); {
		switch o.Kind {
		case header.OptionMSS:
			if n, ok := o.Number(); ok && len(o.Value) == 2 {
				s.mss = uint16(n)
			}
		case header.OptionWindowScale:
			if len(o.Value) == 1 {
				s.scale = int8(min(o.Value[0], maxScale))
			}
		case header.OptionTimestamps:
			s.stamps = true
		case header.OptionSACK:
			s.sack.read(o.Value, s.ack)
		}
	}
}

// maxScale is the largest shift (RFC 7323, section 2.3).
const maxScale = 14

// lookup finds the connection of a segment, or makes one. A SYN with another
// number than the last one begins a new connection between the same ports.
func (a *Analyzer) lookup(k *endpoints.Pair, s *segment, forward bool, r *Result) *conn {
	c := a.conns.find(k)
	if c == nil {
		return a.open(k, s, forward)
	}
	if a.idle > 0 && s.time-c.last() > a.idle {
		c.expire()
		a.conns.unlink(c)
		return a.open(k, s, forward)
	}
	if s.flags&header.SYN == 0 {
		return c
	}
	f := &c.flows[0]
	if !forward {
		f = &c.flows[1]
	}
	switch {
	case f.is(baseKnown) && s.seq == f.base:
		if s.flags&header.ACK == 0 && f.is(nextKnown) {
			f.next = f.maxToAck // a RST may have moved it
		}
	case f.is(baseKnown) && s.flags&header.ACK == 0:
		r.Marks |= ReusedPorts
		a.conns.unlink(c)
		return a.open(k, s, forward)
	case f.is(baseKnown):
		r.Marks |= ReusedPorts
		f.base = s.seq
	}
	return c
}

func (a *Analyzer) open(k *endpoints.Pair, s *segment, forward bool) *conn {
	c := a.conns.add(a, k, min(a.now, s.time)) // one wrong clock reading is no reason to forget
	c.stream = a.total.Connections
	c.first = s.time
	// who sends first opens it, unless that is an answer
	if answer := s.flags&(header.SYN|header.ACK) == header.SYN|header.ACK; forward == answer {
		c.opener = 1
	}
	a.total.Connections++
	return c
}
