package streams

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/syserr"
)

const (
	connectTime = 10 * time.Second
	// The first and the longest pause between attempts to connect again.
	firstPause   = 250 * time.Millisecond
	longestPause = 10 * time.Second
	// wholeRecords is the longest record, in bytes, that is handed on only when all of
	// it is there.
	wholeRecords = 1 << 20
)

// ClientOptions are how a Client reads.
type ClientOptions struct {
	TLS  *Config
	Note func(text string) // gets what is to be known of the connection
	// OneHeader has a stream that goes on with another header end with an error.
	OneHeader bool

	pause time.Duration // for tests: in place of firstPause
}

// Client reads a stream. It hands on whole packets, so that those of a connection that
// broke can be followed by those of the next.
//
// A stream that ends between two packets has ended. If it ends otherwise, or is to be
// connected to always, Read connects again, as long as it takes. If what it gets then has
// the same header, it goes on; otherwise Read returns io.EOF, and then the other stream.
//
// It is for one goroutine, but for Close and More.
type Client struct {
	address Address
	addrs   []netip.AddrPort
	options ClientOptions
	ctx     context.Context
	cancel  context.CancelFunc

	mu   sync.Mutex
	conn net.Conn // nil: none
	more bool

	buf    []byte
	from   int // where what is to be handed on begins,
	whole  int // and where it ends; up to len(buf) is the begin of a record
	left   int // bytes of a long record that are to come
	frame  framing
	header []byte        // of the first stream
	again  bool          // it is not the first: its header is looked at
	began  bool          // its header has come
	lost   time.Time     // when the last connection broke
	pause  time.Duration // before the next attempt
	err    error
}

// NewClient returns a Client of a, whose host has the addresses addrs. It ends with
// ctx.
func NewClient(ctx context.Context, a Address, addrs []netip.AddrPort, o ClientOptions) *Client {
	c := &Client{address: a, addrs: addrs, options: o}
	c.ctx, c.cancel = context.WithCancel(ctx)
	context.AfterFunc(c.ctx, c.disconnect)
	return c
}

// Connect connects for the first time.
func (c *Client) Connect() error {
	if !features.HasStreams {
		return features.Streams.Need("")
	}
	conn, err := c.dial()
	if err != nil {
		return err
	}
	c.attach(conn)
	return nil
}

// Silent reports whether the stream ended before anything came. It is to be called
// after Read has returned an error.
func (c *Client) Silent() bool { return c.header == nil && len(c.buf) == 0 }

// dial tries all addresses.
func (c *Client) dial() (net.Conn, error) {
	var first error
	for _, addr := range c.addrs {
		conn, err := c.dialOne(addr)
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = connectError(err, c.address)
		}
	}
	return nil, first
}

func (c *Client) dialOne(addr netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(c.ctx, connectTime)
	defer cancel()
	dialer := net.Dialer{}
	dialer.SetMultipathTCP(false)
	raw, err := dialer.DialContext(ctx, "tcp", addr.String())
	if err == nil && c.options.TLS != nil {
		conn := secureClient(raw, c.options.TLS)
		if err = conn.HandshakeContext(ctx); err == nil {
			return conn, nil
		}
		raw.Close() // nothing was sent through it
	}
	if ctx.Err() != nil && c.ctx.Err() == nil {
		return nil, fmt.Errorf("no answer in %v", connectTime)
	}
	return raw, err
}

// attach has the stream come from conn.
func (c *Client) attach(conn net.Conn) {
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	if c.ctx.Err() != nil {
		c.disconnect()
	}
	c.buf, c.from, c.whole, c.left = c.buf[:0], 0, 0, 0
	c.frame, c.began = framing{}, false
}

// disconnect closes the connection.
func (c *Client) disconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return
	}
	if conn, ok := c.conn.(secureConn); ok {
		conn.NetConn().Close() // waiting for nobody
	} else {
		c.conn.Close() // which was only read
	}
}

// Close ends the reading, also while Read waits.
func (c *Client) Close() { c.cancel() }

// More reports, after io.EOF, whether there is another stream with a header of its own,
// which Read goes on with.
func (c *Client) More() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.more
}

func (c *Client) setMore(more bool) {
	c.mu.Lock()
	c.more = more
	c.mu.Unlock()
}

