package recorder

import (
	"encoding/binary"
	"math"

	"github.com/tapdump/tapdump/capture"
)

// ring holds the last packets in memory: records one behind the other, in a buffer
// that is begun again at its end. Positions count all bytes that ever went into it.
// Whoever reads a record has pinned it; then nothing is written there.
type ring struct {
	buf        []byte
	tail, head uint64 // positions of the oldest record, and behind the youngest
	evicted    int64  // the latest time of records that are gone
	lacks      bool   // some are gone

	marks []mark // of the parts of what went into it, one after the other
	part  uint64 // bytes that such a part has
}

// mark is what is known of the records that begin in a part.
type mark struct {
	part   uint64 // which it is, from 1 on
	first  uint64 // position
	latest int64  // time
}

// maxMarks keeps both short: looking for a part, and for a record in it.
const maxMarks = 4096

// A record is a header, the packet's bytes, and its annotation's comment, filled up to
// 8 bytes. At the end of the buffer one with the size 0 says that the next is at its
// beginning.
const (
	atSize       = 0  // of all, in bytes, 32 bits
	atCaptured   = 4  // bytes of the packet, 32 bits
	atTime       = 8  // the recorder's, 64 bits
	atSeconds    = 16 // of the time stamp, 64 bits
	atFraction   = 24 // 64 bits
	atLength     = 32 // 32 bits
	atLinkType   = 36 // 32 bits
	atInterface  = 40 // 32 bits
	atDirection  = 44
	atReception  = 45
	atFlags      = 46
	atLost       = 48 // 32 bits
	atComment    = 52 // bytes of it, 32 bits
	atProcess    = 56 // 32 bits
	atThread     = 60 // 32 bits
	recordHeader = 64
)

// Flags of a record.
const (
	flagSwapped = 1 << iota
	flagOwned
	flagAnnotated
)

// newRing makes a ring in a buffer whose size is a multiple of 8.
func newRing(buf []byte) *ring {
	part := max(uint64(len(buf))/maxMarks, 4<<10)
	return &ring{buf: buf, part: part, marks: make([]mark, uint64(len(buf))/part+2)}
}

// entry is a packet in a ring.
type entry struct {
	packet     capture.Packet
	annotation capture.Annotation
	time       int64  // the recorder's
	lost       uint64 // packets before it
}

// recordSize is what a packet takes in the ring.
func recordSize(pkt *capture.Packet) uint64 {
	n := uint64(recordHeader + len(pkt.Data))
	if pkt.Annotation != nil {
		n += uint64(len(pkt.Annotation.Comment))
	}
	return (n + 7) &^ 7
}

// fits reports whether the ring can hold a packet: in half of the buffer, so that there
// is room for it and for the gap at the buffer's end.
func (g *ring) fits(pkt *capture.Packet) bool {
	n := recordSize(pkt)
	return n <= uint64(len(g.buf))/2 && n <= math.MaxUint32
}

// append appends a packet that fits, for which the oldest go; not those from the position
// pin on: then it reports false.
func (g *ring) append(pkt *capture.Packet, time int64, lost, pin uint64) bool {
	n, size := recordSize(pkt), uint64(len(g.buf))
	offset, skip := g.head%size, uint64(0)
	if offset+n > size {
		skip = size - offset
	}
	for g.head+skip+n-g.tail > size {
		if g.tail >= pin {
			return false
		}
		g.evict()
	}
	if skip > 0 {
		binary.NativeEndian.PutUint32(g.buf[offset:], 0)
		g.head += skip
		offset = 0
	}
	putRecord(g.buf[offset:offset+n:offset+n], pkt, time, lost)
	part := g.head/g.part + 1
	m := &g.marks[part%uint64(len(g.marks))]
	if m.part != part {
		*m = mark{part, g.head, time}
	}
	m.latest = max(m.latest, time)
	g.head += n
	return true
}

