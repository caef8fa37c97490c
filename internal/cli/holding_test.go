package cli

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

// queueTest is a source of numbered packets, one who is asked for their owners, and a
// clock: time goes on when the test says so, or when it is waited for.
type queueTest struct {
	liveSource
	size     int // of packets, in bytes
	left     int // packets that come; then there is end
	sent     int
	end      error
	buf      []byte // the same for all packets, as sources have it
	answered map[uint32]bool
	answers  []uint32 // that will come when somebody collects
	time     time.Time
	alarm    time.Time
	stands   bool // the alarm does not come: something else wakes
	failure  error
}

func (q *queueTest) Next(pkt *capture.Packet) error {
	switch {
	case q.left > 0:
		q.left--
		q.buf = append(q.buf[:0], make([]byte, q.size)...)
		binary.BigEndian.PutUint32(q.buf, uint32(q.sent))
		*pkt = capture.Packet{Data: q.buf, Length: uint32(q.size)}
		q.sent++
		return nil
	case q.end != nil:
		return q.end
	}
	if !q.stands {
		q.time, q.alarm = q.alarm, time.Time{}
	}
	return live.ErrWake
}

func number(pkt *capture.Packet) uint32 { return binary.BigEndian.Uint32(pkt.Data) }

func (q *queueTest) ask(pkt *capture.Packet, _ bool) bool { return q.answered[number(pkt)] }

func (q *queueTest) collect() error {
	for _, n := range q.answers {
		q.answered[n] = true
	}
	q.answers = nil
	err := q.failure
	q.failure = nil
	return err
}

func newQueueTest(size, packets int) (*queueTest, *holding) {
	q := &queueTest{size: size, left: packets, answered: make(map[uint32]bool), time: time.Unix(1700000000, 0)}
	h := &holding{liveSource: q, owners: q, failed: func(error) {}}
	h.clock = holdingClock{
		now:   func() time.Time { return q.time },
		wake:  func(after time.Duration) { q.alarm = q.time.Add(after) },
		pause: func(d time.Duration) { q.time = q.time.Add(d) },
	}
	return q, h
}

// next is the number of the next packet, -1 where the source was woken.
func next(t *testing.T, h *holding) int {
	t.Helper()
	var pkt capture.Packet
	switch err := h.Next(&pkt); {
	case errors.Is(err, live.ErrWake):
		return -1
	case err != nil:
		t.Fatal(err)
	}
	return int(number(&pkt))
}

// TestHoldingOrder: packets go in the order in which they came, whatever the order of the
// answers, and have their own bytes.
func TestHoldingOrder(t *testing.T) {
	q, h := newQueueTest(60, 5)
	q.stands = true
	if n := next(t, h); n != -1 || q.sent != 5 {
		t.Fatalf("packet %d of %d goes without an answer", n, q.sent)
	}
	q.answers, q.stands = []uint32{4, 2, 1}, false
	if n := next(t, h); n != 0 { // its time is over, as nothing else is waited for
		t.Fatalf("packet %d is the first", n)
	}
	began := q.time
	for want := 1; want < 3; want++ {
		if n := next(t, h); n != want {
			t.Fatalf("packet %d, want %d", n, want)
		}
	}
	if !q.time.Equal(began) {
		t.Errorf("what is answered waits for %v", q.time.Sub(began))
	}
	q.answers = []uint32{3}
	q.left = 1
	q.answered[5] = true
	for want := 3; want < 6; want++ {
		if n := next(t, h); n != want {
			t.Fatalf("packet %d, want %d", n, want)
		}
	}
	// Where nothing is held back, nothing is kept.
	q.left = 1
	q.answered[6] = true
	if n := next(t, h); n != 6 || h.n != 0 || h.bytes != 0 {
		t.Errorf("packet %d; %d are held, of %d bytes", n, h.n, h.bytes)
	}
}

// TestHoldingDelay: a packet without an answer waits as long as it may, and no longer.
func TestHoldingDelay(t *testing.T) {
	q, h := newQueueTest(60, 1)
	began := q.time
	q.stands = true
	for _, after := range []time.Duration{0, holdAtMost / 2, holdAtMost - 1} {
		q.time = began.Add(after)
		if n := next(t, h); n != -1 || !q.alarm.Equal(began.Add(holdAtMost)) {
			t.Fatalf("packet %d goes after %v, or is woken for %v later", n, after, q.alarm.Sub(began))
		}
	}
	q.stands = false
	if n := next(t, h); n != 0 {
		t.Fatalf("packet %d goes", n)
	}
	if waited := q.time.Sub(began); waited != holdAtMost {
		t.Errorf("it went after %v", waited)
	}
}

// TestHoldingBounds: so many packets and bytes are held back, and the oldest go for others.
func TestHoldingBounds(t *testing.T) {
	for name, c := range map[string]struct{ size, packets, held int }{
		"packets": {60, holdMost + 10, holdMost},
		"bytes":   {1 << 20, 40, holdBytes >> 20},
	} {
		q, h := newQueueTest(c.size, c.packets)
		began := q.time
		for want := range c.packets - c.held + 1 {
			if n := next(t, h); n != want {
				t.Fatalf("%s: packet %d, want %d", name, n, want)
			}
			if h.n > c.held || h.bytes > c.held*c.size {
				t.Fatalf("%s: %d packets of %d bytes are held", name, h.n, h.bytes)
			}
		}
		if !q.time.Equal(began) || q.left != 0 {
			t.Errorf("%s: %d packets were not taken, after %v", name, q.left, q.time.Sub(began))
		}
	}
}

// TestHoldingEnd: at the end answers are waited for once more, as long as packets may wait;
// all go, and the error of the source comes behind them.
func TestHoldingEnd(t *testing.T) {
	failure := errors.New("no more answers")
	for _, end := range []error{io.EOF, errors.New("the device has gone")} {
		q, h := newQueueTest(60, 3)
		q.end, q.failure = end, failure
		var told []error
		h.failed = func(err error) { told = append(told, err) }
		began := q.time
		var got []uint32
		var pkt capture.Packet
		err := h.Next(&pkt)
		for ; err == nil; err = h.Next(&pkt) {
			got = append(got, number(&pkt))
		}
		if !errors.Is(err, end) || !slices.Equal(got, []uint32{0, 1, 2}) || !slices.Equal(told, []error{failure}) {
			t.Errorf("%v: packets %v, then %v; it says %v", end, got, err, told)
		}
		want := time.Duration(0)
		if end == io.EOF {
			want = holdAtMost
		}
		if waited := q.time.Sub(began); waited != want {
			t.Errorf("%v: it waited for %v", end, waited)
		}
	}
}
