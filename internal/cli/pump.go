package cli

import (
	"errors"
	"io"
)

// pump reads ahead in a goroutine of its own, so that waiting for a pipe can be
// interrupted, and what was printed is seen before.
type pump struct {
	full  chan chunk
	empty chan []byte
	stop  <-chan struct{}
	wake  chan struct{}
	idle  func() error // called before waiting; nil: nothing is

	chunk
	unread []byte // of the chunk
}

type chunk struct {
	data []byte
	err  error
}

const (
	pumpChunk  = 64 << 10
	pumpChunks = 3
)

// errStopped is what reading returns after an interrupt.
var errStopped = errors.New("interrupted")

func (c *command) newPump(src io.Reader) *pump {
	p := &pump{
		full:  make(chan chunk, pumpChunks),
		empty: make(chan []byte, pumpChunks),
		stop:  c.events.stopped,
		wake:  make(chan struct{}, 1),
	}
	for range pumpChunks {
		p.empty <- make([]byte, pumpChunk)
	}
	go p.run(src)
	return p
}

func (p *pump) run(src io.Reader) {
	for {
		select {
		case <-p.stop:
			return
		case b := <-p.empty:
			n, err := src.Read(b[:cap(b)])
			p.full <- chunk{b[:n], err}
			if err != nil {
				return
			}
		}
	}
}

// Read implements io.Reader.
func (p *pump) Read(b []byte) (int, error) {
	for len(p.unread) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if p.data != nil {
			p.empty <- p.data
			p.data = nil
		}
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.unread)
	p.unread = p.unread[n:]
	return n, nil
}

// next waits for a chunk.
func (p *pump) next() error {
	select {
	case p.chunk = <-p.full:
		p.unread = p.data
		return nil
	default:
	}
	for {
		if p.idle != nil {
			if err := p.idle(); err != nil {
				return err
			}
		}
		select {
		case p.chunk = <-p.full:
			p.unread = p.data
			return nil
		case <-p.stop:
			return errStopped
		case <-p.wake:
		}
	}
}

// OnIdle has f called before Read waits, with an error that Read returns then.
func (p *pump) OnIdle(f func() error) { p.idle = f }

// Wake has it called again while Read waits.
func (p *pump) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // about to be woken already
	}
}
