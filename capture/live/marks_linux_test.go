package live

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// fakeRing is a ring in memory of our own, into which a test puts what the kernel
// would.
type fakeRing struct {
	ring
	put     int    // the next block
	counted uint64 // packets that the kernel has counted
}

func newFakeRing(blocks int) *fakeRing {
	return &fakeRing{ring: ring{
		mem: make([]byte, blocks*blockSize), count: blocks, block: blockSize, version: unix.TPACKET_V3,
		link: capture.LinkEN10MB, snapLen: capture.MaxSnapLen, vlanOffset: -1, loopback: -1, fd: -1,
	}}
}

// handOver fills the next block with packets of such stamps, in nanoseconds. It
// fails where the kernel would drop them.
func (f *fakeRing) handOver(stamps ...int64) bool {
	base := f.put * f.block
	h := (*unix.TpacketHdrV1)(unsafe.Pointer(&f.mem[base+statusAt]))
	if h.Block_status&unix.TP_STATUS_USER != 0 {
		return false
	}
	const first, each = 128, 256
	for i, at := range stamps {
		off := base + first + i*each
		clear(f.mem[off : off+each])
		p := (*unix.Tpacket3Hdr)(unsafe.Pointer(&f.mem[off]))
		p.Next_offset, p.Sec, p.Nsec = each, uint32(at/1e9), uint32(at%1e9)
		p.Mac, p.Snaplen, p.Len = 128, 8, 8
		binary.BigEndian.PutUint64(f.mem[off+128:], uint64(at))
	}
	h.Num_pkts, h.Offset_to_first_pkt = uint32(len(stamps)), first
	h.Block_status = unix.TP_STATUS_USER
	f.counted = max(f.counted, f.seen+f.unseen()+uint64(len(stamps)))
	f.put = (f.put + 1) % f.count
	return true
}

// unseen is the number of packets handed over and not taken yet; those of the
// block that is being handed over are not among them.
func (f *fakeRing) unseen() (n uint64) {
	for i := f.index; i != f.put; i = (i + 1) % f.count {
		n += uint64((*unix.TpacketHdrV1)(unsafe.Pointer(&f.mem[i*f.block+statusAt])).Num_pkts)
	}
	return n
}

// fakeMerge is a stream of such rings with a clock of its own.
type fakeMerge struct {
	*stream
	marks *marks
	rings []*fakeRing
	now   int64 // in nanoseconds since 1970
	clear int64 // no packet stamped before is in a backlog
}

func newFakeMerge(t *testing.T, rings ...*fakeRing) *fakeMerge {
	t.Helper()
	p, err := newRingPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close() })
	p.timeout = time.Millisecond
	s := newStream(p)
	f := &fakeMerge{stream: s, marks: &p.marks, rings: rings}
	s.merging, s.patient = true, true
	for i, r := range rings {
		r.iface = i
		s.merge.add(nil, []queue{p.marks.add(&r.ring)})
	}
	now := func() time.Time { return time.Unix(0, f.now) }
	s.merge.now, f.marks.now = now, now
	f.marks.lateness = 0
	f.marks.clear = func(time.Time) int64 { return f.clear }
	f.marks.counted = func(r *ring) (uint64, error) { return rings[r.iface].counted, nil }
	return f
}

// errNothing is what take ends with when there is nothing to yield.
var errNothing = fmt.Errorf("nothing")

// take returns the stamps that the stream yields now.
func (f *fakeMerge) take(t *testing.T) (stamps []int64) {
	t.Helper()
	tries := 0
	f.stream.idle = func() error {
		f.marks.notBefore = time.Time{} // no need to wait for the next mark
		if tries++; tries > 1 || f.stream.merge.first == nil {
			return errNothing
		}
		return nil
	}
	var p capture.Packet
	for {
		err := f.stream.next(&p)
		if err == errNothing {
			return stamps
		}
		if err != nil {
			t.Fatal(err)
		}
		at := int64(binary.BigEndian.Uint64(p.Data))
		if at != p.Time.Sec*1e9+p.Time.Nsec {
			t.Errorf("a packet of %d has the stamp %+v", at, p.Time)
		}
		stamps = append(stamps, at)
		tries = 0
	}
}

func (f *fakeMerge) want(t *testing.T, what string, want ...int64) {
	t.Helper()
	if got := f.take(t); !slices.Equal(got, want) {
		t.Errorf("%s: %d came, want %d", what, got, want)
	}
}

