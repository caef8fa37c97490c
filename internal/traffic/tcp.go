package traffic

import "encoding/binary"

// tcpFlow is a TCP connection with its messages.
type tcpFlow struct {
	path
	ports    [2]uint16
	next     [2]uint32 // sequence number that each end sends next
	window   [2]uint16
	stamps   bool // RFC 7323 time stamps
	sack     bool
	clock    [2]uint32
	mss      int
	messages []message // still to be sent, the first in part
	sent     int       // bytes of the first message
	unacked  int       // segments
	lost     segment   // sent, but did not get here
	state    tcpState
	reset    bool // ends with RST
}

// message is what one end sends in a go: a head and a number of bytes behind it.
type message struct {
	from int
	head []byte
	body int
	text bool // the body is text
}

type segment struct {
	from   int
	seq    uint32
	length int
	shown  int // acknowledgements that told of the hole
}

type tcpState uint8

const (
	tcpSYN tcpState = iota
	tcpSYNACK
	tcpEstablish
	tcpTalk
	tcpFIN
	tcpFINACK
	tcpLastACK
)

const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

func (g *Generator) newTCP(port uint16, messages []message) *tcpFlow {
	t := &tcpFlow{
		path:     g.newPath(),
		ports:    [2]uint16{uint16(32768 + g.rng.below(28000)), port},
		next:     [2]uint32{uint32(g.rng.next()), uint32(g.rng.next())},
		window:   [2]uint16{uint16(500 + g.rng.below(60000)), uint16(500 + g.rng.below(60000))},
		stamps:   g.rng.chance(70),
		sack:     g.rng.chance(90),
		clock:    [2]uint32{uint32(g.rng.next()), uint32(g.rng.next())},
		mss:      1460,
		messages: messages,
		reset:    g.rng.chance(8),
	}
	if t.v6 {
		t.mss = 1440
	}
	if t.tunnel != plain {
		t.mss = 1360
	}
	return t
}

// openRefused makes a connection that nobody accepts.
func openRefused(g *Generator) flow {
	t := g.newTCP([...]uint16{23, 445, 3389, 8080, 5900}[g.rng.below(5)], nil)
	t.reset = true
	return t
}

func (t *tcpFlow) step(g *Generator) bool {
	switch t.state {
	case tcpSYN:
		t.send(g, 0, flagSYN)
		t.next[0]++
		t.state = tcpSYNACK
	case tcpSYNACK:
		if len(t.messages) == 0 && t.reset {
			t.next[1] = 0
			t.send(g, 1, flagRST|flagACK)
			return false
		}
		t.send(g, 1, flagSYN|flagACK)
		t.next[1]++
		t.state = tcpEstablish
	case tcpEstablish:
		t.send(g, 0, flagACK)
		t.state = tcpTalk
	case tcpTalk:
		t.talk(g)
	case tcpFIN:
		if t.reset {
			t.send(g, 0, flagRST|flagACK)
			return false
		}
		t.send(g, 0, flagFIN|flagACK)
		t.next[0]++
		t.state = tcpFINACK
	case tcpFINACK:
		t.send(g, 1, flagFIN|flagACK)
		t.next[1]++
		t.state = tcpLastACK
	case tcpLastACK:
		t.send(g, 0, flagACK)
		return false
	}
	return true
}

// talk sends one segment or acknowledgement of the messages.
func (t *tcpFlow) talk(g *Generator) {
	if t.lost.length > 0 && t.lost.shown >= 2 {
		t.retransmit(g)
		return
	}
	from := t.messages[0].from
	last := t.sent >= t.messages[0].size()
	if t.unacked >= 2 || last && t.unacked > 0 || last && t.lost.length > 0 {
		t.acknowledge(g, 1-from)
		if last && t.lost.length == 0 {
			t.endMessage()
		}
		return
	}
	if last {
		t.endMessage()
		t.talkOrEnd(g)
		return
	}
	m := &t.messages[0]
	n := min(t.mss-t.optionBytes(), m.size()-t.sent)
	if g.rng.chance(1) && t.lost.length == 0 && m.size()-t.sent > 2*n && t.sack {
		// The capture misses it, and so does the other end.
		t.lost = segment{from: from, seq: t.next[from], length: n}
		t.next[from] += uint32(n)
		t.sent += n
		n = min(n, m.size()-t.sent)
	}
	flags := uint8(flagACK)
	if t.sent+n == m.size() {
		flags |= flagPSH
	}
	m.fill(&g.frame, t.sent, n)
	t.send(g, from, flags)
	t.next[from] += uint32(n)
	t.sent += n
	t.unacked++
}

