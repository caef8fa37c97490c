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
	idle  func() // called before waiting

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
		idle:  func() { c.flush() }, // its error stays, and the loop finds it
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
	default:
		p.idle()
		select {
		case p.chunk = <-p.full:
		case <-p.stop:
			return errStopped
		}
	}
	p.unread = p.data
	return nil
}