// putRecord makes a record.
func putRecord(b []byte, pkt *capture.Packet, time int64, lost uint64) {
	order := binary.NativeEndian
	order.PutUint32(b[atSize:], uint32(len(b)))
	order.PutUint32(b[atCaptured:], uint32(len(pkt.Data)))
	order.PutUint64(b[atTime:], uint64(time))
	order.PutUint64(b[atSeconds:], uint64(pkt.Time.Sec))
	order.PutUint64(b[atFraction:], uint64(pkt.Time.Nsec))
	order.PutUint32(b[atLength:], pkt.Length)
	order.PutUint32(b[atLinkType:], uint32(pkt.LinkType))
	order.PutUint32(b[atInterface:], uint32(pkt.Interface))
	b[atDirection], b[atReception], b[atFlags] = byte(pkt.Direction), byte(pkt.Reception), 0
	if pkt.Swapped {
		b[atFlags] |= flagSwapped
	}
	order.PutUint32(b[atLost:], uint32(min(lost, math.MaxUint32)))
	comment := 0
	copy(b[recordHeader:], pkt.Data)
	if a := pkt.Annotation; a != nil {
		b[atFlags] |= flagAnnotated
		if a.Owned {
			b[atFlags] |= flagOwned
		}
		order.PutUint32(b[atProcess:], a.Process)
		order.PutUint32(b[atThread:], a.Thread)
		comment = copy(b[recordHeader+len(pkt.Data):], a.Comment)
	}
	order.PutUint32(b[atComment:], uint32(comment))
}

// evict removes the oldest record, if there is one, or the gap at the buffer's end.
func (g *ring) evict() {
	size := uint64(len(g.buf))
	b := g.buf[g.tail%size:]
	n := uint64(binary.NativeEndian.Uint32(b[atSize:]))
	if n == 0 {
		g.tail += uint64(len(b))
		return
	}
	t := int64(binary.NativeEndian.Uint64(b[atTime:]))
	if !g.lacks || t > g.evicted {
		g.lacks, g.evicted = true, t
	}
	g.tail += n
}

// start is the position of the first record that is not of before a time.
func (g *ring) start(from int64) uint64 {
	at := g.head
	for part := g.tail/g.part + 1; part <= g.head/g.part+1; part++ {
		m := g.marks[part%uint64(len(g.marks))]
		if m.part == part && m.latest >= from {
			at = max(m.first, g.tail)
			break
		}
	}
	for at < g.head && g.timeAt(at) < from {
		at = g.after(at)
	}
	return at
}

// timeAt is the time of the record at a position; of the gap at the buffer's end the
// first that there is.
func (g *ring) timeAt(at uint64) int64 {
	b := g.buf[at%uint64(len(g.buf)):]
	if binary.NativeEndian.Uint32(b[atSize:]) == 0 {
		return math.MinInt64
	}
	return int64(binary.NativeEndian.Uint64(b[atTime:]))
}

// after is the position behind the record at another one.
func (g *ring) after(at uint64) uint64 {
	b := g.buf[at%uint64(len(g.buf)):]
	if n := binary.NativeEndian.Uint32(b[atSize:]); n != 0 {
		return at + uint64(n)
	}
	return at + uint64(len(b))
}

// read fills e with the record at a position, if there is one and not the gap at the
// buffer's end, and returns the position behind it. e refers to the ring.
func (g *ring) read(at uint64, e *entry) (next uint64, ok bool) {
	order := binary.NativeEndian
	b := g.buf[at%uint64(len(g.buf)):]
	n := order.Uint32(b[atSize:])
	if n == 0 {
		return at + uint64(len(b)), false
	}
	captured := order.Uint32(b[atCaptured:])
	comment := b[recordHeader+captured:][:order.Uint32(b[atComment:])]
	flags := b[atFlags]
	e.time = int64(order.Uint64(b[atTime:]))
	e.lost = uint64(order.Uint32(b[atLost:]))
	e.packet = capture.Packet{
		Time:      capture.Timestamp{Sec: int64(order.Uint64(b[atSeconds:])), Nsec: int64(order.Uint64(b[atFraction:]))},
		Data:      b[recordHeader : recordHeader+captured : recordHeader+captured],
		Length:    order.Uint32(b[atLength:]),
		LinkType:  capture.LinkType(order.Uint32(b[atLinkType:])),
		Interface: int(order.Uint32(b[atInterface:])),
		Direction: capture.Direction(b[atDirection]),
		Reception: capture.Reception(b[atReception]),
		Swapped:   flags&flagSwapped != 0,
	}
	if flags&flagAnnotated != 0 {
		e.annotation = capture.Annotation{
			Comment: comment, Owned: flags&flagOwned != 0,
			Process: order.Uint32(b[atProcess:]), Thread: order.Uint32(b[atThread:]),
		}
		e.packet.Annotation = &e.annotation
	}
	return at + uint64(n), true
}