// Read implements io.Reader.
func (c *Client) Read(b []byte) (int, error) {
	if !features.HasStreams {
		return 0, features.Streams.Need("")
	}
	if c.More() { // the last call ended the stream before
		c.setMore(false)
	}
	for c.from == c.whole {
		if c.err != nil {
			return 0, c.err
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.buf[c.from:c.whole])
	c.from += n
	return n, nil
}

// fill reads more. At the end it decides how to go on.
func (c *Client) fill() error {
	rest := copy(c.buf[:cap(c.buf)], c.buf[c.whole:])
	c.buf, c.from, c.whole = c.buf[:rest], 0, 0
	if cap(c.buf)-rest < 64<<10 {
		c.buf = append(make([]byte, 0, max(2*cap(c.buf), 256<<10)), c.buf...)
	}
	n, err := c.conn.Read(c.buf[rest:cap(c.buf)])
	c.buf = c.buf[:rest+n]
	if n > 0 {
		if other := c.advance(); other {
			if c.options.OneHeader {
				c.err = errors.New("after the connection broke the stream has another header, with which --merge cannot go on")
				return c.err
			}
			c.setMore(true)
			return io.EOF
		}
		return nil // an error comes again
	}
	if err == nil {
		return nil
	}
	return c.ended(err)
}

// advance finds the whole records of what was read. It reports whether the stream is
// another one than before.
func (c *Client) advance() (other bool) {
	for c.whole < len(c.buf) {
		rest := c.buf[c.whole:]
		if c.left > 0 {
			n := min(c.left, len(rest))
			c.left -= n
			c.whole += n
			continue
		}
		n := c.frame.recordEnd(rest)
		if n == 0 || n > len(rest) && n <= wholeRecords {
			return false
		}
		if !c.began {
			c.began = true
			c.resumed()
			if head := rest[:min(n, len(rest))]; !c.again {
				c.again, c.header = true, bytes.Clone(head)
			} else if c.continues(head) {
				copy(c.buf[c.whole:], c.buf[c.whole+len(head):]) // the reader has it
				c.buf = c.buf[:len(c.buf)-len(head)]
				continue
			} else if !c.sameFormat(head) {
				c.header, other = bytes.Clone(head), true
			}
		}
		c.left = max(n-len(rest), 0)
		c.whole += min(n, len(rest))
	}
	return other
}

// continues reports whether a pcap file with that header goes on where the first one
// ended. A pcapng file begins another section by its header.
func (c *Client) continues(head []byte) bool {
	return c.frame.kind == pcap && bytes.Equal(head, c.header)
}

// sameFormat reports whether the stream is pcapng as before: its header belongs into
// the one before.
func (c *Client) sameFormat(head []byte) bool {
	return c.frame.kind == pcapng && len(c.header) >= 4 && bytes.Equal(head[:4], c.header[:4])
}

// ended decides what the end of a connection means.
func (c *Client) ended(err error) error {
	between := len(c.buf) == 0 && c.left == 0
	switch {
	case c.ctx.Err() != nil:
		c.err = io.EOF
		return c.err
	case errors.Is(err, io.EOF) && between && c.began && c.address.Reconnect != Always:
		c.err = io.EOF
		return c.err
	case !c.again || c.frame.kind == unframed || c.left > 0 || c.address.Reconnect == Never:
		// It cannot go on: whoever reads it says what is missing.
		c.whole = len(c.buf)
		c.err = err
		if !errors.Is(err, io.EOF) {
			c.err = lostReason(err)
		}
		if c.whole > 0 {
			return nil
		}
		return c.err
	}
	why := "it ended"
	switch {
	case !errors.Is(err, io.EOF):
		why = syserr.Text(lostReason(err))
	case !between:
		why = "it ended in the middle of a packet"
	}
	return c.reconnect(why)
}

// reconnect connects again, however long it takes.
func (c *Client) reconnect(why string) error {
	if c.began {
		c.note("connection lost: " + why + "; connecting again")
		c.lost = time.Now()
		c.pause = cmp.Or(c.options.pause, firstPause)
	}
	c.disconnect()
	told := ""
	for {
		select {
		case <-c.ctx.Done():
			c.err = io.EOF
			return c.err
		case <-time.After(c.pause):
		}
		c.pause = min(2*c.pause, longestPause)
		conn, err := c.dial()
		if err == nil {
			c.attach(conn)
			return nil
		}
		if text := syserr.Text(err); text != told && c.ctx.Err() == nil {
			told = text
			c.note("not connected yet: " + text)
		}
	}
}

// resumed says that the stream goes on after its connection broke.
func (c *Client) resumed() {
	if c.again {
		c.note("connected again after " + time.Since(c.lost).Round(100*time.Millisecond).String() + "; packets of this time are missing")
	}
}

func (c *Client) note(text string) {
	if c.options.Note != nil {
		c.options.Note(text)
	}
}
