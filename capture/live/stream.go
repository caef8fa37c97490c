package live

import (
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// stream yields the packets of one or more captures.
type stream struct {
	poller  poller
	parts   []*Live // without those whose devices are gone
	single  engine  // of the only part; nil while packets are merged
	merging bool    // there are several queues, or may be
	merge   merge
	idle    func() error
	patient bool // waits for devices when there are none

	interfaces []capture.Interface
	owners     []*Live // of each of interfaces

	stop  atomic.Bool // interrupted
	left  atomic.Bool // abandoned
	woken atomic.Bool

	sorts  bool // packets of a part are sorted out here
	passed int  // packets in a row that were not to be yielded
}

func newStream(p poller) *stream { return &stream{poller: p, merge: newMerge(p)} }

// add takes in a capture whose engine has started, under the next number of
// interfaces.
func (s *stream) add(part *Live) error {
	err := part.engine.attach(s.poller, s.register(part.described(), part), func(name string) (int, bool) {
		if len(s.interfaces) >= maxInterfaces {
			return 0, false
		}
		d := part.described()
		d.Name = part.titled(name)
		return s.register(d, part), true
	})
	if err != nil {
		return err
	}
	if !s.merging {
		s.single = part.engine
	} else {
		queues, err := part.engine.queues()
		if err != nil {
			return err
		}
		s.merge.add(part, queues)
	}
	s.parts = append(s.parts, part)
	s.sorts = s.sorts || part.match != nil
	return nil
}

// maxInterfaces bounds how many interfaces are told apart.
const maxInterfaces = 1 << 15

// register gives an interface of part a number.
func (s *stream) register(d capture.Interface, part *Live) int {
	s.interfaces = append(s.interfaces, d)
	s.owners = append(s.owners, part)
	return len(s.interfaces) - 1
}

// next fills p with the next packet that is to be yielded, waiting for it.
func (s *stream) next(p *capture.Packet) error {
	for {
		if err := s.nextOfAll(p); err != nil || !s.sorts {
			return err
		}
		if match := s.owners[p.Interface].match; match == nil || match(p) {
			s.passed = 0
			return nil
		}
		if err := s.passOver(); err != nil {
			return err
		}
	}
}

// more fills pkts with packets that are valid beside the one that next has yielded, and
// returns how many.
func (s *stream) more(pkts []capture.Packet) int {
	if e, ok := s.single.(batching); ok && !s.sorts {
		return e.more(pkts)
	}
	return 0
}

// passOver is for a packet that is not to be yielded. Where others follow without
// end a stream never waits, but whoever woke it, and what is done while it waits,
// have their turn.
func (s *stream) passOver() error {
	if s.passed++; s.passed%256 != 0 {
		return nil
	}
	if s.woken.Swap(false) {
		return ErrWake
	}
	if s.idle != nil {
		return s.idle()
	}
	return nil
}

// nextOfAll fills p with the next packet, waiting for it.
func (s *stream) nextOfAll(p *capture.Packet) error {
	for {
		if s.left.Load() {
			return io.EOF
		}
		var ok, again bool
		var err error
		if s.single != nil {
			ok, err = s.single.next(p)
		} else {
			ok, again, err = s.merge.next(p)
		}
		if ok || err != nil {
			return err
		}
		if again {
			continue
		}
		if err := s.depart(); err != nil {
			return err
		}
		if err := s.wait(); err != nil {
			return err
		}
	}
}

// depart takes a device that is gone out of several, once everything from it has
// been given out, and returns the error that says so.
func (s *stream) depart() error {
	for i, part := range s.parts {
		err := part.engine.failure()
		if err == nil || s.merging && !s.merge.emptied(part) {
			continue
		}
		if !s.merging {
			return err
		}
		s.parts = slices.Concat(s.parts[:i], s.parts[i+1:])
		s.merge.remove(part)
		if err := part.engine.release(); err != nil {
			return err
		}
		return departed(err, part.title(), len(s.parts) > 0 || s.patient)
	}
	return nil
}

// drainStep is how often a stream that is to end looks whether everything has
// been read.
const drainStep = 2 * time.Millisecond

// wait returns when there may be a packet. It fails when there will be no more,
// or none yet.
func (s *stream) wait() error {
	if s.woken.Swap(false) {
		return ErrWake
	}
	held := s.merge.first != nil // there is one, but it has to wait for others
	var step time.Duration
	switch {
	case s.stop.Load():
		done, err := s.drained()
		if err != nil {
			return err
		}
		if done && held {
			s.merge.end()
			return nil
		}
		if done {
			return io.EOF
		}
		step = drainStep
	case len(s.parts) == 0 && !s.patient:
		return io.EOF
	case held:
		step = s.merge.step
	}
	if s.idle != nil {
		if err := s.idle(); err != nil {
			return err
		}
	}
	return s.poller.wait(step)
}

// drained reports whether all that was received up to the end has been taken.
func (s *stream) drained() (bool, error) {
	all := true
	for _, part := range s.parts {
		done, err := part.engine.drained()
		if err != nil {
			return false, err
		}
		all = all && done
	}
	return all, nil
}
