package streams

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// reader is a connection to a Server.
type reader struct {
	server *Server
	raw    *net.TCPConn
	conn   net.Conn // raw, or TLS on it
	name   string   // its address

	sent  atomic.Bool // it sent something, which no reader does
	gone  atomic.Bool // the connection is closed
	late  atomic.Bool // it did not take the rest in time
	bytes uint64      // it has
	first uint64      // packets that were served before it came

	// The backlog's.
	at      *segment
	offset  int
	packets uint64 // served up to what it has
	cut     bool   // off
}

// cutOff has a reader end that is too slow. It is called with the backlog locked.
func (r *reader) cutOff() {
	r.cut = true
	r.breakOff()
}

// breakOff resets the connection, so that nobody takes it for the end of the stream.
func (r *reader) breakOff() {
	_ = r.raw.SetLinger(0) // else it ends as others do
	r.raw.Close()          // what it has not got yet is lost
}

// serve sends a reader what it came for.
func (r *reader) serve() {
	s := r.server
	defer func() {
		r.raw.Close() // all that was to be sent was, or cannot be
		s.mu.Lock()
		delete(s.open, r)
		s.mu.Unlock()
	}()
	if s.options.TLS != nil {
		if err := r.shake(); err != nil {
			s.shaken()
			s.refused(r, syserr.Text(err))
			return
		}
		if !s.shaken() {
			s.refused(r, fmt.Sprintf("there are %d already", MaxReaders))
			return
		}
	}
	watching := make(chan struct{})
	go func() {
		r.watch()
		close(watching)
	}()
	head := s.backlog.join(r)
	err := r.send(head)
	s.backlog.remove(r)
	if err == nil && !r.cut && !r.gone.Load() {
		r.finish()
	}
	r.raw.Close() // ends watch
	<-watching
	r.report()
}

// shake does the handshake of TLS.
func (r *reader) shake() error {
	ctx, cancel := context.WithTimeout(context.Background(), r.server.options.handshake)
	defer cancel()
	conn := secureServer(r.raw, r.server.options.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("no TLS handshake in %v", r.server.options.handshake)
		}
		return handshakeError(err)
	}
	r.conn = conn
	return nil
}

// watch waits for the end of the connection. A reader has nothing to say: one that
// does is none.
func (r *reader) watch() {
	var one [1]byte
	n, err := r.conn.Read(one[:])
	r.sent.Store(n > 0)
	r.gone.Store(n == 0 && err != nil)
	r.raw.Close() // send ends by that, too
	r.server.backlog.wake()
}

// send writes the header and then all that comes.
func (r *reader) send(head []byte) error {
	n, err := r.conn.Write(head)
	r.bytes = uint64(n)
	for err == nil {
		b, packets := r.server.backlog.part(r)
		if len(b) == 0 {
			break
		}
		n, err = r.conn.Write(b)
		r.bytes += uint64(n)
		if err == nil {
			r.packets = packets
		} else {
			r.packets += scan(b[:n], r.server.backlog.pcapng, nil)
		}
		r.server.backlog.has(r, n)
	}
	return err
}

// finish says the end of the stream, so that it differs from a connection that broke.
// If that fails the reader has gone.
func (r *reader) finish() {
	if conn, ok := r.conn.(secureConn); ok {
		_ = conn.SetWriteDeadline(time.Now().Add(handshakeTime)) // on an open connection it can be set
		_ = conn.CloseWrite()
	}
	_ = r.raw.CloseWrite()
}

// report says how it ended.
func (r *reader) report() {
	s := r.server
	s.mu.Lock()
	switch {
	case r.sent.Load():
		s.counts.Refused++
	case r.cut:
		s.counts.CutOff++
		fallthrough
	default:
		s.counts.Served++
	}
	s.mu.Unlock()
	if r.sent.Load() {
		s.notes.say("connection from " + r.name + " refused: it sent something, and readers of packets have nothing to say")
		return
	}
	n := r.packets - r.first
	text := fmt.Sprintf("reader %s: %d packet%s, %d bytes", r.name, n, plural(n), r.bytes)
	switch {
	case r.cut:
		text += fmt.Sprintf("; cut off, as it was more than %d MiB behind", s.options.limit>>20)
	case r.late.Load():
		text += "; it did not take the rest in time"
	}
	s.notes.say(text)
}

func plural(n uint64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// notes are what is said of readers: no more than so many in so long, as anybody may
// connect, and go, as often as they like.
type notes struct {
	to func(text string)

	mu      sync.Mutex
	since   time.Time
	said    int
	omitted uint64
}

const (
	maxNotes  = 100
	notesTime = 10 * time.Second
)

func (n *notes) say(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); now.Sub(n.since) >= notesTime {
		n.since, n.said = now, 0
	}
	if n.said++; n.said > maxNotes {
		n.omitted++
		return
	}
	if n.to != nil {
		n.to(text)
	}
}

// suppressed is how many were left out.
func (n *notes) suppressed() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.omitted
}