// TestMergeWaits: a packet waits for those that the kernel has counted and not
// handed over.
func TestMergeWaits(t *testing.T) {
	a, b := newFakeRing(4), newFakeRing(4)
	f := newFakeMerge(t, a, b)
	f.now, f.clear = 55, 55
	a.handOver(10, 30, 50)
	f.want(t, "the other ring has nothing", 10, 30, 50)
	b.counted = 1 // it lies in a block that is not handed over
	f.now, f.clear = 75, 75
	a.handOver(70)
	f.want(t, "the other ring has one that cannot be read")
	b.handOver(60)
	f.want(t, "it is handed over", 60, 70)
	f.now = 96
	a.handOver(80, 90)
	b.handOver(85, 95)
	f.want(t, "nothing is known of what comes after 75")
	f.now, f.clear = 100, 100
	f.want(t, "nothing more came up to 100", 80, 85, 90, 95)
	b.counted++
	f.now, f.clear = 120, 120
	a.handOver(110)
	f.want(t, "the other ring has one again that cannot be read")
	b.counted++
	b.handOver(115)
	f.want(t, "what is counted behind the mark is not waited for", 110, 115)
	if late := f.stream.merge.late; late != (Late{}) {
		t.Errorf("late: %+v", late)
	}
}

// TestMergeBacklog: no packet is given out while an earlier one may be on its way
// into either ring.
func TestMergeBacklog(t *testing.T) {
	a, b := newFakeRing(4), newFakeRing(4)
	f := newFakeMerge(t, a, b)
	f.now, f.clear = 1000, 5
	a.handOver(10, 30)
	b.handOver(20, 40)
	f.want(t, "nothing is known of what was stamped after 5")
	f.clear = 25
	f.want(t, "no backlog has packets from before 25", 10, 20)
	b.handOver(27) // it was in a backlog
	f.clear = 100
	f.want(t, "no backlog has any", 27, 30, 40)
	a.handOver(130, 110, 120, 105) // several processors use this ring
	f.clear = 125
	f.want(t, "a ring is not in order by itself", 105, 110, 120)
	f.clear = 200
	f.want(t, "the rest", 130)
	b.handOver(115)
	f.want(t, "one that should have been seen before", 115)
	if late := (&Live{stream: f.stream}).Late(); late != (Late{1, 15}) || f.marks.lateness != 30 {
		t.Errorf("late: %+v, and others have %d ns now; want one by 15, and 30", late, f.marks.lateness)
	}
}

// TestMergeRoom: when half of a ring waits, packets go for others to find room,
// and the blocks go back to the kernel one by one.
func TestMergeRoom(t *testing.T) {
	a, b := newFakeRing(4), newFakeRing(4)
	f := newFakeMerge(t, a, b)
	f.now = 1000
	for i := int64(0); i < 4; i++ {
		if !a.handOver(10*i, 10*i+1) {
			t.Fatal("no room")
		}
	}
	if a.handOver(50) {
		t.Fatal("room where there is none")
	}
	f.want(t, "more than half of the ring waits", 0, 1, 10, 11)
	for i := int64(0); i < 2; i++ {
		if !a.handOver(50 + i) {
			t.Errorf("no room for block %d", i)
		}
	}
	f.clear = 100
	f.want(t, "the rest", 20, 21, 30, 31, 50, 51)
	b.handOver(5, 45)
	f.want(t, "two that are late, one only because of the room", 5, 45)
	if m := &f.stream.merge; m.late.Packets != 2 || f.marks.lateness != 2*(51-45) {
		t.Errorf("late: %+v; others have %d ns now, want 12", m.late, f.marks.lateness)
	}
}

// TestMergeUnwanted: blocks of which nothing is wanted go back at once.
func TestMergeUnwanted(t *testing.T) {
	a, b := newFakeRing(2), newFakeRing(2)
	a.direction = capture.DirOut
	f := newFakeMerge(t, a, b)
	f.now, f.clear = 1000, 1000
	b.handOver(100)
	for i := range int64(5) {
		if !a.handOver(10+i, 20+i) {
			t.Fatalf("no room for block %d", i)
		}
		if want := map[bool][]int64{true: {100}}[i == 0]; !slices.Equal(f.take(t), want) {
			t.Errorf("round %d: not %d", i, want)
		}
	}
}

// TestMergeClocks: stamps of a clock that is ahead of ours, and a clock that is
// set back, keep no packet for ever.
func TestMergeClocks(t *testing.T) {
	a, b := newFakeRing(8), newFakeRing(8)
	f := newFakeMerge(t, a, b)
	f.now, f.clear = 1000, 1000
	const ahead = int64(time.Hour)
	a.handOver(ahead+500, ahead+510)
	b.handOver(ahead + 505)
	f.want(t, "an hour ahead, all but the latest", ahead+500, ahead+505)
	f.now, f.clear = 1010, 1010
	f.want(t, "a little later", ahead+510)
	f.now, f.clear = ahead+1000, ahead+1000
	a.handOver(ahead + 900)
	f.want(t, "an hour later", ahead+900)
	f.now, f.clear = ahead+1700, ahead+1500
	a.handOver(ahead + 1600)
	f.want(t, "the clock is right now, so that it waits")
	f.clear = ahead + 1700
	f.want(t, "and comes in its time", ahead+1600)
	f.now, f.clear = 2000, 2000
	a.handOver(1900)
	b.handOver(1895)
	f.want(t, "an hour back", 1895, 1900)
}

