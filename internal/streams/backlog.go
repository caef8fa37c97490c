package streams

import (
	"sync"
	"sync/atomic"
)

// MaxBacklog is how many bytes of packets are kept for readers together: what the
// slowest is behind. One that is further behind is cut off.
const MaxBacklog = 64 << 20

// segmentSize is how many bytes are kept, and given free, together.
const segmentSize = 1 << 20

// segment is a part of what is served. It only grows, so that what readers have of it
// does not change.
type segment struct {
	buf     []byte
	packets uint64 // up to its end, of all that was served
	users   int    // readers that are in it
	next    *segment
	gone    bool // from the backlog: the last user gives it free
}

// backlog holds what was served until all readers have it. Bytes are encoded once,
// and shared.
type backlog struct {
	limit  int // of held
	pcapng bool

	mu      sync.Mutex
	more    sync.Cond // there are more bytes, it has ended, or a reader was cut off
	head    []byte    // what each reader gets first; it only grows
	oldest  *segment
	newest  *segment
	held    int // bytes of segments
	spare   []*segment
	packets uint64 // served
	readers map[*reader]struct{}
	ended   bool // there will be no more

	wanted atomic.Bool // there are readers
}

func newBacklog(limit int, pcapng bool) *backlog {
	l := &backlog{limit: limit, pcapng: pcapng, readers: make(map[*reader]struct{})}
	l.more.L = &l.mu
	return l
}

// write takes whole records. The first call brings the header of a pcap file.
func (l *backlog) write(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.head == nil && !l.pcapng {
		n := min(len(b), fileHeaderLen)
		l.head = append(l.head, b[:n]...)
		b = b[n:]
	}
	before := len(l.head)
	l.packets += scan(b, l.pcapng, l.keep)
	if before == 0 {
		l.more.Broadcast() // those that wait for the header have it by that
	}
	if len(l.readers) == 0 || len(b) == 0 {
		return
	}
	if l.newest == nil || cap(l.newest.buf)-len(l.newest.buf) < len(b) {
		l.extend(len(b))
	}
	l.newest.buf = append(l.newest.buf, b...)
	l.newest.packets = l.packets
	l.more.Broadcast()
}

// keep adds a block to what readers get first.
func (l *backlog) keep(block []byte) { l.head = append(l.head, block...) }

// extend begins another segment, of at least size bytes. Readers that are still in the
// oldest are cut off if there is no room for both.
func (l *backlog) extend(size int) {
	size = max(size, segmentSize)
	for l.oldest != nil && l.held+size > l.limit {
		for r := range l.readers {
			if r.at == l.oldest {
				r.cutOff()
			}
		}
		l.drop()
	}
	var s *segment
	if n := len(l.spare); n > 0 && size == segmentSize {
		s, l.spare = l.spare[n-1], l.spare[:n-1]
	} else {
		s = &segment{buf: make([]byte, 0, size)}
	}
	l.held += cap(s.buf)
	s.packets = l.packets
	if l.newest != nil {
		l.newest.next = s
	}
	if l.oldest == nil {
		l.oldest = s
	}
	l.newest = s
	for r := range l.readers {
		if r.at == nil {
			r.at, r.offset = s, 0
			s.users++
		}
	}
	l.tidy()
}

// drop gives up the oldest segment.
func (l *backlog) drop() {
	s := l.oldest
	l.oldest = s.next
	if l.oldest == nil {
		l.newest = nil
	}
	l.held -= cap(s.buf)
	s.next, s.gone = nil, true
	l.reuse(s)
}

// reuse keeps a segment that nobody uses for later.
func (l *backlog) reuse(s *segment) {
	if s.gone && s.users == 0 && cap(s.buf) == segmentSize && len(l.spare) < MaxBacklog/segmentSize {
		*s = segment{buf: s.buf[:0]}
		l.spare = append(l.spare, s)
	}
}

// tidy gives up what all readers have.
func (l *backlog) tidy() {
	for l.oldest != nil && l.oldest.users == 0 && (l.oldest != l.newest || len(l.readers) == 0) {
		l.drop()
	}
}

// leave has a reader be in no segment.
func (l *backlog) leave(r *reader) {
	if s := r.at; s != nil {
		r.at = nil
		s.users--
		l.reuse(s)
	}
}

// join lets a reader have what comes from now on, and returns what it gets first. It
// waits for that; nil: there is none any more.
func (l *backlog) join(r *reader) (head []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.head) == 0 && !l.ended {
		l.more.Wait()
	}
	l.readers[r] = struct{}{}
	l.wanted.Store(true)
	if l.newest != nil {
		l.newest.users++
		r.at, r.offset = l.newest, len(l.newest.buf)
	}
	r.first, r.packets = l.packets, l.packets
	return l.head
}

// part waits for bytes that a reader does not have yet, and returns them with the
// number of packets up to their end. There are none at the end, and for one that is
// cut off.
func (l *backlog) part(r *reader) (b []byte, packets uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch {
		case r.cut, r.sent.Load(), r.gone.Load():
			return nil, 0
		case r.at != nil && r.offset < len(r.at.buf):
			return r.at.buf[r.offset:len(r.at.buf):len(r.at.buf)], r.at.packets
		case r.at != nil && r.at.next != nil:
			next := r.at.next
			next.users++
			l.leave(r)
			r.at, r.offset = next, 0
			l.tidy()
		case l.ended:
			return nil, 0
		default:
			l.more.Wait()
		}
	}
}

// has notes that a reader has n bytes more.
func (l *backlog) has(r *reader, n int) {
	l.mu.Lock()
	r.offset += n
	l.mu.Unlock()
}

// remove takes a reader away.
func (l *backlog) remove(r *reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.readers, r)
	l.wanted.Store(len(l.readers) > 0)
	l.leave(r)
	l.tidy()
	if len(l.readers) == 0 {
		l.spare = nil
	}
}

// wake has part look at a reader again.
func (l *backlog) wake() {
	l.mu.Lock()
	l.more.Broadcast()
	l.mu.Unlock()
}

// end says that there will be no more.
func (l *backlog) end() {
	l.mu.Lock()
	l.ended = true
	l.more.Broadcast()
	l.mu.Unlock()
}
