package live

import (
	"io"
	"math"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// bpfSource yields the packets of a reader: the engine of a BPF device, but for
// what starts and closes the device, and the queue of one.
type bpfSource struct {
	reader  *bpfReader
	poller  *bpfPoller
	number  int // of Interfaces
	pending []bpfBlock
	current bpfBlock // the one that walk goes through
	walk    bpfBuffer
	head    capture.Packet // the next one, if full
	full    bool
	given   bool  // head went to the caller of next
	upTo    int64 // no packet from before is to come, in nanoseconds since 1970
	ended   bool
	why     error  // why it has failed; nil: it has not
	told    uint64 // lost packets that the caller knows of
}

func newBPFSource(r *bpfReader) bpfSource {
	return bpfSource{reader: r, walk: bpfBuffer{layout: r.layout}}
}

func (src *bpfSource) newPoller(merging bool) (poller, error) { return newBPFPoller(merging), nil }

func (src *bpfSource) attach(p poller, number int, _ func(name string) (int, bool)) error {
	src.poller, src.number = p.(*bpfPoller), number
	src.poller.add(src)
	return nil
}

func (src *bpfSource) lanes() int               { return 1 }
func (src *bpfSource) queues() ([]queue, error) { return []queue{src}, nil }

func (src *bpfSource) next(p *capture.Packet) (ok bool, err error) {
	if src.given {
		src.given = false
		src.drop()
	}
	src.poller.poll()
	src.advance()
	if src.full {
		src.given = true
		*p = src.head
	}
	return src.full, nil
}

func (src *bpfSource) take() (n int, err error) {
	src.poller.poll()
	before := src.full
	src.advance()
	if src.full && !before {
		n = 1
	}
	return n, nil
}

func (src *bpfSource) front() int64 {
	if !src.full {
		return math.MaxInt64
	}
	return nanoseconds(src.head.Time)
}

// back is 0: the poller has patience.
func (src *bpfSource) back() int64 { return 0 }

// bound is that of the packets that follow the first one, which is the earliest.
func (src *bpfSource) bound() int64 {
	if src.full || src.ended {
		return math.MaxInt64
	}
	return src.upTo
}

func (src *bpfSource) load(p *capture.Packet) (ok bool, err error) {
	*p = src.head
	return true, nil
}

func (src *bpfSource) drop() (front int64) {
	src.full = false
	src.advance()
	return src.front()
}

// crowded is false: the system has room of its own.
func (src *bpfSource) crowded() bool { return false }

func nanoseconds(t capture.Timestamp) int64 { return t.Sec*1e9 + t.Nsec }

// advance goes to the next packet, if there is one. What follows damage makes no
// sense.
func (src *bpfSource) advance() {
	if err := src.fill(); err != nil {
		src.ended, src.why = true, err
		src.reader.interrupt()
		src.walk.data, src.pending = nil, nil
	}
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
			p.Interface = src.number
			if r.direction != capture.DirUnknown {
				p.Direction = r.direction
			}
			src.full = true
			src.upTo = nanoseconds(p.Time)
			return nil
		}
		if src.current.buf != nil {
			src.reader.free <- src.current.buf
			src.current.buf, src.walk.data = nil, nil
		}
		if len(src.pending) == 0 {
			return nil
		}
		src.begin(src.pending[0])
		src.pending = src.pending[:copy(src.pending, src.pending[1:])]
	}
	return nil
}

// begin goes to a block whose turn it is.
func (src *bpfSource) begin(b bpfBlock) {
	if b.data == nil {
		src.upTo = max(src.upTo, b.since.UnixNano())
		return
	}
	src.current = b
	src.walk.data, src.walk.pos = b.data, 0
}

// receive takes in a block.
func (src *bpfSource) receive(b bpfBlock) {
	switch {
	case b.err == nil && src.ended:
		if b.buf != nil {
			src.reader.free <- b.buf
		}
	case b.err == nil:
		src.pending = append(src.pending, b)
	case b.err == io.EOF:
		src.ended = true
	case !src.ended:
		src.ended, src.why = true, b.err
	}
}

func (src *bpfSource) failure() error {
	if src.full || len(src.pending) > 0 {
		return nil
	}
	return src.why
}

// lost counts the packets that were dropped before the packet given last.
func (src *bpfSource) lost() uint64 {
	n := src.current.dropped - src.told
	src.told = src.current.dropped
	return n
}

func (src *bpfSource) interrupt() { src.reader.interrupt() }
func (src *bpfSource) abandon()   { src.reader.abandon() }

func (src *bpfSource) drained() (bool, error) { return src.ended && src.why == nil, nil }

// release does nothing: the device has the counts.
func (src *bpfSource) release() error { return nil }

func (src *bpfSource) sockets() []int { return nil }

// bpfPoller waits for what readers hand over.
type bpfPoller struct {
	sources []*bpfSource
	merging bool
	blocks  chan bpfBlock
	wakes   chan struct{}
}

func newBPFPoller(merging bool) *bpfPoller {
	p := &bpfPoller{merging: merging, wakes: make(chan struct{}, 1)}
	if merging {
		p.blocks = make(chan bpfBlock)
	}
	return p
}

// add has the blocks of a source come here.
func (p *bpfPoller) add(src *bpfSource) {
	p.sources = append(p.sources, src)
	if !p.merging {
		p.blocks = src.reader.full
		return
	}
	src.reader.tellIdle.Store(true)
	go p.forward(src.reader)
}

// forward brings the blocks of one of several readers.
func (p *bpfPoller) forward(r *bpfReader) {
	for {
		select {
		case b := <-r.full:
			select {
			case p.blocks <- b:
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

// poll takes what is there.
func (p *bpfPoller) poll() {
	for {
		select {
		case b := <-p.blocks:
			p.receive(b)
		default:
			return
		}
	}
}

// receive puts a block behind those of its reader.
func (p *bpfPoller) receive(b bpfBlock) {
	for _, src := range p.sources {
		if src.reader == b.from {
			src.receive(b)
		}
	}
}

func (p *bpfPoller) wait(limit time.Duration) error {
	var late <-chan time.Time
	if limit > 0 {
		late = time.After(limit)
	}
	select {
	case b := <-p.blocks:
		p.receive(b)
	case <-p.wakes:
	case <-late:
	}
	return nil
}

func (p *bpfPoller) rouse() {
	select {
	case p.wakes <- struct{}{}:
	default:
	}
}

// settle has nothing to do: readers say from when on there is nothing.
func (p *bpfPoller) settle(time.Time) (moved bool, err error) { return false, nil }

func (p *bpfPoller) late(time.Duration) {}

// patience is how long a packet waits for those of other devices, which hold
// theirs back for a time.
func (p *bpfPoller) patience() (limit, step time.Duration) {
	for _, src := range p.sources {
		limit = max(limit, src.reader.timeout)
	}
	limit = 2*limit + 100*time.Millisecond
	return limit, limit
}

// close has nothing to do: abandon ends the readers.
func (p *bpfPoller) close() error { return nil }
