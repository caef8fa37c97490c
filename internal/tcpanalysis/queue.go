package tcpanalysis

import "math/bits"

// item is a segment that was sent and not acknowledged.
type item struct {
	time      int64
	seq, next uint32
}

// queue has the segments of one direction that were not acknowledged. Those which
// begin where the last one ended or behind that are in ring, in that order; others,
// which came again or out of order, are few, and in again in order of arrival.
type queue struct {
	ring    []item // a power of two of places
	head, n uint32
	again   []item
}

// Bounds of a queue, and what it and holes take, in items.
const (
	queueCost = 4
	holesCost = 16

	firstRing = 2
	maxRing   = 4096
	maxAgain  = 256
)

// pool has the queues and holes that are not in use, and the rings by their size.
type pool struct {
	free       int // items that may still be made
	queues     []*[chunk]queue
	made       uint32
	unused     []uint32
	rings      [16][][]item
	holes      []*holes
	unusedHole []uint32
}

// queue returns the queue that a handle stands for, nil for 0.
func (p *pool) queue(h uint32) *queue {
	if h == 0 {
		return nil
	}
	return &p.queues[(h-1)/chunk][(h-1)%chunk]
}

// newQueue returns a handle of an empty queue, 0 where too many are in use.
func (p *pool) newQueue() uint32 {
	if n := len(p.unused); n > 0 {
		h := p.unused[n-1]
		p.unused = p.unused[:n-1]
		return h
	}
	if p.free < queueCost {
		return 0
	}
	p.free -= queueCost
	if p.made%chunk == 0 {
		p.queues = append(p.queues, new([chunk]queue))
	}
	p.made++
	return p.made
}

// freeQueue takes a queue back, and sets the handle to 0.
func (p *pool) freeQueue(h *uint32) {
	if *h == 0 {
		return
	}
	q := p.queue(*h)
	p.putRing(q.ring)
	p.putRing(q.again)
	*q = queue{}
	p.unused = append(p.unused, *h)
	*h = 0
}

// getRing returns n items, a power of two, nil where too many are in use.
func (p *pool) getRing(n int) []item {
	class := bits.Len(uint(n)) - 1
	if l := len(p.rings[class]); l > 0 {
		r := p.rings[class][l-1]
		p.rings[class] = p.rings[class][:l-1]
		return r
	}
	if p.free < n {
		return nil
	}
	p.free -= n
	return make([]item, n)
}

func (p *pool) putRing(r []item) {
	if cap(r) == 0 {
		return
	}
	r = r[:cap(r)]
	class := bits.Len(uint(len(r))) - 1
	p.rings[class] = append(p.rings[class], r)
}

// at is a place in the ring, from the oldest segment on.
func (q *queue) at(i uint32) *item { return &q.ring[(q.head+i)&uint32(len(q.ring)-1)] }

// add takes a segment, if there is room for it.
func (q *queue) add(p *pool, it item) {
	if q.n > 0 && before(it.seq, q.at(q.n-1).next) {
		q.addAgain(p, it)
		return
	}
	if int(q.n) == len(q.ring) {
		size := max(firstRing, 2*len(q.ring))
		if size > maxRing {
			return
		}
		r := p.getRing(size)
		if r == nil {
			return
		}
		for i := range q.n {
			r[i] = *q.at(i)
		}
		p.putRing(q.ring)
		q.ring, q.head = r, 0
	}
	*q.at(q.n) = it
	q.n++
}

func (q *queue) addAgain(p *pool, it item) {
	if len(q.again) == cap(q.again) {
		size := max(firstRing, 2*cap(q.again))
		if size > maxAgain {
			return
		}
		r := p.getRing(size)
		if r == nil {
			return
		}
		n := copy(r, q.again)
		p.putRing(q.again)
		q.again = r[:n]
	}
	q.again = append(q.again, it)
}

// ack removes what an acknowledgement covers, and returns when the segment was sent
// that ends there: the first one if it was sent again.
func (q *queue) ack(ack uint32) (sent int64, ok bool) {
	for q.n > 0 {
		it := q.at(0)
		if before(ack, it.next) {
			if before(it.seq, ack) {
				it.seq = ack
			}
			break
		}
		if it.next == ack {
			sent, ok = it.time, true
		}
		q.head++
		q.n--
	}
	if len(q.again) == 0 {
		return sent, ok
	}
	kept := q.again[:0]
	for _, it := range q.again {
		switch {
		case before(ack, it.next):
			if before(it.seq, ack) {
				it.seq = ack
			}
			kept = append(kept, it)
		case it.next == ack && (!ok || it.time < sent):
			sent, ok = it.time, true
		}
	}
	q.again = kept
	return sent, ok
}

func (q *queue) empty() bool { return q.n == 0 && len(q.again) == 0 }

// span is the length from the lowest number in q to the highest, 0 when it is empty.
func (q *queue) span() uint32 {
	if q.empty() {
		return 0
	}
	var low, high uint32
	rest := q.again
	if q.n > 0 {
		low, high = q.at(0).seq, q.at(q.n-1).next
	} else {
		low, high, rest = rest[0].seq, rest[0].next, rest[1:]
	}
	for i := range rest {
		if before(rest[i].seq, low) {
			low = rest[i].seq
		}
		if before(high, rest[i].next) {
			high = rest[i].next
		}
	}
	return high - low
}

// before reports whether a sequence number comes before another one (RFC 9293,
// section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// holes are the ranges of numbers that were passed over in one direction, in
// ascending order.
type holes struct {
	n int
	r [maxHoles]span
}

type span struct{ from, to uint32 }

// maxHoles bounds holes: of more, the lowest are forgotten.
const maxHoles = 31

// hole returns the holes that a handle stands for, nil for 0.
func (p *pool) hole(h uint32) *holes {
	if h == 0 {
		return nil
	}
	return p.holes[h-1]
}

// addHole notes a range behind all others, unless too many are in use.
func (p *pool) addHole(h *uint32, s span) {
	if *h == 0 {
		if n := len(p.unusedHole); n > 0 {
			*h = p.unusedHole[n-1]
			p.unusedHole = p.unusedHole[:n-1]
		} else if p.free >= holesCost {
			p.free -= holesCost
			p.holes = append(p.holes, new(holes))
			*h = uint32(len(p.holes))
		} else {
			return
		}
	}
	p.holes[*h-1].push(s)
}

func (p *pool) freeHole(h *uint32) {
	if *h != 0 {
		p.holes[*h-1].n = 0
		p.unusedHole = append(p.unusedHole, *h)
		*h = 0
	}
}

// push adds the highest range.
func (h *holes) push(s span) {
	if h.n == maxHoles {
		copy(h.r[:], h.r[1:])
		h.n--
	}
	h.r[h.n] = s
	h.n++
}

// fill takes a range out of the holes, and returns how much of it was in them.
func (h *holes) fill(s span) (n uint32) {
	old := *h
	h.n = 0
	for _, r := range old.r[:old.n] {
		from, to := r.from, r.to
		if before(from, s.from) {
			from = s.from
		}
		if before(s.to, to) {
			to = s.to
		}
		if !before(from, to) {
			h.push(r)
			continue
		}
		n += to - from
		if r.from != from {
			h.push(span{r.from, from})
		}
		if to != r.to {
			h.push(span{to, r.to})
		}
	}
	return n
}