// TestMergeAlone: one queue alone is emptied, and yields what comes later, also
// when its clock is ahead of ours.
func TestMergeAlone(t *testing.T) {
	for _, ahead := range []int64{0, int64(time.Hour)} {
		a := newFakeRing(4)
		f := newFakeMerge(t, a)
		f.now, f.clear = 1000, 1000
		a.handOver(ahead+500, ahead+510)
		f.want(t, "two", ahead+500, ahead+510)
		f.want(t, "no more")
		a.handOver(ahead + 520)
		f.want(t, "one", ahead+520)
		f.want(t, "none")
	}
}

// TestMergeRandom puts packets that take some time to their ring into several, by
// chance, and has the stream yield each once and in order, while rings are full
// now and then.
func TestMergeRandom(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		prompt := seed%2 == 0
		rings := make([]*fakeRing, 2+rnd.IntN(5))
		for i := range rings {
			rings[i] = newFakeRing(2 + rnd.IntN(8))
		}
		f := newFakeMerge(t, rings...)
		type underway struct {
			stamp int64
			ring  int
		}
		var way []underway
		var got, sent []int64
		now := int64(1000)
		for range 100 {
			now += 1 + rnd.Int64N(20)
			f.now = now + 1
			way = append(way, underway{now, rnd.IntN(len(rings))})
			sent = append(sent, now)
			// Some of those on their way get there; where that is prompt, all.
			arriving := make([][]int64, len(rings))
			kept := way[:0]
			for _, w := range way {
				if prompt || rnd.IntN(3) == 0 {
					arriving[w.ring] = append(arriving[w.ring], w.stamp)
				} else {
					kept = append(kept, w)
				}
			}
			way = kept
			for i, stamps := range arriving {
				rnd.Shuffle(len(stamps), func(i, j int) {
					if !prompt {
						stamps[i], stamps[j] = stamps[j], stamps[i]
					}
				})
				for len(stamps) > 0 && !rings[i].handOver(stamps...) {
					got = append(got, f.take(t)...)
				}
			}
			f.clear = now
			if len(way) > 0 {
				f.clear = way[0].stamp
			}
			if rnd.IntN(3) == 0 {
				got = append(got, f.take(t)...)
			}
		}
		left := make([][]int64, len(rings))
		for _, w := range way {
			left[w.ring] = append(left[w.ring], w.stamp)
		}
		for i, stamps := range left {
			for len(stamps) > 0 && !rings[i].handOver(stamps...) {
				got = append(got, f.take(t)...)
			}
		}
		f.clear = now + 1
		got = append(got, f.take(t)...)
		late := f.stream.merge.late.Packets
		if !slices.IsSorted(got) && (late == 0 || f.stream.merge.pressed == 0) {
			t.Errorf("seed %d: not in order, and %d late", seed, late)
		}
		slices.Sort(got)
		if !slices.Equal(got, sent) {
			t.Errorf("seed %d: %d packets of %d came", seed, len(got), len(sent))
		}
	}
}

// TestQueueKeepsLargeInOrder: what lies in the socket's queue is read from there
// in the order in which it was put.
func TestQueueKeepsLargeInOrder(t *testing.T) {
	var q ringQueue
	for _, item := range []queued{{stamp: 5}, {stamp: 9, flags: itemCopied}, {stamp: 7}, {stamp: 6, flags: itemCopied}, {stamp: 1}} {
		q.insert(item)
	}
	want := []queued{{stamp: 1}, {stamp: 5}, {stamp: 7}, {stamp: 9, flags: itemCopied}, {stamp: 6, flags: itemCopied}}
	if !slices.Equal(q.items, want) {
		t.Errorf("got %+v, want %+v", q.items, want)
	}
}

// TestQueueMemory: what was given out of a queue makes room for what follows,
// though the queue is never empty.
func TestQueueMemory(t *testing.T) {
	a := newFakeRing(8)
	f := newFakeMerge(t, a)
	given := 0
	for i := range int64(5000) {
		f.now = 10 * (i + 1)
		f.clear = f.now - 15 // one or two are held back
		if !a.handOver(f.now-9, f.now-5) {
			t.Fatalf("block %d finds no room", i)
		}
		given += len(f.take(t))
	}
	q := f.marks.queues[0]
	if given < 9000 || cap(q.items) > 100 {
		t.Errorf("%d packets were given out; the queue has room for %d, want less than 100", given, cap(q.items))
	}
}
