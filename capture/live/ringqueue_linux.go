package live

import (
	"math"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// ringQueue holds what has been taken from a ring and not been given out, in the
// order of time stamps. The packets themselves stay in the ring.
type ringQueue struct {
	ring    *ring
	items   []queued
	from    int      // items before are given out
	waiting []uint32 // packets of each block or frame that are not given out
	oldest  int      // the first block or frame with such packets
	kept    int      // blocks or frames from there on that were taken

	upTo   int64  // no packet stamped before is still to be taken
	target uint64 // of ring.seen, for the mark
}

// queued is a packet that waits.
type queued struct {
	stamp int64  // nanoseconds since 1970
	pos   uint32 // of its header in the ring
	flags uint8
}

const (
	itemCopied   = 1 << iota // it lies in the socket's queue
	itemUnwanted             // it goes the wrong way
)

func newRingQueue(r *ring) *ringQueue { return &ringQueue{ring: r, waiting: make([]uint32, r.count)} }

func (q *ringQueue) empty() bool { return q.from == len(q.items) }

// front is the stamp of the earliest packet; math.MaxInt64 without any.
func (q *ringQueue) front() int64 {
	if q.empty() {
		return math.MaxInt64
	}
	return q.items[q.from].stamp
}

// take goes through what the kernel has handed over, and returns the number of
// packets that wait for it.
func (q *ringQueue) take() (taken int, err error) {
	if q.from > 0 && q.from*2 >= len(q.items) {
		q.items = q.items[:copy(q.items, q.items[q.from:])]
		q.from = 0
	}
	before := len(q.items)
	for range q.ring.count { // and no more, for others want their turn
		var ok bool
		if q.ring.version == unix.TPACKET_V2 {
			ok, err = q.takeFrame()
		} else {
			ok, err = q.takeBlock()
		}
		if !ok || err != nil {
			break
		}
	}
	return len(q.items) - before, err
}

// takeBlock takes the packets of the next block. ok is false when the kernel has
// handed none over.
func (q *ringQueue) takeBlock() (ok bool, err error) {
	r := q.ring
	index := r.index
	if q.waiting[index] > 0 {
		return false, nil // all blocks wait
	}
	block, ok, err := r.openBlock()
	if !ok || err != nil {
		return false, err
	}
	off := index*r.block + int(block.Offset_to_first_pkt)
	for range block.Num_pkts {
		h := r.blockHeader(off)
		r.seen++
		if r.wanted(r.blockAddress(off)) {
			q.insert(queued{stamp: int64(h.Sec)*1e9 + int64(h.Nsec), pos: uint32(off)})
			q.waiting[index]++
		}
		off += int(h.Next_offset)
	}
	q.keepOrGiveBack(index)
	return true, nil
}

// takeFrame is takeBlock for TPACKET_V2.
func (q *ringQueue) takeFrame() (ok bool, err error) {
	r := q.ring
	index := r.index
	if q.waiting[index] > 0 {
		return false, nil
	}
	h, ok, err := r.openFrame()
	if !ok || err != nil {
		return false, err
	}
	r.seen++
	off := r.frameOffset(index)
	item := queued{stamp: int64(h.Sec)*1e9 + int64(h.Nsec), pos: uint32(off)}
	if h.Status&unix.TP_STATUS_COPY != 0 {
		item.flags |= itemCopied
	}
	if !r.wanted(r.frameAddress(off)) {
		item.flags |= itemUnwanted
	}
	// What is not wanted, but lies in the socket's queue, waits for its turn there.
	if item.flags != itemUnwanted {
		q.insert(item)
		q.waiting[index]++
	}
	q.keepOrGiveBack(index)
	return true, nil
}

// keepOrGiveBack ends taking from a block or frame and goes to the next.
func (q *ringQueue) keepOrGiveBack(index int) {
	q.kept++
	q.ring.index = (index + 1) % q.ring.count
	if q.waiting[index] == 0 {
		q.returnToKernel(index)
	}
}

// returnToKernel gives back a block or frame. The kernel fills them in turn, so
// that it can use those behind the oldest only after that.
func (q *ringQueue) returnToKernel(index int) {
	if q.ring.version == unix.TPACKET_V2 {
		q.ring.giveBackFrame(index)
	} else {
		q.ring.giveBackBlock(index)
	}
	for q.kept > 0 && q.waiting[q.oldest] == 0 {
		q.oldest = (q.oldest + 1) % q.ring.count
		q.kept--
	}
}

// insert puts a packet behind those with earlier or equal stamps. It mostly
// comes last. What lies in the socket's queue has to keep its order there.
func (q *ringQueue) insert(item queued) {
	q.items = append(q.items, item)
	i := len(q.items) - 1
	for ; i > q.from && q.items[i-1].stamp > item.stamp && q.items[i-1].flags&item.flags&itemCopied == 0; i-- {
		q.items[i] = q.items[i-1]
	}
	q.items[i] = item
}

// load fills p with the first packet; ok is false when it goes the wrong way.
func (q *ringQueue) load(p *capture.Packet) (ok bool, err error) {
	item := &q.items[q.from]
	if q.ring.version == unix.TPACKET_V2 {
		err = q.ring.loadFrame(p, int(item.pos))
	} else {
		q.ring.loadFromBlock(p, int(item.pos))
	}
	return item.flags&itemUnwanted == 0, err
}

// drop gives back the first packet, and returns the stamp of the next.
func (q *ringQueue) drop() (front int64) {
	pos := int(q.items[q.from].pos)
	q.from++
	var index int
	if q.ring.version == unix.TPACKET_V2 {
		index = q.ring.frameIndex(pos)
	} else {
		index = pos / q.ring.block
	}
	if q.waiting[index]--; q.waiting[index] == 0 {
		q.returnToKernel(index)
	}
	return q.front()
}

// back is the stamp of the latest packet; 0 without any.
func (q *ringQueue) back() int64 {
	if q.empty() {
		return 0
	}
	return q.items[len(q.items)-1].stamp
}

func (q *ringQueue) bound() int64 { return q.upTo }

// crowded reports whether so much of the ring is kept that the kernel may run out
// of room.
func (q *ringQueue) crowded() bool { return q.kept > q.ring.count/2 }
