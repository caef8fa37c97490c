package cli

import (
	"errors"
	"io"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

// holding is a source of packets that holds them back, in order, until it is known whose
// they are; but for a short time only, and not too many.
type holding struct {
	liveSource
	owners asked
	failed func(error) // is told that there are no answers any more
	clock  holdingClock

	queue []held // a ring
	first int    // of it
	n     int
	bytes int
	ended error // of the source
}

// asked is who knows whose packets are: ask reports whether all is known of one that will
// be, and collect takes the answers that have come.
type asked interface {
	ask(pkt *capture.Packet, first bool) (answered bool)
	collect() error
}

// holdingClock is the time by which packets wait.
type holdingClock struct {
	now   func() time.Time
	wake  func(after time.Duration) // wakes the source
	pause func(time.Duration)
}

// held is one packet, whose bytes stay for those of others.
type held struct {
	pkt   capture.Packet
	data  []byte
	since time.Time
}

const (
	holdAtMost = 100 * time.Millisecond
	holdMost   = 8192
	holdBytes  = 32 << 20
)

// hold has packets of a source wait for their owners.
func hold(src liveSource, o *ownership, failed func(error)) *holding {
	timer := time.AfterFunc(time.Hour, src.Wake)
	timer.Stop()
	h := &holding{liveSource: src, owners: o, failed: failed}
	h.clock = holdingClock{time.Now, func(after time.Duration) { timer.Reset(after) }, time.Sleep}
	o.live.OnAnswer(src.Wake)
	return h
}

// Next implements capture.Source.
func (h *holding) Next(pkt *capture.Packet) error {
	for {
		h.collect()
		if h.n > 0 && (h.ended != nil || h.ready()) {
			h.pop(pkt)
			return nil
		}
		if h.ended != nil {
			return h.ended
		}
		err := h.liveSource.Next(pkt)
		var gone *live.Error
		switch {
		case err == nil:
		case errors.Is(err, live.ErrWake) && h.n > 0 && h.wokenForOwners():
			continue
		case errors.Is(err, live.ErrWake), errors.As(err, &gone) && gone.GoesOn:
			return err
		default:
			h.ended = err
			if errors.Is(err, io.EOF) {
				h.settle()
			}
			continue
		}
		h.collect()
		if answered := h.owners.ask(pkt, true); answered && h.n == 0 {
			return nil
		}
		h.push(pkt)
	}
}

// wokenForOwners reports whether a packet may go.
func (h *holding) wokenForOwners() bool {
	h.collect()
	return h.ready()
}

func (h *holding) collect() {
	if err := h.owners.collect(); err != nil {
		h.failed(err)
	}
}

// ready reports whether the first packet that is held may go. Then its owners are those
// that h.owners knows.
func (h *holding) ready() bool {
	head := &h.queue[h.first]
	if h.owners.ask(&head.pkt, false) || h.n >= holdMost || h.bytes >= holdBytes {
		return true
	}
	left := holdAtMost - h.clock.now().Sub(head.since)
	if left <= 0 {
		return true
	}
	h.clock.wake(left)
	return false
}

// settle waits for the last answers.
func (h *holding) settle() {
	for i := range h.n {
		one := &h.queue[(h.first+i)%len(h.queue)]
		for h.clock.now().Sub(one.since) < holdAtMost && !h.owners.ask(&one.pkt, false) {
			h.clock.pause(time.Millisecond)
			h.collect()
		}
	}
}

func (h *holding) push(pkt *capture.Packet) {
	if h.n == len(h.queue) {
		larger := make([]held, max(64, 2*len(h.queue)))
		for i := range h.n {
			larger[i] = h.queue[(h.first+i)%len(h.queue)]
		}
		h.queue, h.first = larger, 0
	}
	one := &h.queue[(h.first+h.n)%len(h.queue)]
	one.data = append(one.data[:0], pkt.Data...)
	one.pkt, one.since = *pkt, h.clock.now()
	one.pkt.Data = one.data
	h.n++
	h.bytes += len(one.data)
}

// pop gives out the first packet, whose bytes are valid until the next is pushed in its
// place.
func (h *holding) pop(pkt *capture.Packet) {
	one := &h.queue[h.first]
	if h.ended != nil {
		h.owners.ask(&one.pkt, false)
	}
	*pkt = one.pkt
	h.first = (h.first + 1) % len(h.queue)
	h.n--
	h.bytes -= len(one.data)
}
