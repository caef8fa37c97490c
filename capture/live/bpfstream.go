package live

import (
	"errors"
	"io"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// bpfStream yields the packets of one or more readers in the order of their
// time stamps.
type bpfStream struct {
	sources []bpfSource
	blocks  chan bpfBlock
	wakes   chan struct{}
	left    chan struct{} // closed: there is nothing more to yield
	timeout time.Duration // of the readers' devices, the longest
	idle    func() error
	given   *bpfSource // whose head went to the caller
	waiting time.Time  // since when a packet waits for others; zero when none does
}

// bpfSource is a reader as the stream sees it.
type bpfSource struct {
	reader  *bpfReader
	index   int // of Interfaces
	queue   []bpfBlock
	current bpfBlock // the one that walk goes through
	walk    bpfBuffer
	head    capture.Packet // the next one, if full
	full    bool
	upTo    capture.Timestamp // no packet from before is to come
	ended   bool
	failure error  // why it has ended, if the caller does not know yet
	told    uint64 // lost packets that the caller knows of
}

// newBPFStream makes a stream of readers that run, or will.
func newBPFStream(timeout time.Duration, readers ...*bpfReader) *bpfStream {
	s := &bpfStream{
		sources: make([]bpfSource, len(readers)),
		wakes:   make(chan struct{}, 1),
		left:    readers[0].left,
		timeout: timeout,
	}
	for i, r := range readers {
		s.sources[i] = bpfSource{reader: r, index: i, walk: bpfBuffer{layout: r.layout}}
	}
	if len(readers) == 1 {
		s.blocks = readers[0].full
		return s
	}
	s.blocks = make(chan bpfBlock)
	for _, r := range readers {
		r.tellIdle.Store(true)
		go s.forward(r)
	}
	return s
}

// forward brings the blocks of one of several readers.
func (s *bpfStream) forward(r *bpfReader) {
	for {
		select {
		case b := <-r.full:
			select {
			case s.blocks <- b:
			case <-r.left:
				return
			}
			if b.err != nil {
				return
			}
		case <-r.left:
			return
		}
	}
}

// next fills p with the next packet, waiting for it. p.Data is valid until the
// next call.
func (s *bpfStream) next(p *capture.Packet) error {
	if s.given != nil {
		s.given.full = false
		s.given = nil
	}
	for {
		select {
		case <-s.left:
			return io.EOF
		default:
		}
		first := s.first()
		if first != nil && s.safe(first) {
			s.given, s.waiting = first, time.Time{}
			*p = first.head
			return nil
		}
		if err := s.departed(); err != nil {
			return err
		}
		if first == nil && s.ended() {
			return io.EOF
		}
		if err := s.wait(first != nil); err != nil {
			return err
		}
	}
}

// first is the source with the earliest packet, nil when none has any.
func (s *bpfStream) first() *bpfSource {
	var first *bpfSource
	for i := range s.sources {
		src := &s.sources[i]
		if err := src.fill(); err != nil {
			s.fail(src, err)
			src.reader.interrupt()
			src.walk.data, src.queue = nil, nil // what follows the damage makes no sense
		}
		if src.full && (first == nil || src.head.Time.Before(first.head.Time)) {
			first = src
		}
	}
	return first
}

// fill looks for the next packet of a source in what has been read.
func (src *bpfSource) fill() error {
	for !src.full {
		p := &src.head
		ok, err := src.walk.next(p)
		if err != nil {
			return err
		}
		if ok {
			r := src.reader
			p.LinkType = r.link
			p.Interface = src.index
			if r.direction != capture.DirUnknown {
				p.Direction = r.direction
			}
			src.full = true
			src.upTo = p.Time
			return nil
		}
		if src.current.buf != nil {
			src.reader.free <- src.current.buf
			src.current.buf, src.walk.data = nil, nil
		}
		if len(src.queue) == 0 {
			return nil
		}
		src.begin(src.queue[0])
		src.queue = src.queue[:copy(src.queue, src.queue[1:])]
	}
	return nil
}

// begin goes to a block whose turn it is.
func (src *bpfSource) begin(b bpfBlock) {
	if b.data == nil {
		if at := (capture.Timestamp{Sec: b.since.Unix(), Nsec: int64(b.since.Nanosecond())}); src.upTo.Before(at) {
			src.upTo = at
		}
		return
	}
	src.current = b
	src.walk.data, src.walk.pos = b.data, 0
}

// safe tells whether no other source can still yield a packet from before the
// one of first.
func (s *bpfStream) safe(first *bpfSource) bool {
	for i := range s.sources {
		src := &s.sources[i]
		if src.full || src.ended || first.head.Time.Before(src.upTo) {
			continue
		}
		// Clocks that differ must not make a packet wait for ever.
		if s.waiting.IsZero() {
			s.waiting = time.Now()
		}
		return time.Since(s.waiting) > s.patience()
	}
	return true
}

// patience is how long a packet waits for those of other devices.
func (s *bpfStream) patience() time.Duration { return 2*s.timeout + 100*time.Millisecond }

// ended tells whether all readers have.
func (s *bpfStream) ended() bool {
	for i := range s.sources {
		if !s.sources[i].ended {
			return false
		}
	}
	return true
}

// wait returns when there may be a packet. With held there is one already, but
// it has to wait for others.
func (s *bpfStream) wait(held bool) error {
	select {
	case b := <-s.blocks:
		s.take(b)
		return nil
	default:
	}
	select {
	case <-s.wakes:
		return ErrWake
	default:
	}
	if s.idle != nil {
		if err := s.idle(); err != nil {
			return err
		}
	}
	var late <-chan time.Time
	if held {
		late = time.After(s.patience())
	}
	select {
	case b := <-s.blocks:
		s.take(b)
	case <-s.wakes:
		return ErrWake
	case <-s.left:
		return io.EOF
	case <-late:
	}
	return nil
}

// take puts a block behind those of its reader.
func (s *bpfStream) take(b bpfBlock) {
	for i := range s.sources {
		src := &s.sources[i]
		switch {
		case src.reader != b.from:
		case b.err == nil && src.ended:
			if b.buf != nil {
				src.reader.free <- b.buf
			}
		case b.err == nil:
			src.queue = append(src.queue, b)
		case b.err == io.EOF:
			src.ended = true
		case !src.ended:
			s.fail(src, b.err)
		}
	}
}

// fail ends one device, which has failed, with what has been received from it.
func (s *bpfStream) fail(src *bpfSource, err error) {
	src.ended = true
	var e *Error
	if len(s.sources) > 1 && errors.As(err, &e) {
		named := *e
		if named.Device == "" {
			named.Device = src.reader.device
		}
		named.GoesOn = !s.ended()
		err = &named
	}
	src.failure = err
}

// departed returns, once, why a device has ended, when all packets from it have
// been yielded. A capture from one device ends with that for good.
func (s *bpfStream) departed() error {
	for i := range s.sources {
		src := &s.sources[i]
		if src.failure != nil && !src.full && len(src.queue) == 0 {
			err := src.failure
			if len(s.sources) > 1 {
				src.failure = nil
			}
			return err
		}
	}
	return nil
}

// interrupt makes next yield what has been received and end.
func (s *bpfStream) interrupt() {
	for i := range s.sources {
		s.sources[i].reader.interrupt()
	}
}

// abandon makes next end.
func (s *bpfStream) abandon() {
	for i := range s.sources {
		s.sources[i].reader.abandon()
	}
}

// wakeUp makes next return ErrWake when it would wait.
func (s *bpfStream) wakeUp() {
	select {
	case s.wakes <- struct{}{}:
	default:
	}
}

// lost counts the packets of a source that were dropped since it was last
// asked, up to the packet given last.
func (s *bpfStream) lost(i int) uint64 {
	if i < 0 || i >= len(s.sources) {
		return 0
	}
	src := &s.sources[i]
	n := src.current.dropped - src.told
	src.told = src.current.dropped
	return n
}
