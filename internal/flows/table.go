package flows

import (
	"cmp"
	"slices"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/endpoints"
)

// flow is a conversation that has not ended. It has no pointers, so that many of them
// are little work for the garbage collector. What each packet needs comes first, in 64
// bytes of the flow and 64 of each end: a processor fetches as much at once.
type flow struct {
	key  endpoints.Pair
	last int64 // time of the last packet, but for what comes when both ends have closed
	due  int64 // when it ends, though there were packets; 0: not known
	kind
	bucket uint32 // or none
	ends   [2]end // the one that began it, and the other

	cold
	history  history
	sums     [2]sums // of ends
	tcp      tcpSums
	services services
	place    place
	_        [4]byte
}

// kind is what a flow is.
type kind struct {
	protocol uint8
	flipped  bool // the higher endpoint of key began it
	attempt  bool // due is when nobody will have answered
}

// cold is what few packets need. Times are in nanoseconds since 1970.
type cold struct {
	number         uint64 // in the order in which they began
	start          int64  // of the first packet
	first          int64  // of the first one that no record has
	missed         uint64
	names          uint32
	previous, next uint32 // in the list of bucket
}

// end is what one end sent.
type end struct {
	packets, ipBytes          uint64 // that no record has
	seq                       sequence
	lastSYN, lastFIN, lastRST uint32
	state, before             state
	seen                      uint8
	done                      bool // it closed
	_                         [8]byte
}

// sums are what there is of an end beside.
type sums struct {
	bytes           uint64 // of datagrams, that no record has
	told            uint64 // of TCP, that records have
	resent, gaps    uint32 // what history has letters for now and then
	noWindow, wrong uint32
}

// packets is how many there are that no record has.
func (f *flow) packets() uint64 { return f.ends[0].packets + f.ends[1].packets }

// flip has the other end be the one that began.
func (f *flow) flip() {
	f.flipped = !f.flipped
	f.ends[0], f.ends[1] = f.ends[1], f.ends[0]
	f.sums[0], f.sums[1] = f.sums[1], f.sums[0]
	f.write(0, '^')
}

// table has the flows. They lie in buckets by the second in which they may end, so
// that a packet costs no search for those that have.
type table struct {
	index  endpoints.Index
	last   uint32   // of the packet before, or none
	places []uint32 // flows by the place of their connection in tcpanalysis; may be another's
	chunks []*[chunk]flow
	made   int      // flows that were ever in use
	free   []uint32 // numbers of those that are not
	most   int
	used   int
	began  uint64

	hand    int   // where to look next for one that is dispensable
	second  int64 // buckets before that are empty
	buckets [buckets]uint32
	ended   []uint32 // scratch
}

const (
	chunk   = 64
	buckets = 512 // seconds
	none    = 1<<32 - 1
)

func (t *table) init(most int) {
	t.most, t.last = most, none
	t.index = endpoints.NewIndex(func(i uint32) *endpoints.Pair { return &t.at(i).key })
	for i := range t.buckets {
		t.buckets[i] = none
	}
}

func (t *table) at(i uint32) *flow { return &t.chunks[i/chunk][i%chunk] }

// find returns the flow of a key. place is that of the connection, 0 where it is not
// known: by it most are found without a search.
func (t *table) find(key *endpoints.Pair, place uint32) (uint32, bool) {
	if t.last != none && t.at(t.last).key == *key {
		return t.last, true
	}
	if int(place) < len(t.places) {
		if i := t.places[place]; int(i) < t.made && t.at(i).key == *key {
			t.last = i
			return i, true
		}
	}
	i, ok := t.index.Find(key)
	if ok {
		t.last = i
		t.remember(i, place)
	}
	return i, ok
}

// remember notes the flow of a place.
func (t *table) remember(i, place uint32) {
	if place == 0 {
		return
	}
	if n := int(place); n >= len(t.places) {
		t.places = append(t.places, make([]uint32, n+1-len(t.places))...)
	}
	t.places[place] = i
}

func (t *table) full() bool { return t.used == t.most }

// add begins a flow, for which there has to be room.
func (t *table) add(key *endpoints.Pair) uint32 {
	var i uint32
	if n := len(t.free); n > 0 {
		i, t.free = t.free[n-1], t.free[:n-1]
	} else {
		if t.made%chunk == 0 {
			t.chunks = append(t.chunks, new([chunk]flow))
		}
		i = uint32(t.made)
		t.made++
	}
	f := t.at(i)
	*f = flow{key: *key, bucket: none, cold: cold{number: t.began, names: none}}
	t.began++
	t.used++
	t.index.Add(i)
	t.last = i
	return i
}

