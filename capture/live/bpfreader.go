package live

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// bpfHandle is an open BPF device that packets come from.
type bpfHandle interface {
	// read waits for packets, no longer than the device's time-out, and fills
	// buf with as many as the system holds; n is 0 when none came.
	read(buf []byte) (n int, err error)
	// hasten makes read return packets as soon as there are any.
	hasten() error
	// counts are the packets received and dropped since the filter was set.
	counts() (received, dropped uint32, err error)
}

// bpfBuffers is the number of buffers of each reader: one that the system
// fills, one that is walked through, and one in between.
const bpfBuffers = 3

// bpfReader reads whole buffers from a device, in a goroutine of its own since
// a read cannot be woken, and hands them over.
type bpfReader struct {
	handle    bpfHandle
	layout    *bpfLayout
	timeout   time.Duration // of a read
	link      capture.LinkType
	direction capture.Direction // of all packets; DirUnknown when the system tells it of none

	free chan []byte
	full chan bpfBlock
	stop chan struct{} // closed: yield what has been received, and end
	left chan struct{} // closed: end
	done chan struct{} // closed when reading has ended

	stopOnce, leftOnce sync.Once
	tellIdle           atomic.Bool // hand over empty blocks too

	mu                          sync.Mutex
	stats                       capture.Stats
	lastReceived, lastDropped   uint32 // as the system counts
	gone                        bool   // the device; it may count no more
	started                     bool   // which sets the system's counts to zero
	droppedBefore, droppedAfter uint64 // see note
}

// bpfBlock is what one read yielded.
type bpfBlock struct {
	from    *bpfReader
	buf     []byte    // to give back
	data    []byte    // the packets; none when none came in time
	since   time.Time // with no packets: none from before is to come
	dropped uint64    // packets lost before these, since the start
	err     error     // the end: io.EOF or what went wrong
}

func newBPFReader(handle bpfHandle, layout *bpfLayout, bufferSize int) *bpfReader {
	r := &bpfReader{
		handle: handle,
		layout: layout,
		free:   make(chan []byte, bpfBuffers),
		full:   make(chan bpfBlock),
		stop:   make(chan struct{}),
		left:   make(chan struct{}),
		done:   make(chan struct{}),
	}
	for range bpfBuffers {
		r.free <- make([]byte, bufferSize)
	}
	return r
}

func (r *bpfReader) interrupt() { r.stopOnce.Do(func() { close(r.stop) }) }
func (r *bpfReader) abandon()   { r.leftOnce.Do(func() { close(r.left) }) }

// start begins to read, once the filter is set, packets of a link type that go
// in a direction, if that is known of all.
func (r *bpfReader) start(link capture.LinkType, direction capture.Direction) {
	r.link, r.direction = link, direction
	r.mu.Lock()
	r.started = true
	r.mu.Unlock()
	go r.run()
}

// join waits until reading has ended, if it has begun. It has to be told to.
func (r *bpfReader) join() {
	r.mu.Lock()
	started := r.started
	r.mu.Unlock()
	if started {
		<-r.done
	}
}

// run reads until the capture ends.
func (r *bpfReader) run() {
	defer close(r.done)
	err := r.receive()
	if err == nil {
		err = r.drain()
	}
	if err == nil {
		err = io.EOF
	}
	r.hand(bpfBlock{err: err})
}

// receive reads until it is to stop.
func (r *bpfReader) receive() error {
	for {
		select {
		case <-r.stop:
			return nil
		default:
		}
		if _, err := r.readBlock(); err != nil {
			return err
		}
	}
}

// drain reads what the system still holds. That is no more than a buffer that
// is full and one that is not: on a busy link there is always something new.
func (r *bpfReader) drain() error {
	if err := r.handle.hasten(); err != nil {
		return err
	}
	for range 2 {
		if n, err := r.readBlock(); n == 0 || err != nil {
			return err
		}
	}
	return nil
}

// readBlock reads once and hands over what came.
func (r *bpfReader) readBlock() (n int, err error) {
	var buf []byte
	select {
	case buf = <-r.free:
	case <-r.left:
		return 0, io.EOF
	}
	b := bpfBlock{since: time.Now()}
	n, err = r.handle.read(buf)
	if n > 0 && err == nil {
		b.buf, b.data, b.dropped = buf, buf[:n], r.note()
		return n, r.hand(b)
	}
	r.free <- buf
	if err != nil {
		r.noteGone(err)
		return 0, err
	}
	if r.tellIdle.Load() {
		err = r.hand(b)
	}
	return 0, err
}

// hand hands a block over.
func (r *bpfReader) hand(b bpfBlock) error {
	b.from = r
	select {
	case r.full <- b:
		return nil
	case <-r.left:
		return io.EOF
	}
}

// note asks how many packets have been lost, after a read, and returns how many
// of them came before the packets just read. The system drops packets when both
// its buffers are full: those two are read first, and only the third has what
// came after the gap.
//
// That it cannot be told is no reason to lose what was read; the next read
// fails too when the device is gone, and Stats fails otherwise.
func (r *bpfReader) note() (dropped uint64) {
	st, _ := r.count()
	dropped = r.droppedBefore
	r.droppedBefore, r.droppedAfter = r.droppedAfter, st.Dropped
	return dropped
}

// noteGone remembers that a device is gone, whose counts may be too.
func (r *bpfReader) noteGone(err error) {
	var e *Error
	if errors.As(err, &e) && e.Reason == interfaceGone {
		r.mu.Lock()
		r.gone = true
		r.mu.Unlock()
	}
}

// count is what the device has counted since the start. The system's own
// numbers have 32 bits and begin again.
func (r *bpfReader) count() (capture.Stats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		return capture.Stats{}, nil
	}
	received, dropped, err := r.handle.counts()
	if err != nil {
		if r.gone {
			err = nil
		}
		return r.stats, err
	}
	r.stats.Received += uint64(received - r.lastReceived)
	r.stats.Dropped += uint64(dropped - r.lastDropped)
	r.lastReceived, r.lastDropped = received, dropped
	return r.stats, nil
}
