package owners

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// Client asks a helper for owners. Its methods are for one goroutine, but for those that
// say so.
type Client struct {
	requests io.WriteCloser
	replies  io.ReadCloser
	queue    chan []byte // requests that are to be written
	lacks    []string
	number   uint32
	gathered []byte      // requests that are to go into queue
	arrived  atomic.Bool // there are answers, or there is an error

	mu      sync.Mutex
	answers []answer
	err     error  // why there will be no more answers
	notify  func() // called when there are some
}

type answer struct {
	number uint32
	ends   Ends
}

// maxAsked bounds the requests that wait to be written.
const maxAsked = 4096

// errHelper is that the helper has ended.
var errHelper = errors.New("the process that looks up owners has ended")

// NewClient talks to a helper, by what Serve has the other ends of, and returns when that
// is ready.
func NewClient(requests io.WriteCloser, replies io.ReadCloser) (*Client, error) {
	c := &Client{requests: requests, replies: replies, queue: make(chan []byte, maxAsked)}
	r := bufio.NewReaderSize(replies, 64<<10)
	buf := make([]byte, maxMessage)
	b, err := readMessage(r, buf)
	if err != nil {
		return nil, errors.Join(errHelper, c.Close())
	}
	m := reading{b: b}
	if m.u8() != messageReady {
		return nil, errors.Join(errNonsense, c.Close())
	}
	for !m.bad && len(m.b) > 0 {
		c.lacks = append(c.lacks, m.text(maxRemark))
	}
	if !m.done() {
		return nil, errors.Join(errNonsense, c.Close())
	}
	go c.write()
	go c.collect(r, buf)
	return c, nil
}

// Lacks are what the helper cannot find out, in words.
func (c *Client) Lacks() []string { return c.lacks }

// OnAnswer has f called, from another goroutine, when there are answers.
func (c *Client) OnAnswer(f func()) {
	c.mu.Lock()
	c.notify = f
	c.mu.Unlock()
}

// write writes requests, so that nobody waits for a helper that is slow.
func (c *Client) write() {
	for b := range c.queue {
		if _, err := c.requests.Write(b); err != nil {
			c.fail(errHelper)
			break
		}
	}
	for range c.queue { // nobody reads them
	}
}

// collect takes answers.
func (c *Client) collect(r *bufio.Reader, buf []byte) {
	for {
		b, err := readMessage(r, buf)
		if err != nil {
			if err != errNonsense {
				err = errHelper
			}
			c.fail(err)
			return
		}
		m := reading{b: b}
		kind := m.u8()
		number, ends := m.answer()
		if kind != messageAnswer || !m.done() {
			c.fail(fmt.Errorf("the process that looks up owners: %w", errNonsense))
			return
		}
		c.mu.Lock()
		c.answers = append(c.answers, answer{number, ends})
		notify := c.notify
		c.mu.Unlock()
		c.arrived.Store(true)
		if notify != nil && r.Buffered() == 0 {
			notify()
		}
	}
}

func (c *Client) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	notify := c.notify
	c.mu.Unlock()
	c.arrived.Store(true)
	if notify != nil {
		notify()
	}
}

// maxGathered bounds questions that are handed on together, in bytes.
const maxGathered = 16 << 10

// ask asks for the owners of a flow, and returns the number that the answer will have;
// 0 where there are too many questions already. One that refreshes what is known waits
// for others, until flush.
func (c *Client) ask(f *Flow, refresh bool) uint32 {
	number := c.number + 1
	if number == 0 {
		number++
	}
	before := len(c.gathered)
	c.gathered = appendAsk(c.gathered, number, refresh, f)
	if (!refresh || len(c.gathered) >= maxGathered) && !c.flush() {
		c.gathered = c.gathered[:before]
		return 0
	}
	c.number = number
	return number
}

// flush hands on what was gathered, and reports whether there was room.
func (c *Client) flush() bool {
	select {
	case c.queue <- c.gathered:
		c.gathered = nil
		return true
	default:
		return false
	}
}

// forget has the helper let a network namespace go.
func (c *Client) forget(namespace uint32) {
	b, at := beginMessage(nil, messageForget)
	c.queue <- endMessage(binary.LittleEndian.AppendUint32(b, namespace), at)
}

// taken returns the answers that came since it was last called.
func (c *Client) taken(into []answer) ([]answer, error) {
	if !c.arrived.Load() {
		return into[:0], nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived.Store(false)
	into = append(into[:0], c.answers...)
	c.answers = c.answers[:0]
	return into, c.err
}

// Close ends the helper, which ends when nobody can ask it any more.
func (c *Client) Close() error {
	if c.queue != nil {
		close(c.queue)
	}
	return errors.Join(c.requests.Close(), c.replies.Close())
}
