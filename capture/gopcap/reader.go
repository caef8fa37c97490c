package gopcap

import (
	"runtime/debug"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
)

// reader reads ahead in a goroutine of its own, since a read of go-pcap cannot be
// woken, and since its buffer holds little when packets are few: 32 blocks, each
// of which the kernel hands over after 1 to 8 ms.
type reader struct {
	running bool
	more    chan struct{} // filled when packets are there
	room    chan struct{} // filled when there is room again
	done    chan struct{} // closed when nothing is wanted any more
	gone    chan struct{} // closed by the goroutine at its end

	taken []arrival // being taken, by one goroutine

	mu    sync.Mutex // guards the rest
	ready []arrival
	bytes int // in ready
	full  bool
}

// arrival is what a read brought.
type arrival struct {
	data []byte
	info gopacket.CaptureInfo
	read time.Time // when; only without a time stamp
	err  error
}

// readAhead is how many bytes are read ahead, for each packet arrivalSize more than
// its own.
const (
	readAhead   = 16 << 20
	arrivalSize = 256
)

func newReader() *reader {
	return &reader{
		more: make(chan struct{}, 1), room: make(chan struct{}, 1),
		done: make(chan struct{}), gone: make(chan struct{}),
	}
}

// take returns the next of what has been read.
func (r *reader) take() (a arrival, ok bool) {
	if len(r.taken) == 0 {
		r.mu.Lock()
		r.taken, r.ready = r.ready, r.taken[:0]
		r.bytes = 0
		if r.full {
			r.full = false
			signal(r.room)
		}
		r.mu.Unlock()
	}
	if len(r.taken) == 0 {
		return a, false
	}
	a = r.taken[0]
	r.taken[0] = arrival{} // its bytes are the caller's
	r.taken = r.taken[1:]
	return a, true
}

// put adds what has been read, and waits until there is room for more.
func (r *reader) put(a arrival) {
	r.mu.Lock()
	r.ready = append(r.ready, a)
	r.bytes += len(a.data) + arrivalSize
	r.full = r.bytes >= readAhead
	full := r.full
	r.mu.Unlock()
	signal(r.more)
	if full {
		select {
		case <-r.room:
		case <-r.done:
		}
	}
}

// wanted reports whether anything is wanted any more.
func (r *reader) wanted() bool {
	select {
	case <-r.done:
		return false
	default:
		return true
	}
}

// signal fills a channel of one, unless it is full.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// read hands on what h has, up to its first error.
func (r *reader) read(h Handle) {
	defer close(r.gone)
	defer r.survive()
	// See close: what was unmapped is a panic then, and does not end the program.
	debug.SetPanicOnFault(true)
	for r.wanted() {
		var a arrival
		a.data, a.info, a.err = h.ReadPacketData()
		if a.err == nil && a.data == nil {
			continue // a block without packets, or an end that the next read tells
		}
		if a.info.Timestamp.IsZero() {
			a.read = time.Now()
		}
		r.put(a)
		if a.err != nil {
			return
		}
	}
}

// survive ends the goroutine whose memory was unmapped under it.
func (r *reader) survive() {
	if fault := recover(); fault != nil && r.wanted() {
		panic(fault)
	}
}

// closePatience is how long close waits for go-pcap to be done with a block.
const closePatience = time.Second

// close has nothing be read any more. go-pcap unmaps its buffer although a block
// of it may be read at that moment, and crashes then; but a read that waits for
// packets ends only a minute later. So reading gets the time for a block. Nothing
// comes in any more: whoever is still reading then waits.
func (r *reader) close() {
	close(r.done)
	if !r.running {
		return
	}
	select {
	case <-r.gone:
	case <-time.After(closePatience):
	}
}