// remove gives the place of a flow back.
func (t *table) remove(i uint32) {
	t.unlink(i)
	t.index.Remove(i)
	t.used--
	t.free = append(t.free, i)
	f := t.at(i)
	f.key = endpoints.Pair{}
	if t.last == i {
		t.last = none
	}
}

// link puts a flow into the bucket of a second.
func (t *table) link(i uint32, second int64) {
	f := t.at(i)
	second = min(max(second, t.second), t.second+buckets-1)
	f.bucket = uint32(second & (buckets - 1))
	f.previous, f.next = none, t.buckets[f.bucket]
	if f.next != none {
		t.at(f.next).previous = i
	}
	t.buckets[f.bucket] = i
}

func (t *table) unlink(i uint32) {
	f := t.at(i)
	switch {
	case f.bucket == none:
		return
	case f.previous != none:
		t.at(f.previous).next = f.next
	default:
		t.buckets[f.bucket] = f.next
	}
	if f.next != none {
		t.at(f.next).previous = f.previous
	}
	f.bucket = none
}

// dispensable is the flow of a sample that is missed least: one that has ended, or
// was silent for longest. All places are in use then.
func (t *table) dispensable() uint32 {
	const sample = 16
	worth := func(f *flow) int64 {
		if f.due != 0 {
			return f.last - idleTCP
		}
		return f.last
	}
	best := uint32(none)
	for range sample {
		t.hand = (t.hand + 1) % t.made
		if i := uint32(t.hand); best == none || worth(t.at(i)) < worth(t.at(best)) {
			best = i
		}
	}
	return best
}

// inOrder are all flows, in the order in which they began.
func (t *table) inOrder() []uint32 {
	t.ended = t.ended[:0]
	for i := range uint32(t.made) {
		if t.at(i).inUse() {
			t.ended = append(t.ended, i)
		}
	}
	t.sort()
	return t.ended
}

// inUse reports whether the place of a flow is in use.
func (f *flow) inUse() bool { return f.key != endpoints.Pair{} }

func (t *table) sort() {
	slices.SortFunc(t.ended, func(x, y uint32) int { return cmp.Compare(t.at(x).number, t.at(y).number) })
}

// deadline is when a flow ends if nothing more comes.
func (t *Tracker) deadline(f *flow) int64 {
	if f.due != 0 {
		return f.due
	}
	wait := int64(t.options.Idle)
	if wait == 0 {
		wait = idle
		if f.protocol == header.ProtocolTCP && !(f.ends[0].state.shakes() && f.ends[1].state.shakes()) {
			wait = idleTCP
		}
	}
	return f.last + wait
}

// shakes reports whether there was no more than a handshake.
func (s state) shakes() bool { return s <= synAckSent }

// schedule puts a flow where it is looked at when it may have ended, or when a record
// of it is due.
func (t *Tracker) schedule(i uint32) {
	f := t.table.at(i)
	at := t.deadline(f)
	if t.options.Interval > 0 && f.packets() > 0 {
		at = min(at, f.first+int64(t.options.Interval))
	}
	t.table.link(i, second(at))
}

// second is the second that a time is in.
func second(ns int64) int64 {
	s := ns / 1e9
	if ns%1e9 < 0 {
		s--
	}
	return s
}

// advance writes records of what has ended by now, in the order in which they began.
// The error is the first one; the others are written all the same.
func (t *Tracker) advance(now int64) error {
	x := &t.table
	s := second(now)
	passed := s - x.second
	if x.began == 0 || passed < -buckets { // another capture, from earlier
		x.second = s
		return nil
	}
	if passed <= 0 {
		return nil
	}
	from := x.second
	x.second = s
	x.ended = x.ended[:0]
	for b := range min(passed, buckets) {
		i := x.buckets[(from+b)&(buckets-1)]
		for i != none {
			f := x.at(i)
			next := f.next
			x.unlink(i)
			x.ended = append(x.ended, i)
			i = next
		}
	}
	x.sort()
	var first error
	for _, i := range x.ended {
		f := x.at(i)
		var err error
		switch {
		case t.deadline(f) <= now:
			err = t.finish(i)
		default:
			if t.options.Interval > 0 && f.packets() > 0 && f.first+int64(t.options.Interval) <= now {
				err = t.report(f)
			}
			t.schedule(i)
		}
		if first == nil {
			first = err
		}
	}
	return first
}
