package live

import (
	"math"
	"slices"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// sourceQueue is the queue of a source: copies of its packets, which wait for those
// of other devices.
type sourceQueue struct {
	engine *sourceEngine
	items  []sourceItem
	from   int // items before are given out
	halves [2]sourceHalf
	active int   // the half that is filled
	upTo   int64 // no packet stamped before is still to be taken
}

// sourceItem is a packet that waits.
type sourceItem struct {
	stamp  int64 // nanoseconds since 1970
	half   int   // where its bytes lie
	packet capture.Packet
}

// sourceHalf is memory for the bytes of packets. It is used again once none of them
// waits any more, while the other one is filled.
type sourceHalf struct {
	data    []byte
	waiting int
}

// Bounds of what waits; what is beyond them the system keeps.
const (
	sourceHalfSize = 4 << 20
	sourceItems    = 1 << 15
)

func (q *sourceQueue) take() (taken int, err error) {
	if q.from > 0 && q.from*2 >= len(q.items) {
		q.items = slices.Delete(q.items, 0, q.from)
		q.from = 0
	}
	var p capture.Packet
	for len(q.items) < sourceItems && q.room() {
		since := time.Now()
		ok, err := q.engine.next(&p)
		if err != nil {
			return taken, err
		}
		if !ok {
			q.move(since, &p)
			break
		}
		q.insert(&p)
		taken++
	}
	return taken, nil
}

// move moves the bound, as there was no packet at a time, or the last one was passed over.
func (q *sourceQueue) move(at time.Time, passedOver *capture.Packet) {
	// What was stamped before is here, but for what it takes to get here.
	if q.engine.busy {
		q.upTo = max(q.upTo, nanoseconds(passedOver.Time)-int64(minLateness))
		return
	}
	q.upTo = at.Add(-minLateness).UnixNano()
}

// room reports whether there is memory for another packet.
func (q *sourceQueue) room() bool {
	half := &q.halves[q.active]
	if len(half.data)+capture.MaxSnapLen <= sourceHalfSize {
		return true
	}
	other := &q.halves[1-q.active]
	if other.waiting > 0 {
		return false
	}
	if other.data = other.data[:0]; cap(other.data) > 2*sourceHalfSize {
		other.data = nil // what a message of D-Bus took, which may have 128 MiB
	}
	q.active = 1 - q.active
	return true
}

// insert puts a copy of a packet behind those with earlier or equal stamps.
func (q *sourceQueue) insert(p *capture.Packet) {
	half := &q.halves[q.active]
	if half.waiting == 0 {
		half.data = half.data[:0]
	}
	at := len(half.data)
	half.data = append(half.data, p.Data...)
	half.waiting++
	item := sourceItem{nanoseconds(p.Time), q.active, *p}
	item.packet.Data = half.data[at:len(half.data):len(half.data)]
	q.items = append(q.items, item)
	i := len(q.items) - 1
	for ; i > q.from && q.items[i-1].stamp > item.stamp; i-- {
		q.items[i] = q.items[i-1]
	}
	q.items[i] = item
}

func (q *sourceQueue) front() int64 {
	if q.from == len(q.items) {
		return math.MaxInt64
	}
	return q.items[q.from].stamp
}

func (q *sourceQueue) back() int64 {
	if q.from == len(q.items) {
		return 0
	}
	return q.items[len(q.items)-1].stamp
}

func (q *sourceQueue) bound() int64 {
	if q.engine.why != nil {
		return math.MaxInt64
	}
	return q.upTo
}

func (q *sourceQueue) load(p *capture.Packet) (ok bool, err error) {
	*p = q.items[q.from].packet
	return true, nil
}

func (q *sourceQueue) drop() (front int64) {
	q.halves[q.items[q.from].half].waiting--
	q.items[q.from].packet.Data = nil
	q.from++
	return q.front()
}

// crowded reports whether so much waits that soon nothing more can be taken.
func (q *sourceQueue) crowded() bool {
	return len(q.items)-q.from > sourceItems/2 ||
		q.halves[1-q.active].waiting > 0 && len(q.halves[q.active].data) > sourceHalfSize/2
}