func (t *tcpFlow) talkOrEnd(g *Generator) {
	if t.state == tcpTalk {
		t.talk(g)
		return
	}
	t.step(g)
}

func (t *tcpFlow) endMessage() {
	t.messages, t.sent, t.unacked = t.messages[1:], 0, 0
	if len(t.messages) == 0 {
		t.state = tcpFIN
	}
}

func (t *tcpFlow) acknowledge(g *Generator, from int) {
	t.unacked = 0
	if t.lost.length > 0 {
		t.lost.shown++
	}
	t.send(g, from, flagACK)
}

// retransmit sends again what was lost.
func (t *tcpFlow) retransmit(g *Generator) {
	l := t.lost
	t.lost = segment{}
	filler(&g.frame, int(l.seq), l.length, false)
	t.unacked++
	seq := t.next[l.from]
	t.next[l.from] = l.seq
	t.sendFrom(g, l.from, flagACK, t.next[1-l.from])
	t.next[l.from] = seq
}

// optionBytes is the length of the options of a data segment.
func (t *tcpFlow) optionBytes() int {
	if t.stamps {
		return 12
	}
	return 0
}

// send puts the TCP header of one end in front of the frame and sends it.
func (t *tcpFlow) send(g *Generator, from int, flags uint8) {
	ack := t.next[1-from]
	if t.lost.length > 0 && t.lost.from != from {
		ack = t.lost.seq
	}
	t.sendFrom(g, from, flags, ack)
}

func (t *tcpFlow) sendFrom(g *Generator, from int, flags uint8, ack uint32) {
	if flags&flagACK == 0 {
		ack = 0
	}
	var options [40]byte
	o := t.options(options[:0], from, flags, ack)
	h := g.frame.push(20 + len(o))
	binary.BigEndian.PutUint16(h, t.ports[from])
	binary.BigEndian.PutUint16(h[2:], t.ports[1-from])
	seq := t.next[from]
	binary.BigEndian.PutUint32(h[4:], seq)
	binary.BigEndian.PutUint32(h[8:], ack)
	h[12] = uint8(len(h)/4) << 4
	h[13] = flags
	if flags&flagRST == 0 {
		binary.BigEndian.PutUint16(h[14:], t.window[from])
	}
	copy(h[20:], o)
	binary.BigEndian.PutUint16(h[16:], g.checksum(&t.path, from, protoTCP))
	g.send(&t.path, from, protoTCP)
}

// options appends the TCP options of a segment, padded to whole words.
func (t *tcpFlow) options(b []byte, from int, flags uint8, ack uint32) []byte {
	const (
		nop       = 1
		optMSS    = 2
		optScale  = 3
		optSACKOK = 4
		optSACK   = 5
		optStamps = 8
	)
	if flags&flagRST != 0 {
		return b
	}
	syn := flags&flagSYN != 0
	if syn {
		b = binary.BigEndian.AppendUint16(append(b, optMSS, 4), uint16(t.mss))
		if t.sack {
			b = append(b, optSACKOK, 2)
		} else {
			b = append(b, nop, nop)
		}
	}
	if t.stamps {
		if !syn {
			b = append(b, nop, nop)
		}
		t.clock[from] += 3
		b = binary.BigEndian.AppendUint32(append(b, optStamps, 10), t.clock[from])
		echo := t.clock[1-from]
		if flags&flagACK == 0 {
			echo = 0
		}
		b = binary.BigEndian.AppendUint32(b, echo)
	} else if syn {
		b = append(b, nop, nop)
	}
	if syn {
		b = append(b, nop, optScale, 3, 7)
	}
	if end := t.next[1-from]; t.lost.length > 0 && t.lost.from != from && ack == t.lost.seq {
		b = binary.BigEndian.AppendUint32(append(b, nop, nop, optSACK, 10), t.lost.seq+uint32(t.lost.length))
		b = binary.BigEndian.AppendUint32(b, end)
	}
	for len(b)%4 != 0 {
		b = append(b, nop)
	}
	return b
}
